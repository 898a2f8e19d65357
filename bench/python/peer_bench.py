#!/usr/bin/env python3
"""The work of `inlay bench`, done by PyTorch: timm's models, PEFT's LoRA and DoRA, and plain code of our own for the methods that
neither has; and, for prediction and evaluation, by ONNX Runtime. Needs torch, timm and peft; safetensors to start from Inlay's own
numbers; a C++ compiler for what is compiled; onnx and onnxruntime for ONNX Runtime. What cannot be run says why.

  bench/python/peer_bench.py --only 'step vit_tiny.* 16 ' --json peer.json     measures; asks `bin/inlay bench` which cases there are
  bench/python/peer_bench.py --serve                                           does what lines of JSON on standard input ask for

The work is the same: the same networks, batches and trained parameters, AdamW (PyTorch's fused form) with learning rate 1e-3 and
weight decay 1e-4 on matrices. A peer is a way to do a case and a mode, such as `peft-split bf16 compiled`. Ways, the usual one first:

  lora-8-qv   peft-split   query, key and value as three layers, LoRA on two of them: the same function as Inlay's
              peft-fused   LoRA on timm's fused layer: as many parameters, another function, one product less
  spt-*       diagonal     single weights as SPT's published code tunes them: a copy of the matrix in every step, and the diagonal of
                           a (weights x weights) product as their gradient
              dense        a copy of the matrix in every step, and the whole matrix's gradient, of which the chosen entries are kept

Modes, each as it comes and by torch.compile (`compiled`); a case in bf16 has those of float32, too:

  float32     nothing else
  float32-medium   torch.set_float32_matmul_precision("medium"), by which PyTorch multiplies by oneDNN and not by BLAS; for cases in
              float32 only where that has float32's errors
  bf16        autocast over the forward pass and the loss; frozen matrices are kept in bf16 and not cast in every step
  all-bf16    for prediction and evaluation: the whole network in bf16

For prediction and evaluation, what can be is merged into the matrices, and compiled networks are frozen (packed matrices). ONNX Runtime
gets that network, too: `onnxruntime float32`, and for cases in bf16 `onnxruntime int8` by its own quantiser.
"""

import argparse
import contextlib
import functools
import gc
import json
import math
import os
import sys
import tempfile
import time
import warnings
from importlib import metadata
from pathlib import Path

import timm
import torch
from torch import nn
from torch.nn import functional as F

CLASSES = 100
LEARNING_RATE = 1e-3
WEIGHT_DECAY = 1e-4
TOP_K_PASSES = 3
TAUS = [math.ceil(i * 0.02 * 1e6) for i in range(1, 80)]


# --- the network -----------------------------------------------------------------------------------------------------------------


def backbone(name):
    if not name.startswith("{"):
        return timm.create_model(name, pretrained=False, num_classes=CLASSES)
    spec = json.loads(name)
    return timm.models.VisionTransformer(
        img_size=(spec["height"], spec["width"]),
        patch_size=spec["patch"],
        embed_dim=spec["dim"],
        depth=spec["depth"],
        num_heads=spec["heads"],
        mlp_ratio=spec["hidden"] / spec["dim"],
        num_classes=CLASSES,
    )


class SplitAttention(nn.Module):
    """timm's attention with query, key and value as three layers."""

    def __init__(self, fused):
        super().__init__()
        self.width = width = fused.proj.in_features
        self.heads = fused.num_heads
        for i, name in enumerate("qkv"):
            layer = nn.Linear(width, width)
            layer.weight.data.copy_(fused.qkv.weight.data[i * width : (i + 1) * width])
            layer.bias.data.copy_(fused.qkv.bias.data[i * width : (i + 1) * width])
            setattr(self, name, layer)
        self.proj = fused.proj

    def forward(self, x, attn_mask=None, is_causal=False):
        b, n, d = x.shape
        q, k, v = (layer(x).view(b, n, self.heads, d // self.heads).transpose(1, 2) for layer in (self.q, self.k, self.v))
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, d))

    def fused(self):
        """timm's attention with the same numbers."""
        fused = timm.models.vision_transformer.Attention(self.width, num_heads=self.heads, qkv_bias=True)
        fused.qkv.weight.copy_(torch.cat([layer.weight for layer in (self.q, self.k, self.v)]))
        fused.qkv.bias.copy_(torch.cat([layer.bias for layer in (self.q, self.k, self.v)]))
        fused.proj = self.proj
        return fused


