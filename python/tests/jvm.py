"""Python's side of scripts/interop: reads what dev.inlay.interop.InteropMain wrote, and leaves tasks for it to read.

    jvm.py DIR

Every task of the JVM is put on the same weights here and must give the JVM's logits; it is then written back, once as it is
and once with other tensors and the logits that they give here. A wrong mapping of names must be noticed: if the checks pass
over one, this fails. Runs on the tests' own networks, and on timm's where it is installed.
"""

import importlib.util
import json
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]

import torch  # noqa: E402
from networks import loaded, own, timms  # noqa: E402
from samples import METHODS_OF, drawn  # noqa: E402

import inlay  # noqa: E402
from inlay import tensorfile  # noqa: E402

TOLERANCE = 1e-4


class Wrong(Exception):
    """The two sides do not agree, or the checks do not see that they do not."""


def main(root):
    makers = {"the tests' own network": own}
    if importlib.util.find_spec("timm"):
        makers["timm's"] = timms
    else:
        print("SKIPPED: timm's networks, because timm is not installed; the tests' own ones only")
    folders = sorted(path.parent for path in Path(root).glob("*/spec.json"))
    if not folders:
        raise Wrong(f"{root}: expected a folder for each network, found none")
    for folder in folders:
        spec = json.loads((folder / "spec.json").read_text())
        weights, _ = tensorfile.read(folder / "weights.safetensors")
        images = tensorfile.read(folder / "images.safetensors")[0]["images"]
        for what, make in makers.items():
            model = loaded(make(spec), weights)
            compare(folder, what, model, images)
            notice_wrong_mapping(folder, make(spec), weights, images)
        size = (spec["height"], spec["width"])
        write_back(folder, inlay.backbone_of(model, folder.name).for_images(*size), images)


def logits(task, model, images):
    with torch.no_grad():
        return task.attach(model)(images)


def tasks(folder):
    found = sorted((folder / "jvm").glob("*.safetensors"))
    if not found:
        raise Wrong(f"{folder}/jvm: expected tasks, found none")
    return found


def expected(path):
    return tensorfile.read(path.with_suffix(".logits"))[0]["logits"]


def compare(folder, what, model, images):
    worst = 0.0
    for path in tasks(folder):
        off = (logits(inlay.load(path), model, images) - expected(path)).abs().max().item()
        if not off <= TOLERANCE:
            raise Wrong(f"{path} on {what}: expected the JVM's logits, found others by up to {off}")
        worst = max(worst, off)
    print(f"JVM to Python, {folder.name}, on {what}: {len(tasks(folder))} tasks, logits differ by at most {worst:.1e}")


def wrongly_mapped(weights):
    """Keys where values belong; where there are none, squares of tokens read column by column."""
    mixed = dict(weights)
    for name, value in weights.items():
        if ".attn.qkv." in name:
            q, k, v = value.chunk(3)
            mixed[name] = torch.cat([q, v, k])
        elif name.endswith(".downsample.1.weight"):
            mixed[name] = value.transpose(2, 3).contiguous()
    return mixed


def notice_wrong_mapping(folder, model, weights, images):
    """Refused by the fingerprint, and seen in the logits where that is passed over."""
    loaded(model, wrongly_mapped(weights))
    path = folder / "jvm" / "lora.safetensors"
    task = inlay.load(path)
    try:
        task.attach(model)
        raise Wrong(f"{path}: wrongly mapped weights were taken for the right ones")
    except inlay.TaskError:
        task.fingerprint = inlay.backbone_of(model).fingerprint()
    if (logits(task, model, images) - expected(path)).abs().max() <= TOLERANCE:
        raise Wrong(f"{path}: weights are wrongly mapped, and the logits are equal; the check is blind")


def write_back(folder, backbone, images):
    for name in ("same", "python", "wrong"):
        (folder / name).mkdir(exist_ok=True)
    for path in tasks(folder):
        task = inlay.load(path)
        task.save(folder / "same" / path.name)
        generator = torch.Generator().manual_seed(5)
        for value in task.tensors.values():
            if value.is_floating_point():
                value.mul_(1 + 0.3 * torch.rand(value.shape, generator=generator))
        save(folder / "python" / path.name, {"type": task.method, **task.spec}, task.tensors, backbone, images)
    for name, method in METHODS_OF[backbone.family].items():
        classes = 4
        path = folder / "python" / f"made-{name}.safetensors"
        save(path, method, drawn(method, backbone, classes), backbone, images)
    task = inlay.load(folder / "jvm" / "lora.safetensors")
    right = logits(task, backbone.model, images)
    one, other = two_of_a_shape(task.tensors)
    task.tensors[one], task.tensors[other] = task.tensors[other], task.tensors[one]
    task.save(folder / "wrong" / "lora.safetensors")
    tensorfile.write(folder / "wrong" / "lora.logits", {"logits": right}, {})


def two_of_a_shape(tensors):
    factors = [(name, value.shape) for name, value in tensors.items() if name.endswith(".A")]
    return next((a, b) for a, shape in factors for b, other in factors if a != b and shape == other)


def save(path, method, tensors, backbone, images):
    classes = [f"class {i}" for i in range(len(tensors["head.bias"]))]
    inlay.save_task(path, method, tensors, backbone, classes, metrics={"test.top1": 0.25}, provenance={"made": "in Python"})
    tensorfile.write(path.with_suffix(".logits"), {"logits": logits(inlay.load(path), backbone.model, images)}, {})


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Wrong as wrong:
        sys.exit(f"jvm.py: {wrong}")
