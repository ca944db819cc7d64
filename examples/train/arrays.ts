// NumPy's file formats, as far as the training script writes them: .npy version 1.0 of one little-endian array
// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html), and .npz, a zip of them with deflate.
import { crc32, deflateRawSync } from 'node:zlib';

type Values = Float32Array | Uint8Array;

/** A .npy file of float32 or uint8 values, row-major. */
export function encodeNpy(values: Values, shape: readonly number[]): Uint8Array {
  const dtype = values instanceof Float32Array ? '<f4' : '|u1';
  const text = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${shape.map((n) => `${n},`).join(' ')}), }`;
  const header = 64 * Math.ceil((10 + text.length + 1) / 64);
  const size = values.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(header + size * values.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x93, ...Buffer.from('NUMPY', 'latin1'), 1, 0]);
  view.setUint16(8, header - 10, true);
  bytes.set(Buffer.from(`${text.padEnd(header - 11)}\n`, 'latin1'), 10);
  if (values instanceof Float32Array) values.forEach((value, i) => view.setFloat32(header + size * i, value, true));
  else bytes.set(values, header);
  return bytes;
}

/** A .npz file of one array; its time stamp is 1980-01-01, so that the same array gives the same bytes. */
export function encodeNpz(name: string, values: Values, shape: readonly number[]): Uint8Array {
  const content = encodeNpy(values, shape);
  const packed = deflateRawSync(content, { level: 9 });
  const fileName = Buffer.from(`${name}.npy`, 'utf8');

  // What the local and the central header have in common: version 2.0, no flags, deflate, time, date, CRC, sizes, lengths.
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(8, 4);
  common.writeUInt16LE(0x21, 8);
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(packed.length, 14);
  common.writeUInt32LE(content.length, 18);
  common.writeUInt16LE(fileName.length, 22);

  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, fileName, packed]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, Buffer.alloc(14), fileName]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}