def split(model):
    for block in model.blocks:
        block.attn = SplitAttention(block.attn)


class Tuned:
    """A model, what it trains under Inlay's names, and which of that does not decay though it is a matrix."""

    def __init__(self, model):
        self.model = model
        self.names = {}
        self.tokens = set()
        for parameter in model.parameters():
            parameter.requires_grad_(False)
        self.whole("head.weight", model.head.weight)
        self.whole("head.bias", model.head.bias)

    def whole(self, name, parameter, part=None):
        """Trains a parameter, of which Inlay's tensor of that name is all or a range of rows."""
        parameter.requires_grad_(True)
        self.names[name] = (parameter, part)
        return parameter

    def token(self, name, parameter):
        self.tokens.add(id(parameter))
        return self.whole(name, parameter)

    def trained(self):
        unique = {id(parameter): parameter for parameter, _ in self.names.values()}
        return list(unique.values())

    def groups(self):
        decays = [p for p in self.trained() if p.dim() >= 2 and id(p) not in self.tokens]
        others = [p for p in self.trained() if p.dim() < 2 or id(p) in self.tokens]
        return [{"params": decays, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}]

    def load(self, tensors):
        tuned = {name[len("tuned.") :]: value for name, value in tensors.items() if name.startswith("tuned.")}
        if set(tuned) != set(self.names):
            raise ValueError(f"other tensors are trained: {sorted(set(tuned) ^ set(self.names))[:6]} …")
        with torch.no_grad():
            for name, (parameter, part) in self.names.items():
                (parameter if part is None else parameter[part]).copy_(tuned[name].view_as(parameter if part is None else parameter[part]))


def fused_parts(name, parameter):
    """Inlay's names of a fused parameter's rows: `blocks.0.attn.qkv.bias` is three."""
    if ".attn.qkv." not in name:
        return [(name, None)]
    rows = parameter.shape[0] // 3
    return [(name.replace("qkv", part), slice(i * rows, (i + 1) * rows)) for i, part in enumerate("qkv")]


# --- the methods -----------------------------------------------------------------------------------------------------------------


class Residual(nn.Module):
    """A layer and what is added to its output."""

    def __init__(self, layer, added):
        super().__init__()
        self.layer = layer
        self.added = added

    def forward(self, x):
        y = self.layer(x)
        return y + self.added(y)


class Bottleneck(nn.Module):
    def __init__(self, width, inner, scaled=False):
        super().__init__()
        self.down = nn.Linear(width, inner)
        self.up = nn.Linear(inner, width)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)
        self.scale = nn.Parameter(torch.ones(width)) if scaled else None

    def forward(self, y):
        delta = self.up(F.gelu(self.down(y)))
        return delta if self.scale is None else delta * self.scale

    def names(self, tuned, prefix):
        for name, parameter in self.named_parameters():
            tuned.whole(f"{prefix}.{name}", parameter)


class ScaleAndShift(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(width))
        self.shift = nn.Parameter(torch.zeros(width))

    def forward(self, y):
        return y * self.scale + self.shift


class LowRank(nn.Module):
    """LoRA beside a layer, scale 1."""

    def __init__(self, layer, rank):
        super().__init__()
        self.layer = layer
        self.down = nn.Linear(layer.in_features, rank, bias=False)
        self.up = nn.Linear(rank, layer.out_features, bias=False)
        nn.init.zeros_(self.up.weight)

    def forward(self, x):
        return self.layer(x) + self.up(self.down(x))


class Prompted(nn.Module):
    """Visual prompts as tokens between the class token and the patches; deep ones take the place of those before them."""

    def __init__(self, model, tokens, deep):
        super().__init__()
        self.model = model
        width = model.embed_dim
        bound = math.sqrt(6 / (3 * model.patch_embed.patch_size[0] ** 2 + width))
        layers = len(model.blocks) if deep else 1
        self.prompts = nn.ParameterList(torch.empty(1, tokens, width).uniform_(-bound, bound) for _ in range(layers))

    def forward(self, images):
        model = self.model
        x = model._pos_embed(model.patch_embed(images))
        cls, patches = x[:, :1], x[:, 1:]
        for i, block in enumerate(model.blocks):
            if i < len(self.prompts):
                prompts = self.prompts[i].expand(x.shape[0], -1, -1)
                if i > 0:
                    cls, patches = x[:, :1], x[:, 1 + prompts.shape[1] :]
                x = torch.cat((cls, prompts, patches), dim=1)
            x = block(x)
        return model.forward_head(model.norm(x))


