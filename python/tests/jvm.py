"""Python's side of scripts/interop: reads what dev.inlay.interop.InteropMain wrote, and leaves tasks for it to read.

    jvm.py DIR

Every task of the JVM is put on the same weights here and must give the JVM's logits; it is then written back, once as it is
and once with other tensors and the logits that they give here. A wrong mapping of names must be noticed: if the checks pass
over one, this fails. Runs on the tests' own Vision Transformer, and on timm's where it is installed.
"""

import importlib.util
import json
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]

import torch  # noqa: E402
from samples import METHODS, drawn  # noqa: E402
from small_vit import SmallVit, loaded, timm_vit  # noqa: E402

import inlay  # noqa: E402
from inlay import tensorfile  # noqa: E402

TOLERANCE = 1e-4


class Wrong(Exception):
    """The two sides do not agree, or the checks do not see that they do not."""


def main(root):
    makers = {"the tests' own Vision Transformer": SmallVit}
    if importlib.util.find_spec("timm"):
        makers["timm's"] = timm_vit
    else:
        print("SKIPPED: timm's Vision Transformer, because timm is not installed; the tests' own one only")
    for folder in sorted(path.parent for path in Path(root).glob("*/spec.json")):
        spec = json.loads((folder / "spec.json").read_text())
        weights, _ = tensorfile.read(folder / "weights.safetensors")
        images = tensorfile.read(folder / "images.safetensors")[0]["images"]
        for what, make in makers.items():
            vit = loaded(make(spec), weights)
            compare(folder, what, vit, images)
            notice_wrong_mapping(folder, make(spec), weights, images)
        write_back(folder, vit, images)


def logits(task, vit, images):
    with torch.no_grad():
        return task.attach(vit)(images)


def tasks(folder):
    found = sorted((folder / "jvm").glob("*.safetensors"))
    if not found:
        raise Wrong(f"{folder}/jvm: expected tasks, found none")
    return found


def expected(path):
    return tensorfile.read(path.with_suffix(".logits"))[0]["logits"]


def compare(folder, what, vit, images):
    worst = 0.0
    for path in tasks(folder):
        off = (logits(inlay.load(path), vit, images) - expected(path)).abs().max().item()
        if not off <= TOLERANCE:
            raise Wrong(f"{path} on {what}: expected the JVM's logits, found others by up to {off}")
        worst = max(worst, off)
    print(f"JVM to Python, {folder.name}, on {what}: {len(tasks(folder))} tasks, logits differ by at most {worst:.1e}")


def notice_wrong_mapping(folder, vit, weights, images):
    """Keys where values belong: refused by the fingerprint, and seen in the logits where that is passed over."""
    mixed = dict(weights)
    for name, value in weights.items():
        if ".attn.qkv." in name:
            q, k, v = value.chunk(3)
            mixed[name] = torch.cat([q, v, k])
    loaded(vit, mixed)
    path = folder / "jvm" / "lora.safetensors"
    task = inlay.load(path)
    try:
        task.attach(vit)
        raise Wrong(f"{path}: weights with keys and values exchanged were taken for the right ones")
    except inlay.TaskError:
        task.fingerprint = inlay.backbone_of(vit).fingerprint()
    if (logits(task, vit, images) - expected(path)).abs().max() <= TOLERANCE:
        raise Wrong(f"{path}: keys and values are exchanged, and the logits are equal; the check is blind")


def write_back(folder, vit, images):
    for name in ("same", "python", "wrong"):
        (folder / name).mkdir(exist_ok=True)
    backbone = inlay.backbone_of(vit, folder.name)
    for path in tasks(folder):
        task = inlay.load(path)
        task.save(folder / "same" / path.name)
        generator = torch.Generator().manual_seed(5)
        for value in task.tensors.values():
            if value.is_floating_point():
                value.mul_(1 + 0.3 * torch.rand(value.shape, generator=generator))
        save(folder / "python" / path.name, {"type": task.method, **task.spec}, task.tensors, backbone, images)
    for name, method in METHODS.items():
        classes = 4
        path = folder / "python" / f"made-{name}.safetensors"
        save(path, method, drawn(method, vit, classes), backbone, images)
    task = inlay.load(folder / "jvm" / "lora.safetensors")
    q, v = "lora.blocks.1.attn.q.A", "lora.blocks.1.attn.v.A"
    right = logits(task, vit, images)
    task.tensors[q], task.tensors[v] = task.tensors[v], task.tensors[q]
    task.save(folder / "wrong" / "lora.safetensors")
    tensorfile.write(folder / "wrong" / "lora.logits", {"logits": right}, {})


def save(path, method, tensors, backbone, images):
    classes = [f"class {i}" for i in range(len(tensors["head.bias"]))]
    inlay.save_task(path, method, tensors, backbone, classes, metrics={"test.top1": 0.25}, provenance={"made": "in Python"})
    tensorfile.write(path.with_suffix(".logits"), {"logits": logits(inlay.load(path), backbone.model, images)}, {})


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Wrong as wrong:
        sys.exit(f"jvm.py: {wrong}")
