// What Node does at once for a whole file, where this runs in Node: a circuit of millions of terms is a text of megabytes. Browsers
// have the same in JavaScript (base64.ts, @noble/hashes), and tests hold the two equal.
export interface Native {
  readonly encodeBase64: (bytes: Uint8Array) => string;
  /** Skips what is not base64: whoever decodes compares with what the bytes are encoded as. */
  readonly decodeBase64: (text: string, into: Uint8Array) => void;
  /** Hex; of a text, of its UTF-8 bytes. */
  readonly sha256: (data: string | Uint8Array) => string;
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
    sha256: (data) => createHash('sha256').update(data).digest('hex'),
  };
}

export const native = inNode();
