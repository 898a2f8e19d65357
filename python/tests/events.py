"""The files that `inlay tune --tensorboard` writes, by TensorBoard's own reader.

    events.py DIR   the folder of a run; its curves are those of curves.csv

Written for scripts/interop; needs tensorboard.
"""

import csv
import sys
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def scalars(folder):
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0}, purge_orphaned_data=False).Reload()
    return {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def check(run):
    found = scalars(run / "tensorboard" / "train")
    with open(run / "curves.csv", newline="") as file:
        curves = list(csv.DictReader(file))
    for tag, column in (("train/top1", "trainTop1"), ("validation/top1", "validationTop1")):
        expected = [(int(row["epoch"]), float(row[column])) for row in curves if row[column]]
        if [step for step, _ in found[tag]] != [step for step, _ in expected] or any(
            abs(a - b) > 1e-6 for (_, a), (_, b) in zip(found[tag], expected)
        ):
            sys.exit(f"events.py: {run}: {tag}: expected {expected}, found {found[tag]}")
    steps = [step for step, _ in found["train/loss"]]
    if not steps or steps != list(range(1, len(steps) + 1)):
        sys.exit(f"events.py: {run}: expected every step of train/loss once, found {steps}")
    if len(found["test/top1"]) != 1:
        sys.exit(f"events.py: {run}: expected one test/top1, found {found['test/top1']}")
    print(f"TensorBoard, {run.name}: {len(found)} tags, {len(steps)} steps, {len(curves)} epochs")


if __name__ == "__main__":
    check(Path(sys.argv[1]))
