"""See `real_weights`: compares the logits of features and tasks that the JVM computed with those of the same files elsewhere.

usage: real_weights.py FILE FEATURES [TASK…]
"""

import sys
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parent / "fixtures"), str(Path(__file__).parents[1] / "python")]

import tensors
from gradients import Var
from vit import Vit, shapes

TOLERANCE = 1e-4
SIZES = {"tiny": (192, 3), "small": (384, 6), "base": (768, 12), "large": (1024, 16)}


def of_timm(weights, name):
    """timm's network with the weights, or None where timm is missing."""
    try:
        import timm
        import torch
    except ModuleNotFoundError as e:
        print(f"SKIPPED: timm, because this Python has no {e.name}")
        return None
    model = timm.create_model(name, num_classes=len(weights["head.bias"])).eval()
    model.load_state_dict({key: torch.tensor(value) for key, value in weights.items()})
    return model


def with_timm(model, images):
    """Logits of timm's network or a task on it, in the type of its parameters."""
    import torch

    with torch.no_grad():
        return model(torch.tensor(images).to(next(model.parameters()).dtype)).numpy()


def with_reference(weights, images):
    """Logits of scripts/fixtures/vit.py in float64, or None for what is no plain ViT."""
    width = weights["norm.weight"].size if "norm.weight" in weights else 0
    heads = next((heads for dim, heads in SIZES.values() if dim == width), None)
    if heads is None or "pos_embed" not in weights:
        print("SKIPPED: scripts/fixtures/vit.py, which knows plain ViTs under timm's names alone")
        return None
    spec = {
        "height": images.shape[2],
        "width": images.shape[3],
        "patch": weights["patch_embed.proj.weight"].shape[2],
        "dim": width,
        "depth": sum(name.endswith(".norm1.weight") for name in weights),
        "heads": heads,
        "hidden": weights["blocks.0.mlp.fc1.weight"].shape[0],
        "classes": weights["head.weight"].shape[0],
        "eps": 1e-6,
    }
    if {name: value.shape for name, value in weights.items()} != shapes(spec):
        print("SKIPPED: scripts/fixtures/vit.py, because the file holds more or other tensors than a plain ViT")
        return None
    found = Vit({name: Var(value) for name, value in weights.items()}, spec).forward(images)
    return "scripts/fixtures/vit.py in float64", found["logits"].value


def agrees(what, judge, ours, expected):
    largest, worst = np.abs(expected).max(), np.abs(ours - expected).max()
    found = worst <= TOLERANCE * largest and np.array_equal(ours.argmax(1), expected.argmax(1))
    print(
        f"{'agrees' if found else 'DIFFERS'}: {expected.size} logits of {what} against {judge}:"
        f" at most {worst:.2e} apart, the largest is {largest:.2f}"
    )
    return found


def main():
    file, features, *tasks = sys.argv[1:]
    name = tensors.metadata(features)["name"]
    ours, weights = tensors.read(features), tensors.read(file)
    logits = ours["features"].astype(np.float64) @ weights["head.weight"].astype(np.float64).T + weights["head.bias"]
    model = of_timm(weights, name)
    if model is None:
        other, results = with_reference(weights, ours["images"]), []
        if tasks:
            print("SKIPPED: the tasks, which are compared on timm's network")
    else:
        import timm

        import inlay

        judge = f"timm {timm.__version__}"
        tuned = [with_timm(inlay.load(task).attach(model), ours["images"]) for task in tasks]
        results = [
            agrees(task, f"python/inlay on {judge} in float32", ours[task], given) for task, given in zip(tasks, tuned)
        ]
        other = f"{judge} in float64", with_timm(model.double(), ours["images"])
    if other is not None:
        results.append(agrees(name, other[0], logits, other[1]))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
