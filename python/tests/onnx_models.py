"""The files of ONNX that Inlay writes, by ONNX's checker and ONNX Runtime.

    onnx_models.py DIR   every DIR/NETWORK/onnx/CASE/exported/model.onnx gives the logits of its task

Written for scripts/interop; needs onnx, onnxruntime and torch.
"""

import json
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]

import onnx  # noqa: E402
import onnxruntime  # noqa: E402
import torch  # noqa: E402

from inlay import tensorfile  # noqa: E402

TOLERANCE = 1e-4
FEWEST_METHODS = {"vit": 13, "swin": 12, "convnext": 12}  # masks among them


def check(network):
    images = tensorfile.read(network / "images.safetensors")[0]["images"].numpy()
    models = sorted(network.glob("onnx/*/exported/model.onnx"))
    fewest = FEWEST_METHODS[json.loads((network / "spec.json").read_text()).get("family", "vit")]
    if len(models) < fewest:
        sys.exit(f"onnx_models.py: {network}/onnx: expected at least {fewest} methods that merge, found {len(models)}")
    worst = 0
    for path in models:
        onnx.checker.check_model(path, full_check=True)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        expected = tensorfile.read(path.parents[1] / "task.logits")[0]["logits"]
        for some in (images, images[:1]):  # the batch is open
            found = torch.from_numpy(session.run(["logits"], {"images": some})[0])
            off = (found - expected[: len(some)]).abs().max().item()
            if not off <= TOLERANCE:
                sys.exit(f"onnx_models.py: {path}: expected the logits of the task, found others by up to {off}")
            worst = max(worst, off)
        names = json.loads(session.get_modelmeta().custom_metadata_map["label_names"])
        if len(names) != expected.shape[1]:
            sys.exit(f"onnx_models.py: {path}: expected {expected.shape[1]} label_names, found {names}")
    print(f"ONNX Runtime, {network.name}: {len(models)} tasks, logits differ by at most {worst:.1e}")


if __name__ == "__main__":
    for spec in sorted(Path(sys.argv[1]).glob("*/spec.json")):
        check(spec.parent)
