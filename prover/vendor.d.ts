// Types of the untyped packages below the prover, for the parts that are used.

declare module 'snarkjs' {
  /** A point in wasm encoding: affine (2 coordinates) or Jacobian (3). */
  export type Point = Uint8Array;
  export interface Group {
    readonly g: Point;
    add(a: Point, b: Point): Point;
    neg(a: Point): Point;
    toAffine(a: Point): Point;
    timesScalar(a: Point, scalar: bigint): Point;
    /** sum of scalar_i * base_i: bases affine (64 or 128 bytes each), scalars 32 bytes little-endian each. */
    multiExpAffine(bases: Uint8Array, scalars: Uint8Array): Promise<Point>;
  }
  /** The scalar field; elements and polynomials are bytes, 32 per element. */
  export interface ScalarField {
    /** Roots of unity: w[k] of order 2^k. */
    readonly w: readonly Point[];
    e(x: bigint): Point;
    fft(values: Uint8Array): Promise<Uint8Array>;
    ifft(values: Uint8Array): Promise<Uint8Array>;
    /** values[i] * first * step^i */
    batchApplyKey(values: Uint8Array, first: Point, step: Point): Promise<Uint8Array>;
    batchToMontgomery(values: Uint8Array): Promise<Uint8Array>;
    batchFromMontgomery(values: Uint8Array): Promise<Uint8Array>;
    random(): Point;
  }
  export interface Curve {
    readonly Fr: ScalarField;
    readonly G1: Group;
    readonly G2: Group;
    terminate(): Promise<void>;
  }
  export const curves: { getCurveFromName(name: 'bn128'): Promise<Curve> };

  export interface Logger {
    debug(message: string): void;
    info(message: string): void;
    warn(message: string): void;
    error(message: string): void;
  }
  /** A path, or a file in memory; one that is written gets its bytes in `data`. */
  export type FileName = string | Uint8Array | { type: 'mem'; data?: Uint8Array; initialSize?: number };
  /** snarkjs's own forms, as its JSON files have them: decimal strings, projective points. */
  export interface Proof {
    readonly pi_a: readonly string[];
    readonly pi_b: readonly (readonly string[])[];
    readonly pi_c: readonly string[];
    readonly protocol: string;
    readonly curve: string;
  }
  export interface Key {
    readonly protocol: string;
    readonly curve: string;
    readonly nPublic: number;
    readonly vk_alpha_1: readonly string[];
    readonly vk_beta_2: readonly (readonly string[])[];
    readonly vk_gamma_2: readonly (readonly string[])[];
    readonly vk_delta_2: readonly (readonly string[])[];
    readonly IC: readonly (readonly string[])[];
  }
  export const groth16: {
    prove(
      zkey: FileName,
      witness: FileName,
      logger?: Logger,
    ): Promise<{ readonly proof: Proof; readonly publicSignals: readonly string[] }>;
    verify(key: Key, publicSignals: readonly string[], proof: Proof, logger?: Logger): Promise<boolean>;
  };
  export const zKey: {
    /** -1 where it refused; the logger was told why. */
    newZKey(r1cs: FileName, ptau: FileName, zkey: FileName, logger?: Logger): Promise<Uint8Array | -1>;
    contribute(from: FileName, to: FileName, name: string, entropy: string, logger?: Logger): Promise<Uint8Array>;
    beacon(
      from: FileName,
      to: FileName,
      name: string,
      beaconHex: string,
      log2: number,
      logger?: Logger,
    ): Promise<Uint8Array>;
    exportVerificationKey(zkey: FileName, logger?: Logger): Promise<Key>;
    verifyFromR1cs(r1cs: FileName, ptau: FileName, zkey: FileName, logger?: Logger): Promise<boolean>;
  };
  export const powersOfTau: {
    newAccumulator(curve: Curve, power: number, to: FileName, logger?: Logger): Promise<Uint8Array>;
    contribute(from: FileName, to: FileName, name: string, entropy: string, logger?: Logger): Promise<Uint8Array>;
    preparePhase2(from: FileName, to: FileName, logger?: Logger): Promise<void>;
    verify(ptau: FileName, logger?: Logger): Promise<boolean>;
  };
  export const r1cs: {
    info(
      r1cs: FileName,
      logger?: Logger,
    ): Promise<{
      readonly nVars: number;
      readonly nConstraints: number;
      readonly nOutputs: number;
      readonly nPubInputs: number;
      readonly nPrvInputs: number;
    }>;
  };
}

declare module 'circom2' {
  export class CircomRunner {
    constructor(options: {
      args: readonly string[];
      env: Readonly<Record<string, string | undefined>>;
      preopens: Readonly<Record<string, string>>;
      bindings: Readonly<Record<string, unknown>>;
    });
    execute(wasm: Uint8Array): Promise<unknown>;
  }
  export const bindings: Readonly<Record<string, unknown>>;
}
