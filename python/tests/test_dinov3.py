"""Positions as rotations: other images, tokens in front, frames, and what is not DINOv3's."""

import pytest
import torch
from networks import randomize
from samples import BACKBONES, DINOV3, drawn

import inlay

SWIGLU = BACKBONES["dinov3_swiglu"]
LARGER = torch.randn(2, 3, 32, 24, generator=torch.Generator().manual_seed(1))


def logits(model, method, tensors, images, path):
    inlay.save_task(path, method, tensors, model, ["a", "b"])
    return inlay.load(path).attach(model)(images)


@pytest.mark.parametrize("spec", [BACKBONES["dinov3"], SWIGLU], ids=["biases", "swiglu"])
def test_images_of_another_size_have_their_own_grid(make, spec, tmp_path):
    model = randomize(make(spec, 2))
    backbone = inlay.backbone_of(model).for_images(32, 24)
    assert (backbone.grid(0), backbone.spec) == ((3, 4, 3), {**spec, "height": 32, "width": 24, "classes": 2})
    assert inlay.backbone_of(model).for_images(32, 25) is None
    head = {"head.weight": model.head.weight, "head.bias": model.head.bias}
    inlay.save_task(tmp_path / "task", {"type": "linear"}, head, backbone, ["a", "b"])
    with torch.no_grad():
        assert (inlay.load(tmp_path / "task").attach(model)(LARGER) - model(LARGER)).abs().max() < 1e-5


def test_a_frame_is_whole_patches(make, tmp_path):
    model = randomize(make(SWIGLU))
    method = {"type": "pad", "pixels": 4}
    tensors = drawn(method, model, 2)
    with torch.no_grad():
        assert logits(model, method, tensors, LARGER[:, :, :16], tmp_path / "pad.safetensors").shape == (2, 2)
    with pytest.raises(inlay.TaskError, match="pad"):
        inlay.shapes_of({"type": "pad", "pixels": 3}, model, 2)


@pytest.mark.parametrize("change, found", [
    (lambda vit: setattr(vit.rope, "temperature", 10.0), "temperature 10.0"),
    (lambda vit: setattr(vit.rope, "normalize_coords", "max"), "normalize_coords 'max'"),
    (lambda vit: setattr(vit.blocks[2].attn, "rotate_half", False), "blocks.2.attn that rotates neighbours"),
    (lambda vit: setattr(vit, "pos_embed", torch.nn.Parameter(torch.zeros(1, 9, 12))), "pos_embed beside rope"),
    (lambda vit: setattr(vit.blocks[1].attn, "gate", torch.nn.Linear(12, 12)), "blocks.1.attn.gate"),
])  # fmt: skip
def test_other_rotations_are_refused(make, change, found):
    vit = make({**DINOV3, "qkvBias": "none"})
    change(vit)
    with pytest.raises(inlay.TaskError, match=found):
        inlay.backbone_of(vit)
