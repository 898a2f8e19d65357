"""Model cards, by huggingface_hub: their front matter is read and its results are understood.

    cards.py DIR...   folders with a README.md of Inlay

Written for scripts/interop; needs huggingface_hub. Its own validation asks a server and is left out.
"""

import sys
from pathlib import Path

from huggingface_hub import ModelCard

LIBRARIES = {"inlay", "peft", "timm", "transformers", "onnx"}


def check(folder):
    data = ModelCard.load(folder / "README.md", ignore_metadata_errors=False).data
    problems = []
    if data.library_name not in LIBRARIES:
        problems.append(f"library_name: {data.library_name}")
    if data.pipeline_tag != "image-classification":
        problems.append(f"pipeline_tag: {data.pipeline_tag}")
    for result in data.eval_results or []:
        if result.task_type != "image-classification" or not 0 <= result.metric_value <= 1:
            problems.append(f"model-index: {result}")
    if not data.eval_results:
        problems.append("model-index: no results")
    if problems:
        sys.exit(f"cards.py: {folder}/README.md: " + "; ".join(problems))


if __name__ == "__main__":
    for folder in sys.argv[1:]:
        check(Path(folder))
    print(f"huggingface_hub: {len(sys.argv) - 1} model cards")
