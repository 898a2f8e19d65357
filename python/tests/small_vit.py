"""A Vision Transformer with the attribute names and the arithmetic of timm's, written after timm 1.0's
models/vision_transformer.py and models/deit.py, for machines without timm. Where timm is installed, the tests run on timm's as
well and hold this one to it.
"""

import torch
from torch import nn


class QuickGELU(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(1.702 * x)


class LayerScale(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        return x * self.gamma


class PatchEmbed(nn.Module):
    def __init__(self, img_size, patch, dim, bias):
        super().__init__()
        self.img_size = img_size
        self.grid_size = (img_size[0] // patch, img_size[1] // patch)
        self.num_patches = self.grid_size[0] * self.grid_size[1]
        self.proj = nn.Conv2d(3, dim, patch, patch, bias=bias)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class Attention(nn.Module):
    def __init__(self, dim, heads, bias=True):
        super().__init__()
        self.num_heads = heads
        self.qkv = nn.Linear(dim, 3 * dim, bias=bias)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.num_heads, d // self.num_heads).permute(2, 0, 3, 1, 4)
        weights = (q * (d // self.num_heads) ** -0.5 @ k.transpose(-2, -1)).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(b, n, d))


class Mlp(nn.Module):
    def __init__(self, dim, hidden, act):
        super().__init__()
        self.fc1, self.act, self.fc2 = nn.Linear(dim, hidden), act, nn.Linear(hidden, dim)

    def forward(self, x):
        return self.fc2(self.act(self.fc1(x)))


class SwiGLUPacked(nn.Module):
    gate_last = False

    def __init__(self, dim, hidden):
        super().__init__()
        self.fc1, self.act, self.fc2 = nn.Linear(dim, hidden), nn.SiLU(), nn.Linear(hidden // 2, dim)

    def forward(self, x):
        gate, value = self.fc1(x).chunk(2, -1)
        return self.fc2(self.act(gate) * value)


class Block(nn.Module):
    def __init__(self, spec):
        super().__init__()
        dim, eps = spec["dim"], spec["eps"]
        self.norm1 = nn.LayerNorm(dim, eps)
        self.attn = Attention(dim, spec["heads"], "qkvBias" not in spec)
        self.ls1 = LayerScale(dim) if spec.get("layerScale") else nn.Identity()
        self.drop_path1, self.drop_path2 = nn.Identity(), nn.Identity()
        self.norm2 = nn.LayerNorm(dim, eps)
        kind = spec.get("mlp", "gelu")
        if kind == "swiglu":
            self.mlp = SwiGLUPacked(dim, spec["hidden"])
        else:
            self.mlp = Mlp(dim, spec["hidden"], QuickGELU() if kind == "quick_gelu" else nn.GELU())
        self.ls2 = LayerScale(dim) if spec.get("layerScale") else nn.Identity()

    def forward(self, x):
        x = x + self.drop_path1(self.ls1(self.attn(self.norm1(x))))
        return x + self.drop_path2(self.ls2(self.mlp(self.norm2(x))))


class SmallVit(nn.Module):
    """spec: the JSON of docs/backbones.md."""

    def __init__(self, spec, classes=0):
        super().__init__()
        dim, eps = spec["dim"], spec["eps"]
        distilled, registers = spec.get("distilled", False), spec.get("regTokens", 0)
        self.global_pool = spec.get("globalPool", "token")
        self.no_embed_class = spec.get("noEmbedClass", False)
        self.num_prefix_tokens = 1 + int(distilled) + registers
        patches = (spec["height"] // spec["patch"]) * (spec["width"] // spec["patch"])
        rows = patches + (0 if self.no_embed_class else self.num_prefix_tokens)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.reg_token = nn.Parameter(torch.zeros(1, registers, dim)) if registers else None
        self.pos_embed = nn.Parameter(torch.zeros(1, rows, dim))
        if distilled:
            self.dist_token = nn.Parameter(torch.zeros(1, 1, dim))
        pre_norm = spec.get("preNorm", False)
        self.patch_embed = PatchEmbed((spec["height"], spec["width"]), spec["patch"], dim, not pre_norm)
        self.norm_pre = nn.LayerNorm(dim, eps) if pre_norm else nn.Identity()
        self.blocks = nn.Sequential(*(Block(spec) for _ in range(spec["depth"])))
        behind = spec.get("fcNorm", False)
        self.norm = nn.Identity() if behind else nn.LayerNorm(dim, eps)
        self.fc_norm = nn.LayerNorm(dim, eps) if behind else nn.Identity()
        self.head = nn.Linear(dim, classes) if classes else nn.Identity()
        if distilled:
            self.head_dist = nn.Linear(dim, classes) if classes else nn.Identity()

    def forward(self, images):
        return self.forward_head(self.forward_features(images))

    def forward_features(self, images):
        x = self.patch_embed(images)
        if self.no_embed_class:
            x = x + self.pos_embed
        tokens = [self.cls_token, getattr(self, "dist_token", None), self.reg_token]
        x = torch.cat([t.expand(len(x), -1, -1) for t in tokens if t is not None] + [x], 1)
        if not self.no_embed_class:
            x = x + self.pos_embed
        return self.norm(self.blocks(self.norm_pre(x)))

    def forward_head(self, x, pre_logits=False):
        if hasattr(self, "dist_token"):
            heads = (nn.Identity(),) * 2 if pre_logits else (self.head, self.head_dist)
            return sum(head(x[:, i]) for i, head in enumerate(heads)) / 2
        x = self.fc_norm(x[:, self.num_prefix_tokens :].mean(1) if self.global_pool == "avg" else x[:, 0])
        return x if pre_logits else self.head(x)


def timm_vit(spec, classes=0):
    """The same of timm itself."""
    from timm.layers import SwiGLUPacked as Packed
    from timm.layers import get_act_layer
    from timm.models.deit import VisionTransformerDistilled
    from timm.models.vision_transformer import VisionTransformer

    kind = spec.get("mlp", "gelu")
    options = {
        "img_size": (spec["height"], spec["width"]),
        "patch_size": spec["patch"],
        "embed_dim": spec["dim"],
        "depth": spec["depth"],
        "num_heads": spec["heads"],
        "mlp_ratio": spec["hidden"] / spec["dim"],
        "num_classes": classes,
        "qkv_bias": "qkvBias" not in spec,
        "norm_layer": lambda dim, **rest: nn.LayerNorm(dim, eps=spec["eps"], **rest),
        "global_pool": spec.get("globalPool", "token"),
        "fc_norm": spec.get("fcNorm", False),
        "init_values": 1.0 if spec.get("layerScale") else None,
        "reg_tokens": spec.get("regTokens", 0),
        "no_embed_class": spec.get("noEmbedClass", False),
        "pre_norm": spec.get("preNorm", False),
        "act_layer": nn.SiLU if kind == "swiglu" else get_act_layer(kind),
    }
    if kind == "swiglu":
        options["mlp_layer"] = Packed
    return (VisionTransformerDistilled if spec.get("distilled") else VisionTransformer)(**options)
