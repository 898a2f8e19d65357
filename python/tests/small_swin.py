"""A Swin Transformer with the attribute names and the arithmetic of timm's, written after timm 1.0's
models/swin_transformer.py, for machines without timm. Where timm is installed, the tests run on timm's as well and hold this
one to it.
"""

from types import SimpleNamespace

import torch
import torch.nn.functional as F
from small_vit import Mlp
from torch import nn


class PatchEmbed(nn.Module):
    def __init__(self, spec):
        super().__init__()
        self.img_size = (spec["height"], spec["width"])
        self.grid_size = (spec["height"] // spec["patch"], spec["width"] // spec["patch"])
        self.proj = nn.Conv2d(3, spec["dim"], spec["patch"], spec["patch"])
        self.norm = nn.LayerNorm(spec["dim"], spec["eps"])

    def forward(self, x):
        return self.norm(self.proj(x).permute(0, 2, 3, 1))


class WindowAttention(nn.Module):
    def __init__(self, dim, heads, window):
        super().__init__()
        self.num_heads, self.window_area = heads, window[0] * window[1]
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * window[0] - 1) * (2 * window[1] - 1), heads))
        tokens = [(i, j) for i in range(window[0]) for j in range(window[1])]
        index = [
            [(i - k + window[0] - 1) * (2 * window[1] - 1) + j - m + window[1] - 1 for k, m in tokens] for i, j in tokens
        ]
        self.register_buffer("relative_position_index", torch.tensor(index), persistent=False)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x, mask=None):
        """Every window of one image after those of another, (B · windows, n, D); mask (windows, n, n)."""
        b, n, d = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.num_heads, d // self.num_heads).permute(2, 0, 3, 1, 4)
        bias = self.relative_position_bias_table[self.relative_position_index].permute(2, 0, 1)
        if mask is not None:
            bias = bias + mask[:, None].repeat(b // len(mask), 1, 1, 1)
        weights = (q @ k.transpose(-2, -1) * (d // self.num_heads) ** -0.5 + bias).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(b, n, d))


class Block(nn.Module):
    def __init__(self, spec, dim, heads, nominal, shifts):
        super().__init__()
        sides = [min(side, spec["window"]) for side in nominal]
        self.window_size = tuple(sides)
        self.shift_size = tuple(spec["window"] // 2 if shifts and side > spec["window"] else 0 for side in nominal)
        self.norm1 = nn.LayerNorm(dim, spec["eps"])
        self.attn = WindowAttention(dim, heads, self.window_size)
        self.norm2 = nn.LayerNorm(dim, spec["eps"])
        self.mlp = Mlp(dim, spec["ratio"] * dim, nn.GELU())
        self.drop_path1, self.drop_path2 = nn.Identity(), nn.Identity()
        mask = self.mask(*nominal) if any(self.shift_size) else None
        self.register_buffer("attn_mask", mask, persistent=False)

    def mask(self, height, width):
        """-100 for tokens of a window that lie in different regions of the shifted image, (windows, n, n)."""
        regions = []
        for size, window, shift in zip((height, width), self.window_size, self.shift_size):
            size = -(-size // window) * window
            regions.append([(i >= size - window) + (i >= size - shift) if shift else 0 for i in range(size)])
        image = torch.tensor([[3 * i + j for j in regions[1]] for i in regions[0]])
        rows, columns = self.window_size
        windows = [
            image[i : i + rows, j : j + columns].flatten()
            for i in range(0, len(image), rows)
            for j in range(0, image.shape[1], columns)
        ]
        return torch.stack([torch.where(w[:, None] == w[None], 0.0, -100.0) for w in windows])

    def attend(self, x):
        """Window by window, (B, H, W, D)."""
        height, width = x.shape[1:3]
        rows, columns = self.window_size
        x = torch.roll(x, [-shift for shift in self.shift_size], (1, 2))
        x = F.pad(x, (0, 0, 0, -width % columns, 0, -height % rows))
        corners = [(i, j) for i in range(0, x.shape[1], rows) for j in range(0, x.shape[2], columns)]
        windows = torch.stack([x[:, i : i + rows, j : j + columns].flatten(1, 2) for i, j in corners], 1)
        attended = self.attn(windows.flatten(0, 1), mask=self.attn_mask).view_as(windows)
        y = torch.zeros_like(x)
        for number, (i, j) in enumerate(corners):
            y[:, i : i + rows, j : j + columns] = attended[:, number].unflatten(1, (rows, columns))
        return torch.roll(y[:, :height, :width], self.shift_size, (1, 2))

    def forward(self, x):
        x = x + self.drop_path1(self.attend(self.norm1(x)))
        return x + self.drop_path2(self.mlp(self.norm2(x)))


class PatchMerging(nn.Module):
    def __init__(self, dim, eps):
        super().__init__()
        self.norm = nn.LayerNorm(4 * dim, eps)
        self.reduction = nn.Linear(4 * dim, 2 * dim, bias=False)

    def forward(self, x):
        x = F.pad(x, (0, 0, 0, x.shape[2] % 2, 0, x.shape[1] % 2))
        corners = [x[:, i::2, j::2] for j in (0, 1) for i in (0, 1)]
        return self.reduction(self.norm(torch.cat(corners, 3)))


class Stage(nn.Module):
    def __init__(self, spec, number):
        super().__init__()
        dim = spec["dim"] << number
        nominal = [spec[side] // spec["patch"] >> number for side in ("height", "width")]
        self.downsample = PatchMerging(dim // 2, spec["eps"]) if number else nn.Identity()
        heads = spec["heads"][number]
        self.blocks = nn.Sequential(*(Block(spec, dim, heads, nominal, i % 2) for i in range(spec["depths"][number])))

    def forward(self, x):
        return self.blocks(self.downsample(x))


class Head(nn.Module):
    def __init__(self, dim, classes):
        super().__init__()
        self.global_pool = SimpleNamespace(pool_type="avg")
        self.fc = nn.Linear(dim, classes) if classes else nn.Identity()

    def forward(self, x, pre_logits=False):
        x = x.mean((1, 2))
        return x if pre_logits else self.fc(x)


class SmallSwin(nn.Module):
    """spec: the JSON of docs/backbones.md."""

    def __init__(self, spec, classes=0):
        super().__init__()
        dim = spec["dim"] << (len(spec["depths"]) - 1)
        self.patch_embed = PatchEmbed(spec)
        self.layers = nn.Sequential(*(Stage(spec, i) for i in range(len(spec["depths"]))))
        self.norm = nn.LayerNorm(dim, spec["eps"])
        self.head = Head(dim, classes)

    def forward(self, images):
        return self.forward_head(self.forward_features(images))

    def forward_features(self, images):
        return self.norm(self.layers(self.patch_embed(images)))

    def forward_head(self, x, pre_logits=False):
        return self.head(x, pre_logits)


def timm_swin(spec, classes=0):
    """The same of timm itself."""
    from timm.models.swin_transformer import SwinTransformer

    return SwinTransformer(
        img_size=(spec["height"], spec["width"]),
        patch_size=spec["patch"],
        num_classes=classes,
        embed_dim=spec["dim"],
        depths=spec["depths"],
        num_heads=spec["heads"],
        window_size=spec["window"],
        mlp_ratio=spec["ratio"],
        norm_layer=lambda dim, **rest: nn.LayerNorm(dim, eps=spec["eps"], **rest),
    )
