"""One of each thing that can be tuned, on a small Vision Transformer: methods as configs state them, with random tensors."""

import torch

import inlay

PLAIN = {"height": 16, "width": 24, "patch": 8, "dim": 12, "depth": 3, "heads": 2, "hidden": 24, "eps": 1e-6}
BACKBONES = {
    "plain": PLAIN,
    "average": {**PLAIN, "globalPool": "avg", "fcNorm": True},
    "average_then_norm_first": {**PLAIN, "globalPool": "avg"},
    "dinov2": {**PLAIN, "layerScale": True, "regTokens": 2, "noEmbedClass": True, "mlp": "swiglu"},
    "clip": {**PLAIN, "preNorm": True, "mlp": "quick_gelu", "eps": 1e-5},
    "distilled": {**PLAIN, "distilled": True},
}


def plan(module="lora", exceptions=None):
    """A plan with a bit of everything, as a plan file has it."""
    return {
        "format": "inlay-plan-1",
        "matrices": ["blocks.0.attn.q.weight", "blocks.1.attn.proj.weight", "blocks.2.mlp.fc1.weight"],
        "vectors": ["blocks.0.norm1.bias", "blocks.1.attn.v.bias"],
        "prompts": ["prompt.blocks.1.0", "prompt.blocks.1.2"],
        "sparse": {
            "blocks.0.attn.k.weight": [0, 17, 143],
            "blocks.1.mlp.fc2.weight": [5],
            "blocks.1.mlp.fc2.bias": [11],
            "blocks.2.norm2.weight": [3, 4],
        },
        "cost": {"modules": 0, "vectors": 24, "sparse": 7, "classToken": 12, "total": 43},
        "tau": 0,
        "budget": None,
        "rule": {
            "module": module,
            "exceptions": exceptions or {},
            "rank": 2,
            "alpha": 10.0,
            "beta": 5.0,
            "wholeVectors": True,
            "mode": "both",
            "classToken": 12,
        },
        "notes": [],
        "source": {"backbone": "none", "scores": "by hand"},
        "candidates": {},
    }


METHODS = {
    "linear": {"type": "linear"},
    "full": {"type": "full"},
    "bias": {"type": "bias"},
    "partial": {"type": "partial", "blocks": 2},
    "classToken": {"type": "classToken"},
    "mlpHead": {"type": "mlpHead", "layers": 3},
    "lora": {"type": "lora", "rank": 3, "alpha": 5.0},
    "lora_everywhere": {"type": "lora", "rank": 2, "operations": [], "blocks": [-1, 0]},
    "dora": {"type": "dora", "rank": 3, "alpha": 5.0, "operations": []},
    "houlsby": {"type": "adapter", "placement": "houlsby", "bottleneck": 3},
    "pfeiffer": {"type": "adapter", "bottleneck": 3, "activation": "relu"},
    "parallel": {"type": "adapter", "placement": "parallel", "bottleneck": 3, "scale": 0.3},
    "adapterPlus": {"type": "adapterPlus", "bottleneck": 3},
    "convpass": {"type": "convpass", "hidden": 3, "scale": 0.5},
    "ssf": {"type": "ssf"},
    "ssf_somewhere": {"type": "ssf", "operations": ["mlp.fc1", "norm2"], "blocks": [1]},
    "shallow": {"type": "prompt", "depth": "shallow", "tokens": 3},
    "shallow_patches": {"type": "prompt", "depth": "shallow", "tokens": 3, "pool": "patches"},
    "deep": {"type": "prompt", "tokens": 2},
    "deep_projected_shared": {"type": "prompt", "tokens": 2, "project": 5, "shared": True, "blocks": [0, -1]},
    "deep_prompts": {"type": "prompt", "tokens": 2, "pool": "prompts"},
    "deep_patches": {"type": "prompt", "tokens": 2, "pool": "patches"},
    "deep_patches_and_prompts": {"type": "prompt", "tokens": 2, "pool": "patchesAndPrompts"},
    "spt_lora": {"type": "spt", "plan": plan()},
    "spt_adapter": {"type": "spt", "plan": plan("adapter")},
    "spt_ssf": {"type": "spt", "plan": plan("lora", {"mlp.fc1": "ssf"})},
    "spt_seed_lora": {"type": "spt", "plan": plan(), "origin": "seed"},
    "spt_seed_adapter": {"type": "spt", "plan": plan("adapter"), "origin": "seed"},
    "sum": {
        "type": "sum",
        "of": [
            {"type": "lora", "rank": 2},
            {"type": "ssf"},
            {"type": "prompt", "tokens": 2},
            {"type": "spt", "plan": {**plan("adapter"), "prompts": []}},
        ],
    },
}



def drawn(method, vit, classes, seed=0):
    """Random tensors of a method, none of them without effect."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, shape in inlay.shapes_of(method, vit, classes).items():
        noise = 0.3 * torch.randn(shape, generator=generator)
        tensors[name] = noise.abs() + 0.5 if name.endswith((".variance", ".magnitude", ".down.bias")) else noise
    return tensors
