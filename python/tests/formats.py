"""The folders of `inlay export` and `inlay import` by the libraries that they are for.

    formats.py read DIR    every folder in DIR/exported, DIR being one network's, gives the logits of its task
    formats.py write DIR   adapters trained by peft go to DIR/adapters, their logits to DIR/python

Written for scripts/interop; needs timm, transformers and peft.
"""

import json
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]

import peft  # noqa: E402
import timm  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
from networks import loaded, timms  # noqa: E402
from transformers import AutoModelForImageClassification  # noqa: E402

from inlay import tensorfile  # noqa: E402

TOLERANCE = 1e-4
CLASSES = 5
transformers.utils.logging.disable_progress_bar()


def read(root):
    images = tensorfile.read(root / "images.safetensors")[0]["images"]
    found = sorted((root / "exported").glob("*/*"))
    if not found:
        sys.exit(f"formats.py: {root}/exported: expected folders of inlay export, found none")
    for folder in found:
        expected = tensorfile.read(root / "jvm" / f"{folder.name}.logits")[0]["logits"]
        for open_folder in OPEN[folder.parent.name]:
            off = (logits(open_folder(root, folder), images) - expected).abs().max().item()
            if not off <= TOLERANCE:
                sys.exit(f"formats.py: {folder}: expected the logits of the task, found others by up to {off}")
            print(f"JVM to Python, {root.name}, {folder.parent.name}, {folder.name}: logits differ by {off:.1e}")
    notice_wrong_mapping(root, images)


def notice_wrong_mapping(root, images):
    """An adapter two of whose tensors are exchanged gives other logits."""
    folder = next((root / "exported" / "peft-timm").glob("lora*"))
    model = on_timm(root, folder)
    expected = tensorfile.read(root / "jvm" / f"{folder.name}.logits")[0]["logits"]
    state = {name: value.clone() for name, value in model.state_dict().items() if "lora_" in name}
    one, other = next((a, b) for a in state for b in state if a != b and state[a].shape == state[b].shape)
    model.load_state_dict({one: state[other], other: state[one]}, strict=False)
    if (logits(model, images) - expected).abs().max() <= TOLERANCE:
        sys.exit(f"formats.py: {folder}: two tensors are exchanged, and the logits are equal; the check is blind")


def write(root):
    """One adapter on timm's names with a rank of its own for one layer, one of DoRA."""
    images = tensorfile.read(root / "images.safetensors")[0]["images"]
    settings = {
        "lora": {"r": 3, "lora_alpha": 5, "rank_pattern": {"blocks.1.mlp.fc1": 2}, "target_modules": ["qkv", "fc1"]},
        "dora": {"r": 2, "lora_alpha": 3, "use_dora": True, "target_modules": ["attn.proj", "fc2"]},
    }
    for name, more in settings.items():
        bare = bare_timm(root)
        head = "head.fc" if hasattr(bare.head, "fc") else "head"
        config = peft.LoraConfig(modules_to_save=[head], init_lora_weights=False, **more)
        torch.manual_seed(7)
        model = peft.get_peft_model(bare, config).eval()
        with torch.no_grad():
            for key, value in model.named_parameters():
                if value.requires_grad and ("head" in key or "magnitude" in key):
                    value.add_(0.1 * torch.randn_like(value))
        model.save_pretrained(root / "adapters" / name)
        tensorfile.write(root / "python" / f"peft-{name}.logits", {"logits": logits(model, images)}, {})


def logits(model, images):
    with torch.no_grad():
        given = model.eval()(images)
    return getattr(given, "logits", given)


def bare_timm(root):
    weights, _ = tensorfile.read(root / "weights.safetensors")
    return loaded(timms(json.loads((root / "spec.json").read_text()), CLASSES), weights)


def on_timm(root, folder):
    return peft.PeftModel.from_pretrained(bare_timm(root), folder)


def on_transformers(root, folder):
    bare = AutoModelForImageClassification.from_pretrained(root / "exported" / "transformers-timm" / "linear")
    return peft.PeftModel.from_pretrained(bare, folder)


def by_checkpoint_path(root, folder):
    config = json.loads((folder / "config.json").read_text())
    return timm.create_model(
        config["architecture"],
        checkpoint_path=str(folder / "model.safetensors"),
        num_classes=config["num_classes"],
        **config.get("model_args", {}),
    )


OPEN = {
    "peft-timm": [on_timm],
    "peft-transformers": [on_transformers],
    "timm-timm": [lambda root, folder: timm.create_model(f"local-dir:{folder}", pretrained=True), by_checkpoint_path],
    "transformers-timm": [lambda root, folder: AutoModelForImageClassification.from_pretrained(folder)],
}

if __name__ == "__main__":
    {"read": read, "write": write}[sys.argv[1]](Path(sys.argv[2]))
