"""The families of networks. Another one is another class here; no method changes."""

from ..error import TaskError
from .convnext import ConvNeXt
from .swin import SwinTransformer
from .vit import VisionTransformer

FAMILIES = (VisionTransformer, SwinTransformer, ConvNeXt)


def backbone_of(model, name=None):
    """A network of timm as a Backbone.

    model: a VisionTransformer, a SwinTransformer or a ConvNeXt of timm, or a module with its attributes; never changed.
    name: what to call it in task files; timm's name of it unless given.
    Raises TaskError if it is of no family, or has a part that Inlay's networks of its family do not have.
    """
    for family in FAMILIES:
        if family.recognises(model):
            return family(model, name)
    known = ", ".join(family.__name__ for family in FAMILIES)
    raise TaskError(f"expected a network of timm, one of {known}, found {type(model).__name__}")
