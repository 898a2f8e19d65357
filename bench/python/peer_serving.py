#!/usr/bin/env python3
"""Batches that mix tasks, by PEFT: `adapter_names` names a LoRA of rank 8 on query and value for each image of a timm ViT, and each
image gets the head of its task, 100 classes. Printed is the time of the bare backbone as a share of the time of the mixed batch, in turn
in one run: median and quartiles, of wall time and of processor time. Needs torch, timm and peft.

  bench/python/peer_serving.py            PEFT alone, 1, 8 and 64 tasks
  bench/python/peer_serving.py --inlay    `inlay bench mixed-tasks` on the same work in turn with it, A B A B; how much longer PEFT takes

Query, key and value are three layers for PEFT, so that it computes what Inlay does; its bare backbone is timm's fused one.
"""

import argparse
import os
import random
import statistics
import subprocess
import time

import peft
import timm
import torch

from peer_bench import CLASSES, split
from workers import INLAY

RANK = 8


class Peft:
    def __init__(self, name, batch, most_tasks):
        torch.manual_seed(0)
        self.bare = timm.create_model(name, pretrained=False, num_classes=0).eval()
        model = timm.create_model(name, pretrained=False, num_classes=0)
        model.load_state_dict(self.bare.state_dict())
        split(model)
        config = peft.LoraConfig(r=RANK, lora_alpha=RANK, target_modules=r".*\.attn\.[qv]", init_lora_weights=False)
        self.mixed = peft.get_peft_model(model, config, adapter_name="task0")
        for task in range(1, most_tasks):
            self.mixed.add_adapter(f"task{task}", config)
        self.mixed.eval()
        self.weights = torch.randn(most_tasks, CLASSES, model.embed_dim)
        self.biases = torch.randn(most_tasks, CLASSES)
        self.images = torch.randn(batch, *self.bare.default_cfg["input_size"])

    def turn(self, tasks):
        rows = torch.tensor([random.randrange(tasks) for _ in self.images])
        return seconds(self.run_bare) + seconds(lambda: self.run_mixed(rows))

    def run_bare(self):
        return self.bare(self.images)

    def run_mixed(self, rows):
        features = self.mixed(self.images, adapter_names=[f"task{row}" for row in rows.tolist()])
        return torch.baddbmm(self.biases[rows].unsqueeze(2), self.weights[rows], features.unsqueeze(2)).squeeze(2)


class Inlay:
    """`inlay bench mixed-tasks --turns`, which does a turn for each line that says how many tasks there are."""

    def __init__(self, name, batch):
        environment = {"OMP_WAIT_POLICY": "PASSIVE", **os.environ}
        words = [INLAY, "bench", "mixed-tasks", "--turns", f"--batch={batch}", f"--backbone={name}"]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)

    def turn(self, tasks):
        print(tasks, file=self.process.stdin, flush=True)
        for line in self.process.stdout:
            if line.startswith("turn "):
                return [float(word) for word in line.split()[1:]]
        raise RuntimeError(f"mixed-tasks has ended with {self.process.wait()}")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def seconds(work):
    """Wall and processor seconds."""
    wall, processor = time.perf_counter(), time.process_time()
    with torch.inference_mode():
        work()
    return [time.perf_counter() - wall, time.process_time() - processor]


def spread(ratios):
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return f"{middle:.3f} ({low:.3f} to {high:.3f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="vit_tiny_patch16_224", metavar="NAME", help="timm's name of a ViT")
    parser.add_argument("--tasks", type=int, nargs="+", default=[1, 8, 64], metavar="K", help="numbers of tasks")
    parser.add_argument("--batch", type=int, default=32, metavar="N", help="images per batch")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="turns of each, at least 2")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="threads of PEFT; 0: PyTorch's choice")
    parser.add_argument("--inlay", action="store_true", help="Inlay in turn with it")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    print(f"{arguments.model}, {arguments.rounds} rounds, batch {arguments.batch}, {torch.get_num_threads()} threads, ", end="")
    print(f"peft {peft.__version__}, timm {timm.__version__}, torch {torch.__version__}", flush=True)
    theirs = Peft(arguments.model, arguments.batch, max(arguments.tasks))
    ours = Inlay(arguments.model, arguments.batch) if arguments.inlay else None
    who = {"PEFT": theirs, **({"Inlay": ours} if ours else {})}
    for tasks in arguments.tasks:
        turns = {name: [] for name in who}
        for turn in range(-1, arguments.rounds):
            for name, worker in who.items():
                times = worker.turn(tasks)
                if turn >= 0:
                    turns[name].append(times)
        for name, times in turns.items():
            wall, processor = ([t[i] / t[i + 2] for t in times] for i in (0, 1))
            print(f"{tasks:5} tasks, {name}: bare/mixed {spread(wall)}, of processor time {spread(processor)}", flush=True)
        if ours:
            wall, processor = ([b[i] / a[i] for a, b in zip(turns["Inlay"], turns["PEFT"])] for i in (2, 3))
            print(f"{tasks:5} tasks, PEFT ÷ Inlay, mixed: {spread(wall)}, of processor time {spread(processor)}", flush=True)
    if ours:
        ours.close()


if __name__ == "__main__":
    main()
