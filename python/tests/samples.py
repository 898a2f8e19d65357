"""One of each thing that can be tuned, on small networks of each family: methods as configs state them, with random tensors."""

import torch

import inlay

PLAIN = {"height": 16, "width": 24, "patch": 8, "dim": 12, "depth": 3, "heads": 2, "hidden": 24, "eps": 1e-6}
DINOV3 = {**PLAIN, "heads": 3, "layerScale": True, "regTokens": 2, "eps": 1e-5, "rope": True}
BACKBONES = {
    "plain": PLAIN,
    "average": {**PLAIN, "globalPool": "avg", "fcNorm": True},
    "average_then_norm_first": {**PLAIN, "globalPool": "avg"},
    "dinov2": {**PLAIN, "layerScale": True, "regTokens": 2, "noEmbedClass": True, "mlp": "swiglu"},
    "clip": {**PLAIN, "preNorm": True, "mlp": "quick_gelu", "eps": 1e-5},
    "distilled": {**PLAIN, "distilled": True},
    "no_qkv_bias": {**PLAIN, "qkvBias": "none"},
    "dinov3": {**DINOV3, "globalPool": "avg", "qkvBias": "query_value"},
    "dinov3_swiglu": {**DINOV3, "mlp": "swiglu_split", "qkvBias": "none"},
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


def plan_of_widths():
    """A plan of Adapter+: a width for each block, and individual weights."""
    given = plan("adapter-plus")
    blocks = {str(i): {"width": width, "dim": 12, "score": 0.5} for i, width in enumerate((3, 0, 1))}
    modules = sum(2 * 12 * width + width + 2 * 12 for width in (3, 1))
    cost = {"modules": modules, "vectors": 0, "sparse": 7, "classToken": 12, "total": modules + 19}
    return {**given, "matrices": [], "vectors": [], "prompts": [], "blocks": blocks, "cost": cost}


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
    "spt_widths": {"type": "spt", "plan": plan_of_widths()},
    "spt_seed_lora": {"type": "spt", "plan": plan(), "origin": "seed"},
    "spt_seed_adapter": {"type": "spt", "plan": plan("adapter"), "origin": "seed"},
    "convpass_beside_prompts": {
        "type": "sum",
        "of": [{"type": "prompt", "tokens": 2}, {"type": "convpass", "hidden": 3, "scale": 0.5}],
    },
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

SWIN = {
    "family": "swin",
    "height": 40,
    "width": 56,
    "patch": 4,
    "dim": 8,
    "depths": [2, 2, 2],
    "heads": [2, 4, 4],
    "window": 4,
    "ratio": 2,
    "eps": 1e-5,
}
SWIN_METHODS = {
    "linear": {"type": "linear"},
    "full": {"type": "full"},
    "bias": {"type": "bias"},
    "partial": {"type": "partial", "blocks": 2},
    "mlpHead": {"type": "mlpHead", "layers": 2},
    "lora": {"type": "lora", "rank": 3, "alpha": 5.0},
    "lora_everywhere": {"type": "lora", "rank": 2, "operations": []},
    "dora": {"type": "dora", "rank": 3, "alpha": 5.0, "operations": []},
    "houlsby": {"type": "adapter", "placement": "houlsby", "bottleneck": 3},
    "parallel": {"type": "adapter", "placement": "parallel", "bottleneck": 3, "scale": 0.3},
    "adapterPlus": {"type": "adapterPlus", "bottleneck": 3},
    "convpass": {"type": "convpass", "hidden": 3, "scale": 0.5},
    "ssf": {"type": "ssf"},
    "shallow": {"type": "prompt", "depth": "shallow", "tokens": 3},
    "convpass_beside_prompts": METHODS["convpass_beside_prompts"],
    "shallow_projected": {"type": "prompt", "depth": "shallow", "tokens": 3, "project": 5, "pool": "patchesAndPrompts"},
    "deep": {"type": "prompt", "tokens": 2},
    "deep_projected_shared": {"type": "prompt", "tokens": 2, "project": 5, "shared": True, "blocks": [2, 3]},
    "deep_patches_and_prompts": {"type": "prompt", "tokens": 2, "pool": "patchesAndPrompts"},
}
CONVNEXT = {
    "family": "convnext",
    "height": 37,
    "width": 60,
    "patch": 4,
    "depths": [1, 1, 2, 1],
    "dims": [6, 8, 12, 16],
    "eps": 1e-6,
}
CONVNEXT_METHODS = {
    **{name: SWIN_METHODS[name] for name in ("linear", "full", "bias", "partial", "mlpHead", "lora_everywhere", "dora")},
    **{name: SWIN_METHODS[name] for name in ("parallel", "adapterPlus", "ssf")},
    "lora": {"type": "lora", "rank": 3, "alpha": 5.0, "operations": ["mlp.fc1", "downsample.1"]},
    "pfeiffer": {"type": "adapter", "bottleneck": 3, "activation": "relu"},
    "pad": {"type": "pad", "pixels": 5},
    "pad_gaussian": {"type": "pad", "pixels": 3, "init": "gaussian"},
}


def _plan_elsewhere(module, matrices, vectors, prompts, sparse):
    base, entries = plan(module), sum(map(len, sparse.values()))
    given = {"matrices": matrices, "vectors": vectors, "prompts": prompts, "sparse": sparse}
    cost = {**base["cost"], "sparse": entries, "classToken": 0, "total": base["cost"]["vectors"] + entries}
    return {**base, **given, "cost": cost, "rule": {**base["rule"], "classToken": 0}}


def _add_plans(methods, other, *given):
    """Plans with each kind of module, and a sum of one of them and another method."""
    methods["spt_lora"] = {"type": "spt", "plan": _plan_elsewhere("lora", *given)}
    methods["spt_adapter"] = {"type": "spt", "plan": _plan_elsewhere("adapter", *given)}
    methods["spt_ssf"] = {"type": "spt", "plan": _plan_elsewhere("ssf", *given)}
    methods["spt_seed_lora"] = {**methods["spt_lora"], "origin": "seed"}
    methods["sum"] = {"type": "sum", "of": [other, {"type": "lora", "rank": 2, "operations": []}, methods["spt_adapter"]]}


_add_plans(
    SWIN_METHODS,
    {"type": "prompt", "depth": "shallow", "tokens": 2},
    ["layers.0.blocks.0.attn.q.weight", "layers.1.downsample.reduction.weight", "layers.2.blocks.1.mlp.fc1.weight"],
    ["layers.0.blocks.0.norm1.bias", "layers.1.blocks.1.attn.v.bias"],
    ["prompt.blocks.1.0", "prompt.blocks.1.2", "prompt.blocks.2.0"],
    {
        "layers.0.blocks.1.attn.k.weight": [0, 17, 63],
        "layers.1.blocks.0.mlp.fc2.bias": [11],
        "layers.2.blocks.0.norm2.weight": [3, 4],
    },
)
_add_plans(
    CONVNEXT_METHODS,
    {"type": "pad", "pixels": 2},
    ["stages.1.downsample.1.weight", "stages.2.blocks.1.mlp.fc1.weight"],
    ["stages.0.blocks.0.norm.bias", "stages.2.blocks.0.conv_dw.bias"],
    [],
    {
        "stages.1.blocks.0.gamma": [5],
        "stages.2.downsample.1.weight": [0, 17, 300],
        "stages.3.blocks.0.norm.weight": [3, 4],
    },
)

# the methods of each family
METHODS_OF = {"vit": METHODS, "swin": SWIN_METHODS, "convnext": CONVNEXT_METHODS}

def drawn(method, model, classes, seed=0):
    """Random tensors of a method, none of them without effect."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, shape in inlay.shapes_of(method, model, classes).items():
        noise = 0.3 * torch.randn(shape, generator=generator)
        tensors[name] = noise.abs() + 0.5 if name.endswith((".variance", ".magnitude", ".down.bias")) else noise
    return tensors
