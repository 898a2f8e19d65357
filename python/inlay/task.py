"""Task files: what a task says about itself, and its tensors."""

import json

import torch

from . import methods, tensorfile
from .backbone import Backbone
from .backbones import backbone_of
from .error import TaskError
from .tuned import Tuned

_FORMAT = "inlay-task-1"
_KEYS = ("backbone", "classNames", "format", "method", "metrics", "parameters", "provenance", "spec", "transform")
_OPTIONAL = ("temperature", "labels")


class Task:
    """A task as it was read from its file.

    method: its name, such as ``lora``; spec: its settings, as docs/task-format.md has them.
    tensors: by name in the order of the file; float32, positions of individual weights int32.
    class_names: by label. transform: from an image file to what the backbone takes, or None.
    backbone_name, backbone_spec, fingerprint: the network it was trained on.
    metrics, provenance: how good the task is, and where it comes from.
    temperature: what logits are divided by before the softmax, so that probabilities are calibrated; 1 for nothing.
    labels: how outputs are read: a dict whose kind is single, multi (with thresholds of the sigmoids), numbers (with means and
        deviations: an output times the deviation, plus the mean, is the number) or masks (a class for every pixel).
    """

    def __init__(self, source, tensors, metadata):
        self.source, self.tensors, self.metadata = source, tensors, metadata
        if metadata.get("format") != _FORMAT:
            raise TaskError(f"{source}: key 'format': expected {_FORMAT}, found {metadata.get('format')}")
        found, missing = set(metadata), set(_KEYS) - set(metadata)
        unknown = found - set(_KEYS) - set(_OPTIONAL)
        if missing or unknown:
            raise TaskError(f"{source}: missing keys {sorted(missing)}, unknown keys {sorted(unknown)}")
        self.method = metadata["method"]
        try:
            self.spec = json.loads(metadata["spec"])
            self.class_names = json.loads(metadata["classNames"])
            self.transform = json.loads(metadata["transform"])
            self.metrics = json.loads(metadata["metrics"])
            self.provenance = json.loads(metadata["provenance"])
            self.temperature = json.loads(metadata.get("temperature", "1"))
            self.labels = json.loads(metadata.get("labels", '{"kind": "single"}'))
            backbone = json.loads(metadata["backbone"])
            self.backbone_name, self.backbone_spec = backbone["name"], backbone["spec"]
            self.fingerprint = backbone["fingerprint"]
        except (ValueError, KeyError, TypeError) as fault:
            raise TaskError(f"{source}: the metadata is damaged: {fault!r}") from fault
        for name, value in tensors.items():
            if value.dtype == torch.float32 and not torch.isfinite(value).all():
                raise TaskError(f"{source}: tensor '{name}': expected finite numbers; the file is damaged")

    def attach(self, model):
        """This task on a network of timm, as a module from images to logits. ``model`` is not changed.

        Raises TaskError if the task is one of masks, ``model`` is not the backbone of this task, or a tensor is missing, unexpected or of another shape.
        """
        if self.labels.get("kind") == "masks":
            raise TaskError(
                f"{self.source}: the task gives every pixel a class, and this package has no head for that; use inlay predict, "
                "or inlay export --to onnx"
            )
        backbone, spec = backbone_of(model), self.backbone_spec
        family = spec.get("family", "vit")
        if backbone.family != family:
            raise TaskError(f"{self.source} is a task of a {family}, but was given a {backbone.family}, {backbone.name}")
        backbone = backbone.for_images(spec["height"], spec["width"]) or backbone
        fingerprint = backbone.fingerprint()
        if fingerprint != self.fingerprint:
            raise TaskError(
                f"{self.source} needs the backbone {self.backbone_name} with the fingerprint {self.fingerprint}, but was "
                f"given {backbone.name} with {fingerprint}; load the weights that the task was trained on, in float32"
            )
        if not backbone.agrees(spec):
            raise TaskError(
                f"{self.source} needs the backbone {self.backbone_name} with {spec}, but was given the same weights with "
                f"{backbone.spec}; create it with the sizes and options of the task"
            )
        try:
            return Tuned(backbone, self.method, self.spec, self.tensors, len(self.class_names)).to(backbone.device)
        except TaskError as fault:
            raise TaskError(f"{self.source}: {fault}") from fault

    def save(self, path):
        """Writes the task as it was read: the bytes are the same."""
        tensorfile.write(path, self.tensors, self.metadata)


