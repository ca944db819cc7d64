# Makes the pictures of this folder, and pixels.npz: what Pillow reads in them, height x width x channels.
#     python3 test/files/pictures/make.py     (Pillow, NumPy)
import io
import os
import struct
import zlib

import numpy as np
from PIL import Image

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(7)
colours = rng.integers(0, 256, (4, 5, 3), dtype=np.uint8)
smooth = np.array(Image.fromarray(colours).resize((19, 13), Image.BICUBIC))
pixels = {}


def save(name, picture, convert=None, **options):
    path = os.path.join(here, name)
    picture.save(path, **options)
    pixels[name] = np.array(Image.open(path).convert(convert) if convert else Image.open(path))


def chunk(name, body):
    return struct.pack('>I', len(body)) + name + body + struct.pack('>I', zlib.crc32(name + body))


def adam7(a):
    """The seven passes of an interlaced PNG of 8-bit colours, no filter."""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    out = b''
    for x, y, dx, dy in passes:
        for row in a[y::dy, x::dx]:
            if len(row):
                out += b'\0' + row.tobytes()
    return out


save('colour.png', Image.fromarray(colours))
save('gray.png', Image.fromarray(colours[:, :, 0]))
save('bit.png', Image.fromarray(colours[:, :, 0] > 127), 'L')
save('palette.png', Image.fromarray(colours).quantize(4), 'RGB')
save('deep.png', Image.fromarray(colours[:, :, 0].astype(np.uint16) * 200 + 3))
save('alpha.png', Image.fromarray(np.dstack([colours, 255 - colours[:, :, :1]])))
save('opaque.png', Image.fromarray(np.dstack([colours, np.full((4, 5, 1), 255, np.uint8)])))
h, w, _ = colours.shape
with open(os.path.join(here, 'interlaced.png'), 'wb') as f:
    f.write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, 8, 2, 0, 0, 1)))
    f.write(chunk(b'IDAT', zlib.compress(adam7(colours))) + chunk(b'IEND', b''))
pixels['interlaced.png'] = np.array(Image.open(os.path.join(here, 'interlaced.png')))
assert (pixels['interlaced.png'] == colours).all()
save('colour.jpg', Image.fromarray(smooth), quality=80, subsampling=2)
save('progressive.jpg', Image.fromarray(smooth), quality=80, progressive=True)
save('gray.jpg', Image.fromarray(smooth[:, :, 0]), quality=80)
save('inks.jpg', Image.fromarray(smooth).convert('CMYK'), quality=50)
exif = Image.Exif()
exif[0x0112] = 6
save('turned.jpg', Image.fromarray(smooth[:, :, 0]), quality=50, exif=exif)
save('turned.png', Image.fromarray(colours[:, :, 0]), exif=exif)
np.savez_compressed(os.path.join(here, 'pixels.npz'), **pixels)
