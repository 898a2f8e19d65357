"""timm's SwinTransformer."""

from typing import NamedTuple

from torch import nn

from ..backbone import (
    Backbone,
    HookPoint,
    TokenGrid,
    at,
    classes,
    is_absent,
    is_gelu,
    block_hook_points,
    refuse,
    require_attributes,
    unequal_eps,
)
from .windows import let_into_merging, let_into_windows

_TABLE = "attn.relative_position_bias_table"


class _Block(NamedTuple):
    """One block: timm's module, its name, its stage, and its grid of tokens."""

    module: nn.Module
    name: str
    stage: int
    is_first: bool
    height: int
    width: int

    @property
    def tokens(self):
        return self.height * self.width

    @property
    def dim(self):
        return self.module.norm1.weight.shape[0]

    def downsample(self, part):
        """The name of a part of what merges patches in front of the block's stage."""
        return f"layers.{self.stage}.downsample.{part}"

    @property
    def merges(self):
        return self.is_first and self.stage > 0


class SwinTransformer(Backbone):
    """Attention within windows that every second block shifts; patches are merged between stages.

    Linear hook points inside the attention see tokens in the order of windows, those of padding among them.
    """

    family = "swin"

    @staticmethod
    def recognises(model):
        return hasattr(model, "layers") and hasattr(model, "patch_embed")

    def __init__(self, model, name=None):
        _require_supported(model)
        self._all = list(_blocks(model))
        super().__init__(model, name, _spec(model), _hook_points(model, self._all), self._all[-1].dim)
        self.own = slice(-self._all[-1].tokens, None)

    def grid(self, block):
        return TokenGrid(0, self._all[block].height, self._all[block].width)

    def agrees(self, spec):
        """A window larger than the grid of patches is one of the whole grid."""
        largest = max(self.grid(0))
        return super().agrees({**spec, "window": min(spec["window"], largest)} if "window" in spec else spec)

    def _locate(self, name, value):
        path = name.split(".")
        if path[0] != "layers":
            kind = "patches" if name.startswith("patch_embed.proj.") else "vector"
            return kind, -1, path[0] if kind == "patches" else ".".join(path[:-1])
        first = next(i for i, block in enumerate(self._all) if block.stage == int(path[1]))
        if path[2] == "blocks":
            block, operation = first + int(path[3]), ".".join(path[4:-1])
        else:
            block, operation = first, ".".join(path[2:-1])
        if name.endswith(_TABLE):
            return "positionBias", block, operation
        return "matrix" if value.dim() == 2 else "vector", block, operation

    def _make_room(self, network, block, attachment):
        own, before = self._all[block], attachment.entered(block - 1)
        if own.merges and before:
            last = self._all[block - 1]
            let_into_merging(network.layers[own.stage].downsample, (last.height, last.width), before)
        contexts = attachment.contexts.get(block, ())
        module = network.get_submodule(own.name)
        let_into_windows(module, (own.height, own.width), contexts, attachment.entered(block))


def _blocks(swin):
    height, width = swin.patch_embed.grid_size
    for stage, layer in enumerate(swin.layers):
        for i, module in enumerate(layer.blocks):
            yield _Block(module, f"layers.{stage}.blocks.{i}", stage, i == 0, height, width)
        height, width = -(-height // 2), -(-width // 2)


def _window(swin):
    return max(swin.layers[0].blocks[0].window_size)


def _ratio(swin):
    fc1 = swin.layers[0].blocks[0].mlp.fc1
    return fc1.out_features // fc1.in_features


def _require_supported(swin):
    wanted = ("patch_embed.norm.weight", "patch_embed.grid_size", "layers", "norm", "head.fc")
    require_attributes(swin, "a timm SwinTransformer", wanted)
    parts = ("norm1", "attn.qkv", _TABLE, "attn.proj", "norm2", "mlp.fc1", "mlp.fc2")
    for stage, layer in enumerate(swin.layers):
        names = [f"blocks.{i}.{part}" for i in range(len(layer.blocks)) for part in parts]
        merging = ["downsample.norm", "downsample.reduction"] if stage else []
        require_attributes(swin, "a timm SwinTransformer", [f"layers.{stage}.{name}" for name in names + merging])
    extra = [] if swin.head.global_pool.pool_type == "avg" else [f"pooling {swin.head.global_pool.pool_type!r}"]
    if not is_absent(at(swin.layers[0], "downsample")):
        extra.append("layers.0.downsample")
    rows, columns = swin.patch_embed.grid_size
    for stage, layer in enumerate(swin.layers):
        dim = swin.patch_embed.proj.out_channels << stage
        nominal = (rows >> stage, columns >> stage)
        for i, block in enumerate(layer.blocks):
            found = _differences(block, dim, nominal, _window(swin), _ratio(swin), i % 2 == 1)
            extra += [f"layers.{stage}.blocks.{i} with {difference}" for difference in found]
    refuse("Swin Transformer", extra + unequal_eps(swin))


def _differences(block, dim, nominal, window, ratio, shifts):
    """What a block has that the sizes of a spec do not say. The window follows from the resolution that timm counts on."""
    sizes = tuple(min(side, window) for side in nominal)
    shift = tuple(window // 2 if shifts and side > window else 0 for side in nominal)
    if tuple(block.window_size) != sizes:
        yield f"a window of {tuple(block.window_size)}"
    if tuple(block.shift_size) != shift:
        yield f"a shift of {tuple(block.shift_size)}"
    if getattr(block, "dynamic_mask", False):
        yield "masks for images of any size"
    if block.attn.qkv.weight.shape != (3 * dim, dim) or block.mlp.fc1.weight.shape != (ratio * dim, dim):
        yield "other widths"
    if any(at(block, f"{part}.bias") is None for part in ("attn.qkv", "attn.proj", "mlp.fc1", "mlp.fc2")):
        yield "products without bias"
    if not is_gelu(block.mlp.act):
        yield f"the activation {block.mlp.act}"


def _spec(swin):
    height, width = swin.patch_embed.img_size
    return {
        "family": "swin",
        "height": height,
        "width": width,
        "patch": swin.patch_embed.proj.kernel_size[0],
        "dim": swin.patch_embed.proj.out_channels,
        "depths": [len(layer.blocks) for layer in swin.layers],
        "heads": [layer.blocks[0].attn.num_heads for layer in swin.layers],
        "window": _window(swin),
        "ratio": _ratio(swin),
        **classes(swin.head.fc),
        "eps": swin.norm.eps,
    }


def _hook_points(swin, blocks):
    filters = swin.patch_embed.proj.weight
    first, last = len(filters), blocks[-1].dim
    yield HookPoint("patch_embed", "patches", -1, "patch_embed", filters[0].numel(), first)
    yield HookPoint("patch_embed.norm", "norm", -1, "patch_embed.norm", first, first)
    for i, block in enumerate(blocks):
        d, hidden = block.dim, block.module.mlp.fc1.out_features
        if block.merges:
            yield HookPoint(block.downsample("norm"), "norm", i, "downsample.norm", 2 * d, 2 * d)
            yield HookPoint(block.downsample("reduction"), "linear", i, "downsample.reduction", 2 * d, d)
        yield from block_hook_points(block.name, i, d, {"mlp.fc1": (d, hidden), "mlp.fc2": (hidden, d)})
    yield HookPoint("norm", "norm", -1, "norm", last, last)
