import hashlib
import struct

import pytest
import torch
from samples import BACKBONES, PLAIN
from networks import loaded, own, randomize, timms

import inlay


@pytest.mark.parametrize("name", BACKBONES)
def test_the_stand_in_computes_what_timm_computes(name):
    pytest.importorskip("timm", reason="timm is not installed")
    ours, theirs = own(BACKBONES[name], 5), timms(BACKBONES[name], 5).eval()
    randomize(ours)
    assert [(n, p.shape) for n, p in ours.named_parameters()] == [(n, p.shape) for n, p in theirs.named_parameters()]
    theirs.load_state_dict(ours.state_dict())
    images = torch.randn(2, 3, 16, 24)
    with torch.no_grad():
        assert (ours(images) - theirs(images)).abs().max() < 1e-5


@pytest.mark.parametrize("name", BACKBONES)
def test_sizes_and_options_are_found(make, name):
    assert inlay.backbone_of(make(BACKBONES[name])).spec == BACKBONES[name]
    assert inlay.backbone_of(make(BACKBONES[name], 7)).spec == {**BACKBONES[name], "classes": 7}


def test_the_fingerprint_is_over_names_shapes_and_bytes_without_the_head(make):
    vit = randomize(make(PLAIN, 3))
    digest = hashlib.sha256()
    for name, value in vit.state_dict().items():
        if not name.startswith("head"):
            numbers = value.flatten().tolist()
            digest.update(name.encode() + ("[" + ", ".join(map(str, value.shape)) + "]").encode())
            digest.update(struct.pack(f"<{len(numbers)}f", *numbers))
    assert inlay.backbone_of(vit).fingerprint() == digest.hexdigest()


@pytest.mark.parametrize("name", ["dinov2", "no_qkv_bias", "dinov3", "dinov3_swiglu"])
def test_every_parameter_without_the_head_is_covered_by_sites(make, name):
    vit = make(BACKBONES[name], 3)
    sites = inlay.backbone_of(vit).tunables
    covered = sum(torch.Size(site.shape).numel() for site in sites)
    assert covered == sum(p.numel() for name, p in vit.named_parameters() if not name.startswith("head"))
    assert len({site.name for site in sites}) == len(sites)


@pytest.mark.parametrize("change, found", [
    (lambda vit: setattr(vit, "cls_token", None), "cls_token"),
    (lambda vit: setattr(vit.blocks[1].attn, "q_norm", torch.nn.LayerNorm(6)), "blocks.1.attn.q_norm"),
    (lambda vit: setattr(vit.blocks[0].attn, "qkv", torch.nn.Linear(12, 36, bias=False)), "blocks.0.attn.qkv with biases of its own"),
    (lambda vit: setattr(vit.blocks[0].mlp, "act", torch.nn.Tanh()), "Tanh"),
    (lambda vit: setattr(vit, "global_pool", "max"), "global_pool 'max'"),
])  # fmt: skip
def test_what_inlay_has_no_name_for_is_refused(make, change, found):
    vit = make(PLAIN)
    change(vit)
    with pytest.raises(inlay.TaskError, match=found):
        inlay.backbone_of(vit)


def test_loading_refuses_other_names():
    vit = own(PLAIN)
    with pytest.raises(KeyError, match="cls_token"):
        loaded(vit, {name: value for name, value in vit.state_dict().items() if name != "cls_token"})
