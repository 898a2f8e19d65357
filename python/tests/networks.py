"""Small networks of every family: the tests' own, and timm's."""

import torch
from small_convnext import SmallConvNeXt, timm_convnext
from small_dinov3 import SmallDinov3, timm_dinov3
from small_swin import SmallSwin, timm_swin
from small_vit import SmallVit, timm_vit

import inlay

OWN = {"vit": SmallVit, "swin": SmallSwin, "convnext": SmallConvNeXt}
TIMM = {"vit": timm_vit, "swin": timm_swin, "convnext": timm_convnext}


def own(spec, classes=0):
    """The tests' own network of a spec, the JSON of docs/backbones.md."""
    return (SmallDinov3 if spec.get("rope") else OWN[spec.get("family", "vit")])(spec, classes)


def timms(spec, classes=0, **options):
    """timm's network of a spec."""
    return (timm_dinov3 if spec.get("rope") else TIMM[spec.get("family", "vit")])(spec, classes, **options)


def randomize(model, seed=0):
    """Gives every parameter a value that matters, the same for the same names and shapes."""
    with torch.no_grad():
        for i, (name, value) in enumerate(sorted(model.named_parameters())):
            noise = torch.randn(value.shape, generator=torch.Generator().manual_seed(1000 * seed + i))
            scale = 0.2 if value.dim() < 2 else 0.5 / value[0].numel() ** 0.5
            value.copy_(noise * scale + (1.0 if name.endswith(("norm1.weight", "norm2.weight", "norm.weight")) else 0.0))
    return model.eval()


def loaded(model, tensors):
    """Gives every parameter but the head's its value by name; a name of one side alone is an error."""
    names = set(inlay.backbone_of(model).parameters())
    if names != set(tensors):
        raise KeyError(f"names of one side alone: {sorted(names ^ set(tensors))}")
    model.load_state_dict(tensors, strict=False)
    return model.eval()
