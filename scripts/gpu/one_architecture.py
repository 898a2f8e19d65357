"""Keeps the machine code of one architecture in every fat binary of a shared library; what goes becomes zeros, and every offset stays.

usage: one_architecture.py LIBRARY ARCHITECTURE, such as 90. A fat binary that has no code for it stays as it is.
"""
import struct
import subprocess
import sys

MAGIC = 0xBA55ED50
CODE = 2  # the kind of an entry that holds machine code, not PTX

path, architecture = sys.argv[1], int(sys.argv[2])
sections = subprocess.check_output(['readelf', '-S', '-W', path], text=True).splitlines()
fields = next(line for line in sections if ' .nv_fatbin ' in line).split(']')[1].split()
position, size = int(fields[3], 16), int(fields[4], 16)
end = position + size
data = bytearray(open(path, 'rb').read())
pruned = kept = 0
while position < end:
    magic, _, header, length = struct.unpack_from('<IHHQ', data, position)
    if magic != MAGIC:
        position += 8
        continue
    entry, stop, ours = position + header, position + header + length, b''
    while entry < stop:
        kind, _, head = struct.unpack_from('<HHI', data, entry)
        body, = struct.unpack_from('<Q', data, entry + 8)
        of, = struct.unpack_from('<I', data, entry + 28)
        if kind == CODE and of == architecture:
            ours += data[entry:entry + head + body]
        entry += head + body
    if ours:
        data[position + header:stop] = ours + bytes(length - len(ours))
        struct.pack_into('<Q', data, position + 8, len(ours))
        pruned += 1
    else:
        kept += 1
    position = (stop + 7) // 8 * 8
open(path, 'wb').write(data)
print(f'{path}: {pruned} fat binaries pruned to architecture {architecture}, {kept} without it as they were')
