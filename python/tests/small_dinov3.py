"""A DINOv3 with the attribute names and the arithmetic of timm's, written after timm 1.0's models/eva.py and
layers/pos_embed_sincos.py, for machines without timm. Where timm is installed, the tests run on timm's as well and hold this
one to it.
"""

import math

import torch
import torch.nn.functional as F
from small_vit import Mlp, PatchEmbed
from torch import nn


class Rope(nn.Module):
    temperature, normalize_coords, rotate_half, min_period, max_period = 100.0, "separate", True, None, None
    grid_offset, grid_indexing = 0.0, "ij"

    def __init__(self, width):
        super().__init__()
        self.periods = [self.temperature ** (2 * i / (width // 2)) for i in range(width // 4)]

    def angles(self, rows, columns):
        centres = [((y + 0.5) / rows * 2 - 1, (x + 0.5) / columns * 2 - 1) for y in range(rows) for x in range(columns)]
        angles = [[2 * math.pi * c / period for c in centre for period in self.periods] for centre in centres]
        return torch.tensor(angles).tile(2)


class Attention(nn.Module):
    rotate_half = True

    def __init__(self, dim, heads, biased, prefix):
        super().__init__()
        self.num_heads, self.num_prefix_tokens, self.qkv_bias_separate = heads, prefix, False
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.q_bias, self.v_bias = (nn.Parameter(torch.zeros(dim)) if biased else None for _ in range(2))
        self.proj = nn.Linear(dim, dim)

    def forward(self, x, angles):
        b, n, d = x.shape
        bias = None if self.q_bias is None else torch.cat([self.q_bias, torch.zeros(d), self.v_bias])
        if bias is None:
            qkv = self.qkv(x)
        elif self.qkv_bias_separate:
            qkv = self.qkv(x) + bias
        else:
            qkv = F.linear(x, self.qkv.weight, bias)
        q, k, v = qkv.reshape(b, n, 3, self.num_heads, d // self.num_heads).permute(2, 0, 3, 1, 4)
        q, k = self.turned(q, angles), self.turned(k, angles)
        weights = (q * (d // self.num_heads) ** -0.5 @ k.transpose(-2, -1)).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(b, n, d))

    def turned(self, x, angles):
        before, own = x[:, :, : self.num_prefix_tokens], x[:, :, self.num_prefix_tokens :]
        u, v = own.chunk(2, -1)
        return torch.cat([before, own * angles.cos() + torch.cat([-v, u], -1) * angles.sin()], 2)


class SwiGLU(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.fc1_g, self.fc1_x, self.act = nn.Linear(dim, hidden), nn.Linear(dim, hidden), nn.SiLU()
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x):
        return self.fc2(self.act(self.fc1_g(x)) * self.fc1_x(x))


class Block(nn.Module):
    def __init__(self, spec):
        super().__init__()
        dim, eps = spec["dim"], spec["eps"]
        self.gamma_1, self.gamma_2 = (nn.Parameter(torch.ones(dim)) for _ in range(2))
        self.norm1 = nn.LayerNorm(dim, eps)
        self.attn = Attention(dim, spec["heads"], spec["qkvBias"] == "query_value", 1 + spec["regTokens"])
        self.drop_path1, self.drop_path2 = nn.Identity(), nn.Identity()
        self.norm2 = nn.LayerNorm(dim, eps)
        split = spec.get("mlp") == "swiglu_split"
        self.mlp = SwiGLU(dim, spec["hidden"]) if split else Mlp(dim, spec["hidden"], nn.GELU())

    def forward(self, x, angles):
        x = x + self.drop_path1(self.gamma_1 * self.attn(self.norm1(x), angles))
        return x + self.drop_path2(self.gamma_2 * self.mlp(self.norm2(x)))


class SmallDinov3(nn.Module):
    """spec: the JSON of docs/backbones.md."""

    dynamic_img_size = True

    def __init__(self, spec, classes=0):
        super().__init__()
        dim, registers = spec["dim"], spec["regTokens"]
        self.global_pool = spec.get("globalPool", "token")
        self.num_prefix_tokens = 1 + registers
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.reg_token = nn.Parameter(torch.zeros(1, registers, dim))
        self.pos_embed = None
        self.patch_embed = PatchEmbed((spec["height"], spec["width"]), spec["patch"], dim, True)
        self.rope = Rope(dim // spec["heads"])
        self.blocks = nn.ModuleList(Block(spec) for _ in range(spec["depth"]))
        self.norm = nn.LayerNorm(dim, spec["eps"])
        self.head = nn.Linear(dim, classes) if classes else nn.Identity()

    def forward(self, images):
        return self.forward_head(self.forward_features(images))

    def forward_features(self, images):
        x = self.patch_embed(images)
        patch = self.patch_embed.proj.kernel_size[0]
        angles = self.rope.angles(images.shape[2] // patch, images.shape[3] // patch)
        x = torch.cat([token.expand(len(x), -1, -1) for token in (self.cls_token, self.reg_token)] + [x], 1)
        for block in self.blocks:
            x = block(x, angles)
        return self.norm(x)

    def forward_head(self, x, pre_logits=False):
        x = x[:, self.num_prefix_tokens :].mean(1) if self.global_pool == "avg" else x[:, 0]
        return x if pre_logits else self.head(x)


def timm_dinov3(spec, classes=0, fixed=False):
    """The same of timm itself; ``fixed``: for images of one size."""
    from timm.models.eva import Eva

    return Eva(
        img_size=(spec["height"], spec["width"]),
        patch_size=spec["patch"],
        num_classes=classes,
        global_pool=spec.get("globalPool", "token"),
        embed_dim=spec["dim"],
        depth=spec["depth"],
        num_heads=spec["heads"],
        qkv_bias=spec["qkvBias"] == "query_value",
        mlp_ratio=spec["hidden"] / spec["dim"],
        swiglu_mlp=spec.get("mlp") == "swiglu_split",
        swiglu_align_to=2,
        init_values=1.0,
        use_abs_pos_emb=False,
        use_rot_pos_emb=True,
        rope_type="dinov3",
        rope_temperature=100,
        rope_rotate_half=True,
        dynamic_img_size=not fixed,
        num_reg_tokens=spec["regTokens"],
        use_fc_norm=False,
        norm_layer=lambda dim, **rest: nn.LayerNorm(dim, eps=spec["eps"], **rest),
    )
