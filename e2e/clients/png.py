"""What is on a PNG: its size, how many colours, how many rows that are not of one colour.

    png.py FILE

One JSON object. Reads what browsers write: 8 bits, RGB or RGBA, not interlaced.
"""

import json
import struct
import sys
import zlib


def chunks(data):
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        sys.exit("no PNG")
    at = 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        yield kind, data[at + 8 : at + 8 + length]
        at += 12 + length


def paeth(a, b, c):
    p = a + b - c
    distances = abs(p - a), abs(p - b), abs(p - c)
    return (a, b, c)[distances.index(min(distances))]


def rows(data, width, height, size):
    """Scanlines with their filters undone (PNG, section 9)."""
    length = width * size
    above = bytearray(length)
    for y in range(height):
        start = y * (length + 1)
        kind, row = data[start], bytearray(data[start + 1 : start + 1 + length])
        for x in range(length) if kind else ():
            left = row[x - size] if x >= size else 0
            corner = above[x - size] if x >= size else 0
            add = (0, left, above[x], (left + above[x]) // 2, None)[kind]
            row[x] = (row[x] + (paeth(left, above[x], corner) if kind == 4 else add)) & 255
        yield bytes(row)
        above = row


def main(path):
    with open(path, "rb") as file:
        parts = list(chunks(file.read()))
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", parts[0][1])
    if (depth, interlaced) != (8, 0) or kind not in (2, 6):
        sys.exit("another kind of PNG")
    size = 3 if kind == 2 else 4
    data = zlib.decompress(b"".join(content for name, content in parts if name == b"IDAT"))
    colours, busy = set(), 0
    for row in rows(data, width, height, size):
        pixels = {row[x : x + size] for x in range(0, len(row), size)}
        busy += len(pixels) > 1
        if len(colours) < 1000:
            colours |= pixels
    print(json.dumps({"width": width, "height": height, "colours": len(colours), "busy_rows": busy}))


if __name__ == "__main__":
    main(*sys.argv[1:])
