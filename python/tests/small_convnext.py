"""A ConvNeXt with the attribute names and the arithmetic of timm's, written after timm 1.0's models/convnext.py, for machines
without timm. Where timm is installed, the tests run on timm's as well and hold this one to it.
"""

from types import SimpleNamespace

import torch
from small_vit import Mlp
from torch import nn


class LayerNorm2d(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Block(nn.Module):
    def __init__(self, dim, eps):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(dim))
        self.conv_dw = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps)
        self.mlp = Mlp(dim, 4 * dim, nn.GELU())
        self.drop_path = nn.Identity()

    def forward(self, x):
        y = self.gamma * self.mlp(self.norm(self.conv_dw(x).permute(0, 2, 3, 1)))
        return x + self.drop_path(y.permute(0, 3, 1, 2))


class Stage(nn.Module):
    def __init__(self, before, dim, depth, eps):
        super().__init__()
        self.downsample = (
            nn.Sequential(LayerNorm2d(before, eps), nn.Conv2d(before, dim, 2, 2)) if before else nn.Identity()
        )
        self.blocks = nn.Sequential(*(Block(dim, eps) for _ in range(depth)))

    def forward(self, x):
        return self.blocks(self.downsample(x))


class Head(nn.Module):
    def __init__(self, dim, classes, eps):
        super().__init__()
        self.global_pool = SimpleNamespace(pool_type="avg")
        self.norm = LayerNorm2d(dim, eps)
        self.fc = nn.Linear(dim, classes) if classes else nn.Identity()

    def forward(self, x, pre_logits=False):
        x = self.norm(x.mean((2, 3), keepdim=True)).flatten(1)
        return x if pre_logits else self.fc(x)


class SmallConvNeXt(nn.Module):
    """spec: the JSON of docs/backbones.md."""

    def __init__(self, spec, classes=0):
        super().__init__()
        dims, eps = spec["dims"], spec["eps"]
        self.default_cfg = {"input_size": (3, spec["height"], spec["width"])}
        self.stem = nn.Sequential(nn.Conv2d(3, dims[0], spec["patch"], spec["patch"]), LayerNorm2d(dims[0], eps))
        stages = zip([0, *dims], dims, spec["depths"])
        self.stages = nn.Sequential(*(Stage(before, dim, depth, eps) for before, dim, depth in stages))
        self.head = Head(dims[-1], classes, eps)

    def forward(self, images):
        return self.forward_head(self.forward_features(images))

    def forward_features(self, images):
        return self.stages(self.stem(images))

    def forward_head(self, x, pre_logits=False):
        return self.head(x, pre_logits)


def timm_convnext(spec, classes=0):
    """The same of timm itself."""
    from timm.models.convnext import ConvNeXt

    model = ConvNeXt(
        num_classes=classes,
        patch_size=spec["patch"],
        depths=spec["depths"],
        dims=spec["dims"],
        norm_eps=spec["eps"],
        ls_init_value=1.0,
    )
    model.default_cfg = {"input_size": (3, spec["height"], spec["width"])}
    return model
