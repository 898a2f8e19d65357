"""See `real_weights`: compares the logits of features that the JVM computed with those of the same file elsewhere.

usage: real_weights.py FILE FEATURES
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent / "fixtures"))

import tensors
from gradients import Var
from vit import Vit, shapes

TOLERANCE = 1e-4
SIZES = {"tiny": (192, 3), "small": (384, 6), "base": (768, 12), "large": (1024, 16)}


def with_timm(file, name, images):
    """Logits of timm in float64, or None where timm is missing."""
    try:
        import timm
        import torch
    except ModuleNotFoundError as e:
        print(f"SKIPPED: timm, because this Python has no {e.name}")
        return None
    weights = timm.models.load_state_dict(file)
    model = timm.create_model(name, num_classes=len(weights["head.bias"]), checkpoint_path=file).double().eval()
    with torch.no_grad():
        return f"timm {timm.__version__}", model(torch.from_numpy(images.astype(np.float64))).numpy()


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
    return "scripts/fixtures/vit.py", found["logits"].value


def main():
    file, features = sys.argv[1:]
    name = tensors.metadata(features)["name"]
    ours, weights = tensors.read(features), tensors.read(file)
    logits = ours["features"].astype(np.float64) @ weights["head.weight"].astype(np.float64).T + weights["head.bias"]
    begun = time.time()
    other = with_timm(file, name, ours["images"]) or with_reference(weights, ours["images"])
    if other is None:
        return 0
    judge, expected = other
    largest = np.abs(expected).max()
    worst = np.abs(logits - expected).max()
    agrees = worst <= TOLERANCE * largest and np.array_equal(logits.argmax(1), expected.argmax(1))
    print(
        f"{'agrees' if agrees else 'DIFFERS'}: {logits.size} logits of {name} against {judge} in float64:"
        f" at most {worst:.2e} apart, the largest is {largest:.2f} ({time.time() - begun:.0f} s)"
    )
    return 0 if agrees else 1


if __name__ == "__main__":
    sys.exit(main())