def load(path):
    """Reads a task file. Raises TaskError if it is damaged or of another version."""
    return Task(str(path), *tensorfile.read(path))


def save_task(path, method, tensors, backbone, classes, transform=None, metrics=None, provenance=None, temperature=1):
    """Writes a task file that Inlay reads.

    method: as a config of Inlay states it, such as ``{"type": "lora", "rank": 4}``; what is left out has its default. A plan
        is ``{"type": "spt", "plan": …}`` with the content of a plan file.
    tensors: by name, as docs/methods.md lists them, with head.weight (C, D) and head.bias (C); made float32. The positions of
        a plan's individual weights may stand among them, ``sparse.<parameter>.index``, or in the plan.
    backbone: the network of timm that the task belongs to; or ``backbone_of`` it, with a name or, where a network takes images
        of any size, a size of your own.
    classes: class names by label.
    transform: as docs/task-format.md has it; None if the task takes ready-made tensors.
    metrics, provenance: dictionaries of numbers and of texts.
    temperature: what logits are divided by before the softmax, above 0.
    Raises TaskError if something is missing, unexpected or does not fit the backbone; then nothing is written.
    """
    backbone, name, spec, positions = _asked(method, backbone)
    plain = {key: _plain(value) for key, value in {**tensors, **positions}.items()}
    tuned = Tuned(backbone, name, spec, plain, len(classes))
    counts = {}
    for key, part in tuned.parts.items():
        if not torch.isfinite(plain[key]).all():
            raise TaskError(f"tensor {key}: expected finite numbers")
        counts[part] = counts.get(part, 0) + plain[key].numel()
    identity = {"name": backbone.name, "spec": backbone.spec, "fingerprint": backbone.fingerprint()}
    metadata = {
        "format": _FORMAT,
        "method": name,
        "spec": _json(spec),
        "backbone": _json(identity),
        "classNames": _json(list(classes)),
        "transform": _json(transform),
        "metrics": _json(dict(sorted((metrics or {}).items()))),
        "parameters": _json(counts),
        "provenance": _json(dict(sorted((provenance or {}).items()))),
    }
    if temperature != 1:
        metadata["temperature"] = _json(temperature)
    tensorfile.write(path, tuned.tensors(), metadata)


def shapes_of(method, backbone, classes):
    """The trained tensors that a task of a method has, name to shape in the order of the file.

    method, backbone: as in save_task, a plan with its positions. classes: how many.
    """
    backbone, name, spec, positions = _asked(method, backbone)
    tuned = Tuned(backbone, name, spec, positions, classes, fill=torch.zeros)
    return {key: tuple(value.shape) for key, value in tuned.tensors().items() if key in tuned.parts}


def _asked(method, backbone):
    name, spec = methods.complete(method)
    spec, positions = _positions(name, spec)
    return backbone if isinstance(backbone, Backbone) else backbone_of(backbone), name, spec, positions


def _positions(name, spec):
    """A spec without the positions of individual weights, which are tensors in a task file, and those tensors."""
    if name == "spt" and "sparse" in spec["plan"]:
        plan = dict(spec["plan"])
        sparse = plan.pop("sparse")
        return {**spec, "plan": plan}, {f"sparse.{key}.index": _plain(value) for key, value in sparse.items()}
    if name == "sum":
        parts, positions = [], {}
        for i, part in enumerate(spec["of"]):
            settings = dict(part)
            kind = settings.pop("type")
            settings, own = _positions(kind, settings)
            parts.append({"type": kind, **settings})
            positions.update({f"part.{i}.{key}": value for key, value in own.items()})
        return {**spec, "of": parts}, positions
    return spec, {}


def _plain(value):
    value = torch.as_tensor(value).detach().cpu()
    return value.to(torch.float32 if value.is_floating_point() else torch.int32)


def _json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
