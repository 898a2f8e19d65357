"""How fast Pillow decodes pictures and resizes them to 224 x 224 (bicubic): what `inlay bench decoding` does in Java.

    python3 bench/python/peer_decode.py FOLDER THREADS TURNS SECONDS
"""

import itertools
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from PIL import Image

folder, threads, turns, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
files = sorted(os.path.join(folder, name) for name in os.listdir(folder))


def decode(numbers, end):
    done = 0
    while time.perf_counter() < end:
        with Image.open(files[next(numbers) % len(files)]) as image:
            image.convert("RGB").resize((224, 224), Image.BICUBIC)
        done += 1
    return done


with ThreadPoolExecutor(threads) as workers:
    for turn in range(turns + 1):
        numbers = itertools.count()
        start, processor = time.perf_counter(), time.process_time()
        done = sum(workers.map(lambda _: decode(numbers, start + seconds), range(threads)))
        passed, used = time.perf_counter() - start, time.process_time() - processor
        name = f"turn {turn}" if turn else "warm-up"
        print(f"{name}: {done / passed:.0f} pictures/s, {1e3 * used / done:.2f} ms of a processor each")
