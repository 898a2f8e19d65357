"""timm's SwinTransformer."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from ..backbone import (
    Backbone,
    Place,
    TokenGrid,
    at,
    attend,
    classes,
    is_absent,
    is_gelu,
    refuse,
    require_attributes,
    unequal_eps,
)

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

    Tokens in front of the patches, such as shallow prompts, are part of every window, without a position; what the windows
    of an image make of one is averaged, and merging widens it by repeating it four times. Linear places inside the attention
    see tokens in the order of windows, those of padding among them.
    """

    family = "swin"

    @staticmethod
    def recognises(model):
        return hasattr(model, "layers") and hasattr(model, "patch_embed")

    def __init__(self, model, name=None):
        _require_supported(model)
        self._all = list(_blocks(model))
        super().__init__(model, name, _spec(model), _places(model, self._all), self._all[-1].dim)

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

    def embed(self, images, filling):
        weight, bias = (self._parameter(f"patch_embed.proj.{leaf}", filling) for leaf in ("weight", "bias"))
        x = F.conv2d(images, weight, bias, self.model.patch_embed.proj.stride).flatten(2).transpose(1, 2)
        return self._norm("patch_embed.norm", filling.output("patch_embed", images, x), filling)

    def block(self, i, x, filling):
        block = self._all[i]
        if block.merges:
            x = self._merge(block, self._all[i - 1], x, filling)
        x = filling.tokens(i, x)
        y = x + self._attention(i, self._norm(f"{block.name}.norm1", x, filling), filling)
        return filling.output(
            block.name, x, y + self._mlp(block, self._norm(f"{block.name}.norm2", y, filling), filling)
        )

    def _merge(self, block, before, x, filling):
        leading = x.shape[1] - before.tokens
        picture = x[:, leading:].unflatten(1, (before.height, before.width))
        picture = F.pad(picture, (0, 0, 0, before.width % 2, 0, before.height % 2))
        merged = picture.unflatten(2, (block.width, 2)).unflatten(1, (block.height, 2))
        merged = merged.permute(0, 1, 3, 4, 2, 5).flatten(3).flatten(1, 2)
        x = torch.cat([x[:, :leading].repeat(1, 1, 4), merged], 1)
        x = self._norm(block.downsample("norm"), x, filling)
        name = block.downsample("reduction")
        return filling.output(name, x, F.linear(x, self._parameter(f"{name}.weight", filling)))

    def _attention(self, i, x, filling):
        block, attn = self._all[i], f"{self._all[i].name}.attn"
        leading = x.shape[1] - block.tokens
        tokens = torch.cat([x[:, :leading], _cut(block, x[:, leading:])], 1)
        q, k, v = self._qkv(attn, tokens, "qkv", filling)
        answering, further = leading, filling.context(i)
        if further is not None:
            answering += further.shape[1]
            more = self._qkv(attn, self._norm(f"{block.name}.norm1", further, filling), "kv", filling)
            k, v = (torch.cat([y.expand(len(x), -1, -1), own], 1) for y, own in zip(more, (k, v)))
        bias = self._position_bias(block, leading, answering, filling)
        attended = attend(*(_heads(block, y, n) for y, n in ((q, leading), (k, answering), (v, answering))), bias)
        attended = attended.transpose(2, 3).flatten(3)  # (B, windows, p + n, D)
        patches = _join(block, attended[:, :, leading:])
        y = torch.cat([attended[:, :, :leading].mean(1), patches], 1)
        return filling.output(attn, x, self._product(f"{attn}.proj", y, filling))

    def _position_bias(self, block, asking, answering, filling):
        """(windows or 1, h, asking + n, answering + n); nothing is added for tokens without a place in the window."""
        attn = block.module.attn
        table = self._parameter(f"{block.name}.{_TABLE}", filling)
        index = attn.relative_position_index
        bias = table[index.flatten()].unflatten(0, index.shape).permute(2, 0, 1)[None]
        if block.module.attn_mask is not None:
            bias = bias + block.module.attn_mask[:, None]
        return F.pad(bias, (answering, 0, asking, 0))

    def _mlp(self, block, x, filling):
        name = f"{block.name}.mlp"
        h = F.gelu(self._product(f"{name}.fc1", x, filling))
        return filling.output(name, x, self._product(f"{name}.fc2", h, filling))

    def readout(self, x, filling):
        own = x[:, x.shape[1] - self._all[-1].tokens :]
        return self._norm("norm", filling.pooled(x, own), filling).mean(1)


def _cut(block, x):
    """Tokens (B, H · W, D) row by row to (B, windows · n, D) window by window, padded to whole windows."""
    (rows, columns), (down, across) = block.module.window_size, block.module.shift_size
    picture = x.unflatten(1, (block.height, block.width)).roll((-down, -across), (1, 2))
    picture = F.pad(picture, (0, 0, 0, -block.width % columns, 0, -block.height % rows))
    windows = picture.unflatten(2, (-1, columns)).unflatten(1, (-1, rows))
    return windows.transpose(2, 3).flatten(1, 4)


def _join(block, x):
    """Undoes _cut: (B, windows, n, D) to (B, H · W, D)."""
    (rows, columns), (down, across) = block.module.window_size, block.module.shift_size
    across_windows = -(-block.width // columns)
    windows = x.unflatten(2, (rows, columns)).unflatten(1, (-1, across_windows))
    picture = windows.transpose(2, 3).flatten(3, 4).flatten(1, 2)
    return picture[:, : block.height, : block.width].roll((down, across), (1, 2)).flatten(1, 2)


def _heads(block, x, leading):
    """(B, p + windows · n, D) to (B, windows, h, p + n, D / h): every window with the p tokens in front of its own."""
    own = x[:, leading:].unflatten(1, (-1, block.module.attn.window_area))
    copies = x[:, None, :leading].expand(-1, own.shape[1], -1, -1)
    return torch.cat([copies, own], 2).unflatten(3, (block.module.attn.num_heads, -1)).transpose(2, 3)


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


def _places(swin, blocks):
    filters = swin.patch_embed.proj.weight
    first, last = len(filters), blocks[-1].dim
    yield Place("patch_embed", "patches", -1, "patch_embed", filters[0].numel(), first)
    yield Place("patch_embed.norm", "norm", -1, "patch_embed.norm", first, first)
    for i, block in enumerate(blocks):
        d, hidden = block.dim, block.module.mlp.fc1.out_features
        if block.merges:
            yield Place(block.downsample("norm"), "norm", i, "downsample.norm", 2 * d, 2 * d)
            yield Place(block.downsample("reduction"), "linear", i, "downsample.reduction", 2 * d, d)
        for kind, operation, inputs, outputs in (
            ("norm", "norm1", d, d),
            ("linear", "attn.q", d, d),
            ("linear", "attn.k", d, d),
            ("linear", "attn.v", d, d),
            ("linear", "attn.proj", d, d),
            ("attention", "attn", d, d),
            ("norm", "norm2", d, d),
            ("linear", "mlp.fc1", d, hidden),
            ("linear", "mlp.fc2", hidden, d),
            ("mlp", "mlp", d, d),
        ):
            yield Place(f"{block.name}.{operation}", kind, i, operation, inputs, outputs)
        yield Place(block.name, "block", i, "", d, d)
    yield Place("norm", "norm", -1, "norm", last, last)
