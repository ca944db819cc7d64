// What Node does at once for a whole file, where this runs in Node: a circuit of millions of terms is a text of megabytes. Browsers
// have the same in JavaScript (base64.ts, @noble/hashes), and tests hold the two equal.
export interface Native {
  readonly encodeBase64: (bytes: Uint8Array) => string;
  /** Skips what is not base64: whoever decodes compares with what the bytes are encoded as. */
  readonly decodeBase64: (text: string, into: Uint8Array) => void;
  /** Hex, of the UTF-8 bytes of a text. */
  readonly sha256: (text: string) => string;
}

function inNode(): Native | null {
  if (typeof process === 'undefined' || typeof process.getBuiltinModule !== 'function') return null;
  const [{ Buffer }, { createHash }] = [
    process.getBuiltinModule('node:buffer'),
    process.getBuiltinModule('node:crypto'),
  ];
  const view = ({ buffer, byteOffset, byteLength }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength);
  return {
    encodeBase64: (bytes) => view(bytes).toString('base64'),
    decodeBase64: (text, into) => void view(into).write(text, 'base64'),
    sha256: (text) => createHash('sha256').update(text, 'utf8').digest('hex'),
  };
}

export const native = inNode();
