"""timm's ConvNeXt."""

from typing import NamedTuple

from torch import nn

from ..backbone import (
    Backbone,
    HookPoint,
    TokenGrid,
    at,
    classes,
    config_of,
    is_absent,
    is_gelu,
    refuse,
    require_attributes,
    unequal_eps,
)
from ..error import TaskError

_KERNEL = 7
_RATIO = 4
_PUBLISHED_SIZE = (3, 224, 224)


class _Block(NamedTuple):
    """One block: its name, its stage, the width and the grid of its tokens."""

    name: str
    stage: int
    is_first: bool
    dim: int
    height: int
    width: int

    @property
    def tokens(self):
        return self.height * self.width

    @property
    def halves(self):
        return self.is_first and self.stage > 0


class ConvNeXt(Backbone):
    """A stem of patches, blocks of a depth-wise convolution and an MLP, and products over 2 × 2 tokens between stages.

    No weight depends on the size of the images: unless ``for_images`` says otherwise it is that of timm's pretrained_cfg, or
    224 × 224. None of the tokens may be added or taken away.
    """

    family = "convnext"
    heads = ("head.fc.",)
    filters = "stem.0"
    branches = {"mlp": ("norm", "drop_path")}

    @staticmethod
    def recognises(model):
        return hasattr(model, "stem") and hasattr(model, "stages")

    def __init__(self, model, name=None, size=None):
        _require_supported(model)
        size = size or (config_of(model).get("input_size") or _PUBLISHED_SIZE)[1:]
        spec = _spec(model, *size)
        self._all = list(_blocks(spec))
        super().__init__(model, name, spec, _hook_points(spec, self._all), spec["dims"][-1])

    def grid(self, block):
        return TokenGrid(0, self._all[block].height, self._all[block].width)

    def for_images(self, height, width):
        return ConvNeXt(self.model, self.name, (height, width))

    def _locate(self, name, value):
        path = name.split(".")
        if path[0] != "stages":
            operation = ".".join(path[:-1])
            return "patches" if operation == "stem.0" else "vector", -1, operation
        first = next(i for i, block in enumerate(self._all) if block.stage == int(path[1]))
        if path[2] == "blocks":
            block, operation = first + int(path[3]), ".".join(path[4:-1]) or path[-1]
        else:
            block, operation = first, ".".join(path[2:-1])
        if operation == "conv_dw" and value.dim() > 1:
            return "depthwise", block, operation
        return "matrix" if value.dim() > 1 else "vector", block, operation

    def _channels_first(self, point):
        return point.operation not in ("norm", "mlp.fc1", "mlp.fc2")


def _blocks(spec):
    height, width = spec["height"] // spec["patch"], spec["width"] // spec["patch"]
    for stage, (depth, dim) in enumerate(zip(spec["depths"], spec["dims"])):
        rows, columns = height >> stage, width >> stage
        if not rows * columns:
            raise TaskError(f"images of {spec['height']} × {spec['width']} have nothing left for stage {stage}")
        for i in range(depth):
            yield _Block(f"stages.{stage}.blocks.{i}", stage, i == 0, dim, rows, columns)


def _require_supported(convnext):
    what = "a timm ConvNeXt"
    require_attributes(convnext, what, ("stem", "stages", "head.norm", "head.fc", "head.global_pool"))
    parts = ("conv_dw", "norm", "mlp.fc1", "mlp.fc2", "gamma")
    for s, stage in enumerate(convnext.stages):
        names = [f"stages.{s}.blocks.{i}.{part}" for i in range(len(stage.blocks)) for part in parts]
        require_attributes(convnext, what, names)
    extra = [name for name in ("norm_pre", "head.pre_logits") if not is_absent(at(convnext, name))]
    if convnext.head.global_pool.pool_type != "avg":
        extra.append(f"pooling {convnext.head.global_pool.pool_type!r}")
    stem = list(convnext.stem)
    if len(stem) != 2 or not _is_product(stem[0], stem[0].kernel_size[0]):
        extra.append("a stem that is not one of patches")
    for s, stage in enumerate(convnext.stages):
        if s == 0 and not is_absent(stage.downsample):
            extra.append("stages.0.downsample")
        if s > 0 and (is_absent(stage.downsample) or not _is_product(stage.downsample[1], 2)):
            extra.append(f"stages.{s} that does not halve the feature map")
        for i, block in enumerate(stage.blocks):
            extra += [f"stages.{s}.blocks.{i} with {found}" for found in _differences(block)]
    refuse("ConvNeXt", extra + unequal_eps(convnext))


def _is_product(conv, side):
    """Whether a convolution is a product over squares, end to end."""
    sizes = (conv.kernel_size, conv.stride, conv.padding, conv.dilation)
    return sizes == ((side, side), (side, side), (0, 0), (1, 1)) and conv.bias is not None


def _differences(block):
    conv, mlp = block.conv_dw, block.mlp
    same = {"kernel_size": _KERNEL, "padding": _KERNEL // 2, "stride": 1, "dilation": 1}
    if any(getattr(conv, key) != (side, side) for key, side in same.items()) or conv.bias is None:
        yield f"the convolution {conv}"
    if not isinstance(mlp.fc1, nn.Linear) or mlp.fc1.bias is None or hasattr(mlp, "grn"):
        yield f"the MLP {type(mlp).__name__} of {type(mlp.fc1).__name__}"
    elif mlp.fc1.out_features != _RATIO * mlp.fc1.in_features:
        yield "other widths"
    if not is_gelu(mlp.act):
        yield f"the activation {mlp.act}"
    if not is_absent(at(block, "shortcut")):
        yield "a shortcut of its own"


def _spec(convnext, height, width):
    return {
        "family": "convnext",
        "height": height,
        "width": width,
        "patch": convnext.stem[0].kernel_size[0],
        "depths": [len(stage.blocks) for stage in convnext.stages],
        "dims": [stage.blocks[0].conv_dw.out_channels for stage in convnext.stages],
        **classes(convnext.head.fc),
        "eps": convnext.head.norm.eps,
    }


def _hook_points(spec, blocks):
    first, last = spec["dims"][0], spec["dims"][-1]
    yield HookPoint("stem.0", "patches", -1, "stem.0", 3 * spec["patch"] ** 2, first)
    yield HookPoint("stem.1", "norm", -1, "stem.1", first, first)
    for i, block in enumerate(blocks):
        d = block.dim
        if block.halves:
            before, name = blocks[i - 1].dim, f"stages.{block.stage}.downsample"
            yield HookPoint(f"{name}.0", "norm", i, "downsample.0", before, before)
            yield HookPoint(f"{name}.1", "linear", i, "downsample.1", 4 * before, d)
        for kind, operation, inputs, outputs in (
            ("norm", "norm", d, d),
            ("linear", "mlp.fc1", d, _RATIO * d),
            ("linear", "mlp.fc2", _RATIO * d, d),
            ("mlp", "mlp", d, d),
        ):
            yield HookPoint(f"{block.name}.{operation}", kind, i, operation, inputs, outputs)
        yield HookPoint(block.name, "block", i, "", d, d)
    yield HookPoint("head.norm", "norm", -1, "head.norm", last, last)