class Diagonal(torch.autograd.Function):
    """y = x (W + sparse)ᵀ + b; the gradient of the sparse entries is the diagonal of a product of gathered columns."""

    @staticmethod
    def forward(ctx, x, weight, bias, delta, rows, columns):
        changed = weight.clone()
        changed[rows, columns] += delta
        changed = changed.to(x.dtype)
        ctx.save_for_backward(x[..., columns], changed, rows)
        return F.linear(x, changed, bias.to(x.dtype))

    @staticmethod
    def backward(ctx, gradient):
        gathered, changed, rows = ctx.saved_tensors
        of_x = gradient @ changed if ctx.needs_input_grad[0] else None
        of_bias = gradient.sum((0, 1)) if ctx.needs_input_grad[2] else None
        product = gradient.flatten(0, 1)[:, rows].T @ gathered.flatten(0, 1)
        return of_x, None, of_bias, product.diagonal(), None, None


class Sparse(nn.Module):
    """A layer of which single weights, single biases, or both, are tuned."""

    def __init__(self, layer, way):
        super().__init__()
        self.layer = layer
        self.way = way
        self.in_features, self.out_features = layer.in_features, layer.out_features
        self.delta = None
        self.bias_delta = None

    def weights(self, at):
        self.register_buffer("rows", torch.tensor(at) // self.in_features)
        self.register_buffer("columns", torch.tensor(at) % self.in_features)
        self.delta = nn.Parameter(torch.zeros(len(at)))
        return self.delta

    def biases(self, at):
        self.register_buffer("at", torch.tensor(at))
        self.bias_delta = nn.Parameter(torch.zeros(len(at)))
        return self.bias_delta

    def forward(self, x):
        bias = self.layer.bias
        if self.bias_delta is not None:
            bias = bias.index_add(0, self.at, self.bias_delta)
        if self.delta is None:
            return F.linear(x, self.layer.weight, bias)
        if self.way == "diagonal":
            if torch.is_autocast_enabled("cpu"):
                x = x.to(torch.get_autocast_dtype("cpu"))
            return Diagonal.apply(x, self.layer.weight, bias, self.delta, self.rows, self.columns)
        return F.linear(x, self.layer.weight.index_put((self.rows, self.columns), self.delta, accumulate=True), bias)


class SparseNorm(nn.Module):
    """A LayerNorm of which single numbers are tuned."""

    def __init__(self, norm):
        super().__init__()
        self.norm = norm
        self.deltas = nn.ParameterDict()

    def entries(self, which, at):
        self.register_buffer("at_" + which, torch.tensor(at))
        self.deltas[which] = nn.Parameter(torch.zeros(len(at)))
        return self.deltas[which]

    def value(self, which):
        base = getattr(self.norm, which)
        return base.index_add(0, getattr(self, "at_" + which), self.deltas[which]) if which in self.deltas else base

    def forward(self, x):
        return F.layer_norm(x, self.norm.normalized_shape, self.value("weight"), self.value("bias"), self.norm.eps)


def replace(model, name, module):
    parent, _, child = name.rpartition(".")
    owner = model.get_submodule(parent)
    setattr(owner, child, module)
    return module


def linear(model, settings, plan, way):
    return Tuned(model)


def full(model, settings, plan, way):
    tuned = Tuned(model)
    for name, parameter in model.named_parameters():
        if not name.startswith("head."):
            (tuned.token if name in ("cls_token", "pos_embed") else tuned.whole)("full." + name, parameter)
    return tuned


def bias(model, settings, plan, way):
    tuned = Tuned(model)
    for name, parameter in model.named_parameters():
        if name.endswith(".bias") and not name.startswith("head."):
            for part, rows in fused_parts(name, parameter):
                tuned.whole("full." + part, parameter, rows)
    return tuned


def partial(model, settings, plan, way):
    tuned = Tuned(model)
    first = len(model.blocks) - settings["blocks"]
    for name, parameter in model.named_parameters():
        block = name.split(".")
        if block[0] == "norm" or block[0] == "blocks" and int(block[1]) >= first:
            for part, rows in fused_parts(name, parameter):
                tuned.whole("full." + part, parameter, rows)
    return tuned


def mlp_head(model, settings, plan, way):
    tuned = Tuned(model)
    width, layers = model.embed_dim, []
    for i in range(settings["layers"] - 1):
        layer, norm = nn.Linear(width, width), nn.BatchNorm1d(width)
        layers += [layer, nn.ReLU(), norm, nn.Dropout(0.1)]
        for part, module in (("linear", layer), ("norm", norm)):
            for name, parameter in module.named_parameters():
                tuned.whole(f"mlpHead.{i}.{part}.{name}", parameter)
    model.head = nn.Sequential(*layers, model.head)
    return tuned


def peft_lora(model, settings, plan, way):
    import peft

    fused = way == "peft-fused"
    if not fused:
        split(model)
    tuned = Tuned(model)
    operations = settings["operations"] or ["attn.q", "attn.k", "attn.v", "attn.proj", "mlp.fc1", "mlp.fc2"]
    targets = ["attn.qkv"] if fused else operations
    config = peft.LoraConfig(
        r=settings["rank"],
        lora_alpha=settings["rank"],
        use_dora=settings["type"] == "dora",
        target_modules=r"blocks\.\d+\.(" + "|".join(target.replace(".", r"\.") for target in targets) + ")",
    )
    tuned.model = peft.inject_adapter_in_model(config, model)
    for parameter in (model.head.weight, model.head.bias):
        parameter.requires_grad_(True)
    kinds = {"lora_A": "A", "lora_B": "B", "lora_magnitude_vector": "magnitude"}
    for name, parameter in model.named_parameters():
        for ours, theirs in ((theirs, ours) for ours, theirs in kinds.items()):
            if f".{theirs}." in name:
                tuned.whole(f"{settings['type']}.{name.split('.' + theirs)[0]}.{ours}", parameter)
    return tuned


def adapter(model, settings, plan, way):
    tuned = Tuned(model)
    for i, block in enumerate(model.blocks):
        added = Bottleneck(model.embed_dim, settings["bottleneck"])
        block.mlp = Residual(block.mlp, added)
        added.names(tuned, f"adapter.blocks.{i}.mlp")
    return tuned


def adapter_plus(model, settings, plan, way):
    tuned = Tuned(model)
    for i, block in enumerate(model.blocks):
        added = Bottleneck(model.embed_dim, settings["bottleneck"], scaled=True)
        nn.init.trunc_normal_(added.down.weight, std=0.01)
        nn.init.zeros_(added.down.bias)
        nn.init.trunc_normal_(added.up.weight, std=0.01)
        model.blocks[i] = Residual(block, added)
        added.names(tuned, f"adapterPlus.blocks.{i}")
    return tuned


def ssf(model, settings, plan, way):
    tuned = Tuned(model)
    width = model.embed_dim

    def names(module, name):
        for part in ("scale", "shift"):
            parameter = getattr(module, part)
            for place, rows in fused_parts(f"{name}.", parameter) if ".qkv" in name else [(f"{name}.", None)]:
                tuned.whole(f"ssf.{place}{part}", parameter, rows)

    model.patch_embed.norm = ScaleAndShift(width)
    names(model.patch_embed.norm, "patch_embed")
    for i in range(len(model.blocks)):
        for operation in ("norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2"):
            name = f"blocks.{i}.{operation}"
            layer = model.get_submodule(name)
            behind = ScaleAndShift(getattr(layer, "out_features", width))
            replace(model, name, nn.Sequential(layer, behind))
            names(behind, name)
    behind = ScaleAndShift(width)
    model.norm = nn.Sequential(model.norm, behind)
    names(behind, "norm")
    return tuned


def prompt(model, settings, plan, way):
    tuned = Tuned(model)
    tuned.model = Prompted(model, settings["tokens"], settings["depth"] == "deep")
    for i, parameter in enumerate(tuned.model.prompts):
        tuned.token(f"prompt.blocks.{i}", parameter)
    return tuned


def spt(model, settings, plan, way):
    """A plan: modules on whole matrices, whole vectors, single weights, the class token."""
    split(model)
    tuned = Tuned(model)
    rank, kind = plan["rule"]["rank"], plan["rule"]["module"]
    for name in plan["vectors"]:
        tuned.whole("full." + name, model.get_parameter(name))
    for name, at in plan["sparse"].items():
        layer, _, which = name.rpartition(".")
        module = model.get_submodule(layer)
        if isinstance(module, (nn.LayerNorm, SparseNorm)):
            sparse = module if isinstance(module, SparseNorm) else replace(model, layer, SparseNorm(module))
            delta = sparse.entries(which, at)
        else:
            sparse = module if isinstance(module, Sparse) else replace(model, layer, Sparse(module, way))
            delta = sparse.weights(at) if which == "weight" else sparse.biases(at)
        tuned.whole(f"sparse.{name}.delta", delta)
    for name in plan["matrices"]:
        layer = name.removesuffix(".weight")
        module = model.get_submodule(layer)
        if kind == "lora":
            changed = replace(model, layer, LowRank(module, rank))
            tuned.whole(f"lora.{layer}.A", changed.down.weight)
            tuned.whole(f"lora.{layer}.B", changed.up.weight)
        else:
            added = Bottleneck(module.out_features, rank)
            replace(model, layer, Residual(module, added))
            added.names(tuned, f"adapter.{layer}")
    if plan["rule"]["classToken"]:
        tuned.token("full.cls_token", model.cls_token)
    return tuned


METHODS = {
    "linear": (linear, ["timm"]),
    "full": (full, ["timm"]),
    "bias": (bias, ["timm"]),
    "partial": (partial, ["timm"]),
    "mlpHead": (mlp_head, ["plain"]),
    "lora": (peft_lora, ["peft-split"]),
    "dora": (peft_lora, ["peft-split"]),
    "adapter": (adapter, ["plain"]),
    "adapterPlus": (adapter_plus, ["plain"]),
    "ssf": (ssf, ["plain"]),
    "prompt": (prompt, ["plain"]),
    "spt": (spt, ["diagonal", "dense"]),
}


def ways(work):
    if work["stage"] in ("allocation", "topK"):
        return ["top-k"]
    if work["stage"] == "sensitivity":
        return ["timm"]
    settings = json.loads(work["settings"])
    _, names = METHODS.get(settings["type"], (None, []))
    if settings["type"] == "lora" and sorted(settings["operations"]) == ["attn.q", "attn.v"]:
        return names + ["peft-fused"] * (work["stage"] == "step")
    return names[:1] if work["stage"] in USES else names


USES = ("evaluation", "prediction")


def peers(work):
    """All that can do a case, the usual one of its precision first."""
    if work["stage"] in ("allocation", "topK"):
        return [f"{way} float32" for way in ways(work)]
    if work["precision"] == "bf16":
        precisions = ["bf16"] + ["all-bf16"] * (work["stage"] in USES) + ["float32-medium", "float32"]
    else:
        precisions = ["float32"] + ["float32-medium"] * medium_is_float32()
    names = [f"{way} {precision}{how}" for how in ("", " compiled") for precision in precisions for way in ways(work)]
    if names and work["stage"] in USES:
        names += ["onnxruntime float32"] + ["onnxruntime int8"] * (work["precision"] == "bf16")
    return names


@functools.cache
def medium_is_float32():
    """Whether products of medium precision have float32's errors here: oneDNN may round to bf16 for them, and does on some CPUs."""
    x = torch.randn(512, 512)
    exact = x.double() @ x.double()
    with medium():
        error = (x @ x - exact).norm() / exact.norm()
    return error.item() < 1e-5


@contextlib.contextmanager
def medium():
    torch.set_float32_matmul_precision("medium")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision("highest")


class Mode:
    """How a peer computes, from its name."""

    def __init__(self, name):
        self.way, self.precision, *how = name.split()
        self.compiled = "compiled" in how

    def autocast(self):
        return torch.autocast("cpu", torch.bfloat16, enabled=self.precision == "bf16")

    def compile(self, function):
        return torch.compile(function) if self.compiled else function

    def cast(self, network):
        """What is frozen, or all, in bf16. Layers of which single weights change keep float32, or the changes would be rounded off."""
        if self.precision == "all-bf16":
            network.bfloat16()
        if self.precision == "bf16":
            changing = {module.layer for module in network.modules() if isinstance(module, Sparse)}
            for module in network.modules():
                if isinstance(module, (nn.Linear, nn.Conv2d)) and module not in changing:
                    for parameter in module.parameters(recurse=False):
                        if not parameter.requires_grad:
                            parameter.data = parameter.data.bfloat16()


@torch.no_grad()
def merge(network):
    """Merges into the matrices what can be, as for a network that is used and no longer trained."""
    for name, module in reversed(list(network.named_modules())):
        inner = merged(module)
        if inner is not None:
            replace(network, name, inner)


def merged(module):
    """What computes the same as a module with fewer operations; None where nothing does."""
    from peft.tuners.lora import LoraLayer

    if isinstance(module, LoraLayer):
        module.merge()
        return module.base_layer
    if isinstance(module, LowRank):
        module.layer.weight += module.up.weight @ module.down.weight
        return module.layer
    if isinstance(module, Sparse):
        if module.delta is not None:
            module.layer.weight[module.rows, module.columns] += module.delta
        if module.bias_delta is not None:
            module.layer.bias[module.at] += module.bias_delta
        return module.layer
    if isinstance(module, SparseNorm):
        for which in ("weight", "bias"):
            getattr(module.norm, which).copy_(module.value(which))
        return module.norm
    if isinstance(module, SplitAttention) and all(isinstance(part, nn.Linear) for part in (module.q, module.k, module.v)):
        return module.fused()
    return None


# --- the stages ------------------------------------------------------------------------------------------------------------------


def pictures(model, size):
    height, width = model.patch_embed.img_size
    images = torch.randn(size, 3, height, width, generator=torch.Generator().manual_seed(0))
    return images, torch.arange(size) % CLASSES


class Stage:
    images = 0
    trainable = 0
    scale = 1.0


def losses(network, mode):
    """The loss of a batch, computed as a peer does."""

    def loss(images, labels):
        with mode.autocast():
            return F.cross_entropy(network(images).float(), labels)

    return mode.compile(loss)


class Step(Stage):
    def __init__(self, work, plan, mode, tensors):
        model, tuned = tune(work, plan, mode, tensors)
        self.images = work["batch"]
        self.batch = pictures(model, self.images)
        if tensors:
            self.batch = tensors["images"], self.batch[1]
        self.trainable = sum(p.numel() for p in tuned.trained())
        mode.cast(tuned.model)
        self.loss = losses(tuned.model.train(), mode)
        self.optimizer = torch.optim.AdamW(tuned.groups(), lr=LEARNING_RATE, fused=True)

    def run(self):
        loss = self.loss(*self.batch)
        value = loss.item()
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return value


class Use(Stage):
    def __init__(self, work, plan, mode, tensors):
        model, tuned = tune(work, plan, mode, tensors)
        self.images = 2 * work["batch"]
        self.size = work["batch"]
        self.evaluates = work["stage"] == "evaluation"
        self.batch = pictures(model, self.images)
        self.trainable = sum(p.numel() for p in tuned.trained())
        network = tuned.model.eval().requires_grad_(False)
        merge(network)
        if mode.way == "onnxruntime":
            self.logits = onnx_logits(network, self.batch[0][: self.size], mode.precision)
        else:
            mode.cast(network)
            self.logits = torch_logits(network, mode)

    @torch.no_grad()
    def run(self):
        sums = torch.zeros(3, dtype=torch.double)
        predictions = []
        for images, labels in zip(*(part.split(self.size) for part in self.batch)):
            logits = self.logits(images)
            if self.evaluates:
                best = logits.topk(5).indices.eq(labels[:, None])
                sums += torch.stack((F.cross_entropy(logits, labels, reduction="sum"), best[:, 0].sum(), best.sum()))
            else:
                probability, label = logits.softmax(1).max(1)
                predictions += zip(label.tolist(), probability.tolist())
        return sums[0].item() / self.images if self.evaluates else sum(p for _, p in predictions) / self.images


def torch_logits(network, mode):
    if mode.compiled:
        torch._inductor.config.freezing = True  # matrices are packed once

    def logits(images):
        with mode.autocast():
            return network(images.bfloat16() if mode.precision == "all-bf16" else images).float()

    return mode.compile(logits)


def onnx_logits(network, images, precision):
    import onnxruntime
    from onnxruntime import quantization

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.onnx"
        with warnings.catch_warnings():
            # of the older exporter, and of its being old; the quantiser refuses the networks of the newer one
            warnings.simplefilter("ignore")
            torch.onnx.export(network, (images,), str(file), input_names=["images"], output_names=["logits"], dynamo=False)
        if precision == "int8":
            # as fast as static quantisation, and its logits are several times nearer
            quantised = Path(folder) / "int8.onnx"
            quantization.quantize_dynamic(file, quantised, per_channel=True, weight_type=quantization.QuantType.QInt8)
            file = quantised
        session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    return lambda images: torch.from_numpy(session.run(["logits"], {"images": images.numpy()})[0])


class Sensitivity(Stage):
    """Squared gradients as SPT's code sums them: all gradients of a backward pass, then their squares."""

    def __init__(self, work, plan, mode, tensors):
        model = backbone(work["backbone"]).eval()
        self.images = work["batch"]
        self.batch = pictures(model, self.images)
        self.scores = {}
        for name, parameter in model.named_parameters():
            scored = candidate(name)
            parameter.requires_grad_(scored)
            if scored:
                self.scores[parameter] = torch.zeros_like(parameter)
        self.loss = losses(model, mode)

    def run(self):
        loss = self.loss(*self.batch)
        loss.backward()
        with torch.no_grad():
            for parameter, score in self.scores.items():
                score += parameter.grad**2
                parameter.grad = None
        return loss.item()


class TopK(Stage):
    """79 selections of rising size among all scores; three are run."""

    def __init__(self, work, plan, mode, tensors):
        sizes = [p.numel() for name, p in backbone(work["backbone"]).named_parameters() if candidate(name)]
        self.scores = torch.randn(sum(sizes), generator=torch.Generator().manual_seed(0)).square_()
        self.taus = [min(tau, len(self.scores)) for tau in TAUS]
        self.scale = len(TAUS) / TOP_K_PASSES

    def run(self):
        for i in range(1, TOP_K_PASSES + 1):
            tau = self.taus[i * len(TAUS) // TOP_K_PASSES - 1]
            smallest = torch.topk(self.scores, tau).values[-1].item()
        return smallest


STAGES = {"step": Step, "evaluation": Use, "prediction": Use, "sensitivity": Sensitivity, "allocation": TopK, "topK": TopK}


def candidate(name):
    return not name.startswith(("cls_token", "pos_embed", "patch_embed", "head"))


def tune(work, plan, mode, tensors):
    model = backbone(work["backbone"])
    if tensors:
        frozen = {name[len("backbone.") :]: value for name, value in tensors.items() if name.startswith("backbone.")}
        missing, unexpected = model.load_state_dict(frozen, strict=False)
        if unexpected or set(missing) != {"head.weight", "head.bias"}:
            raise ValueError(f"another backbone: {missing} {unexpected}")
    settings = json.loads(work["settings"])
    method, names = METHODS[settings["type"]]
    tuned = method(model, settings, plan, names[0] if mode.way == "onnxruntime" else mode.way)
    if tensors:
        tuned.load(tensors)
    return model, tuned


# --- measuring -------------------------------------------------------------------------------------------------------------------


TYPES = {"float32": torch.float32, "bf16": torch.bfloat16}
SIZES = ((2048, 2048, 2048), (3152, 768, 3072), (3152, 3072, 768), (3152, 192, 768))


@torch.no_grad()
def matrix_rate(precision, seconds):
    """The best of many products as a linear layer, by BLAS and by oneDNN, and as a convolution of 1 x 1, as in MatrixRate.java."""
    best = 0.0
    for rows, inner, columns in SIZES:
        x, matrix = torch.randn(rows, inner).to(TYPES[precision]), torch.randn(columns, inner).to(TYPES[precision])
        pixels, filters = x.view(1, 1, rows, inner).permute(0, 3, 1, 2), matrix.view(columns, inner, 1, 1)
        products = [lambda: F.linear(x, matrix), lambda: F.conv2d(pixels, filters)]
        least = [least_seconds(product, seconds) for product in products]
        if precision == "float32" and medium_is_float32():
            with medium():
                least.append(least_seconds(products[0], seconds))
        best = max(best, 2 * rows * inner * columns / min(least))
    return best


def least_seconds(product, seconds):
    """Of one of many runs."""
    least, begin = math.inf, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        product()
        least = min(least, time.perf_counter() - start)
    return least


def status(key):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return 1024 * int(line.split()[1])
    raise ValueError(key)


class Worker:
    def __init__(self):
        self.stage = None

    def answer(self, request):
        return getattr(self, request["op"].lower())(request)

    def facts(self, request):
        return {
            "python": sys.version.split()[0],
            **{name: version(name) for name in ("torch", "timm", "peft", "onnxruntime")},
            "blas": "mkl" if torch.backends.mkl.is_available() else "other",
            "threads": str(torch.get_num_threads()),
            "cpuCapability": torch.backends.cpu.get_cpu_capability(),
        }

    def rate(self, request):
        return {precision: matrix_rate(precision, request["seconds"]) for precision in request["precisions"]}

    def peers(self, request):
        return {"peers": peers(request["work"])}

    def open(self, request):
        self.close(request)
        tensors = None
        if request.get("file"):
            from safetensors.torch import load_file

            tensors = load_file(request["file"])
        work, mode = request["work"], Mode(request["peer"])
        torch.set_float32_matmul_precision("medium" if mode.precision == "float32-medium" else "highest")
        self.stage = STAGES[work["stage"]](work, request.get("plan"), mode, tensors)
        if mode.compiled:
            self.stage.run()  # compiles
        return {"trainable": self.stage.trainable, "images": self.stage.images, "flops": 0}

    def run(self, request):
        seconds, processor, results = [], [], []
        for _ in range(request["times"]):
            before, start = time.process_time(), time.perf_counter()
            results.append(self.stage.run())
            seconds.append((time.perf_counter() - start) * self.stage.scale)
            processor.append((time.process_time() - before) * self.stage.scale)
        return {"seconds": seconds, "processorSeconds": processor, "results": results}

    def memory(self, request):
        gc.collect()
        try:
            Path("/proc/self/clear_refs").write_text("5")
        except OSError:
            return {}
        held = status("VmRSS")
        for _ in range(request["times"]):
            self.stage.run()
        return {"memory": {"heldBytes": held, "peakBytes": status("VmHWM")}}

    def close(self, request):
        self.stage = None
        torch.compiler.reset()  # or, after some cases, nothing would be compiled any more
        gc.collect()
        return {}


def version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def serve():
    worker = Worker()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    for line in sys.stdin:
        try:
            answer = worker.answer(json.loads(line))
        except ImportError as e:  # the caller is told, and may go on
            answer = {"error": f"{e.name} is not installed"}
        except Exception as e:
            answer = {"error": f"{type(e).__name__}: {e}"}
        print(json.dumps(answer), file=answers, flush=True)


def measure(arguments):
    from workers import inlay, peer

    with inlay(arguments.threads) as suite:
        cases = [work for work in suite.ask(op="SUITE") if arguments.only.search(work["name"]) and not work["recompute"]]
        plans = [suite.ask(op="PLAN", work=work).get("plan") for work in cases]
    results = []
    for work, plan in zip(cases, plans):
        for name in peers(work)[: None if arguments.all else 1]:
            with peer(arguments.threads, sys.executable) as worker:
                try:
                    opened = worker.ask(op="OPEN", work=work, plan=plan, peer=name)
                    result = {"work": work, "peer": name, "opened": opened, **worker.ask(op="MEMORY", times=2)}
                    if work["timed"]:
                        result["rounds"] = worker.ask(op="RUN", times=arguments.rounds)
                except RuntimeError as e:
                    print(f"{work['name']}, {name}: {e}", flush=True)
                    continue
                results.append(result)
                seconds = sorted(result["rounds"]["seconds"]) if work["timed"] else [math.nan]
                print(
                    f"{work['name']}, {name}: {seconds[(len(seconds) - 1) // 2]:.4f} s, "
                    f"peak {result.get('memory', {}).get('peakBytes', 0) / 1e6:.0f} MB",
                    flush=True,
                )
    rates = {precision: matrix_rate(precision, 0.5) for precision in sorted({work["precision"] for work in cases})}
    report = {"machine": Worker().facts({}), "threads": torch.get_num_threads(), "matrixRates": rates, "results": results}
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(report, indent=2) + "\n")


def main():
    import re

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve", action="store_true", help="do what lines of JSON on standard input ask for")
    parser.add_argument("--only", type=re.compile, default=re.compile(""), metavar="REGEX", help="cases in whose name this is found")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="how often each case is timed")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="threads of one operation; 0: PyTorch's choice")
    parser.add_argument("--all", action="store_true", help="every peer of a case, not only the usual one of its precision")
    parser.add_argument("--json", metavar="FILE", help="everything that was measured, in the form of inlay bench --json")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    if arguments.serve:
        serve()
    else:
        measure(arguments)


if __name__ == "__main__":
    main()
