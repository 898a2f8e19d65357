"""A timm VisionTransformer as Inlay sees it: its sizes, its fingerprint, and where it may be tuned."""

import hashlib
from typing import NamedTuple

import torch
from torch import nn

from .error import TaskError


class Site(NamedTuple):
    """A range of rows of a parameter; the query, key and value matrices are three sites of one fused parameter."""

    name: str
    parameter: str
    shape: tuple
    kind: str  # classToken, tokens, positions, patches, matrix or vector
    block: int  # -1 outside of all blocks
    operation: str  # such as attn.q

    @property
    def is_bias(self):
        return self.name.endswith(".bias")


class Place(NamedTuple):
    """A step of the forward pass whose output a module may change."""

    name: str
    kind: str  # patches, norm, linear, attention, mlp or block
    block: int
    operation: str
    inputs: int
    outputs: int


class Backbone:
    """The sizes, the fingerprint, the sites and the places of a timm VisionTransformer.

    vit: a timm.models.vision_transformer.VisionTransformer, or a module with its attributes; it is never changed.
    name: what to call it in task files; timm's name of it unless given.
    Raises TaskError if it has a part that Inlay's Vision Transformers do not have.
    """

    def __init__(self, vit, name=None):
        self.vit = vit
        _require_supported(vit)
        self.name = name or _name(vit)
        self.spec = _spec(vit)
        self.sites = list(_sites(vit))
        self.places = list(_places(vit))

    @property
    def depth(self):
        return len(self.vit.blocks)

    @property
    def prefix_tokens(self):
        """How many tokens stand before the patches."""
        return self.vit.num_prefix_tokens

    @property
    def last_norm(self):
        return "fc_norm" if self.spec.get("fcNorm") else "norm"

    def parameters(self):
        """Every parameter but the head's by timm's name, in timm's order."""
        return {name: value for name, value in self.vit.named_parameters() if not name.startswith("head")}

    def frozen(self, site):
        """The value of a site."""
        base = self.vit.get_parameter(site.parameter)
        row = "qkv".index(site.operation[-1]) * site.shape[0] if site.name != site.parameter else 0
        return base.detach().narrow(0, row, site.shape[0])

    def fingerprint(self):
        """SHA-256 over name, shape and little-endian float32 bytes of each parameter without the head, in hexadecimal."""
        digest = hashlib.sha256()
        for name, value in self.parameters().items():
            digest.update(f"{name}{list(value.shape)}".encode())
            digest.update(value.detach().cpu().to(torch.float32).contiguous().numpy().astype("<f4").tobytes())
        return digest.hexdigest()


def _name(vit):
    config = getattr(vit, "pretrained_cfg", None) or getattr(vit, "default_cfg", None) or {}
    return (config.get("architecture") if isinstance(config, dict) else None) or "vit"


def _require_supported(vit):
    """Says by name what the network has that Inlay's Vision Transformers do not."""
    wanted = ("cls_token", "pos_embed", "patch_embed", "blocks", "norm", "head")
    missing = [name for name in wanted if getattr(vit, name, None) is None]
    if missing:
        raise TaskError(
            f"expected a timm VisionTransformer with a class token and learned positions, found {type(vit).__name__} without "
            + ", ".join(missing)
        )
    extra = [] if getattr(vit, "attn_pool", None) is None else ["attn_pool"]
    if vit.global_pool not in ("token", "avg"):
        extra.append(f"global_pool {vit.global_pool!r}")
    if getattr(vit, "pool_include_prefix", False):
        extra.append("pool_include_prefix")
    if not isinstance(getattr(vit.patch_embed, "norm", None), (nn.Identity, type(None))):
        extra.append("patch_embed.norm")
    for i, block in enumerate(vit.blocks):
        for path in ("norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2"):
            if _at(block, path) is None:
                extra.append(f"blocks.{i} without {path}")
            elif getattr(_at(block, path), "bias", None) is None:
                extra.append(f"blocks.{i}.{path} without bias")
        for path in ("attn.q_norm", "attn.k_norm", "attn.norm", "mlp.norm"):
            if not isinstance(_at(block, path), (nn.Identity, type(None))):
                extra.append(f"blocks.{i}.{path}")
    if extra:
        raise TaskError("Inlay has no Vision Transformer like this one: found " + ", ".join(extra))


def _at(module, path):
    for name in path.split("."):
        module = getattr(module, name, None)
    return module


def _activation(mlp):
    if hasattr(mlp, "gate_last"):  # timm's GluMlp; SwiGLUPacked sets gate_last to False
        known = isinstance(mlp.act, nn.SiLU) and not mlp.gate_last
        return "swiglu" if known else None
    if isinstance(mlp.act, nn.GELU) and getattr(mlp.act, "approximate", "none") == "none":
        return "gelu"
    return {"GELU": "gelu", "QuickGELU": "quick_gelu"}.get(type(mlp.act).__name__)


def _spec(vit):
    """The JSON of docs/backbones.md: sizes, then the options that are not the plain ViT's."""
    first = vit.blocks[0]
    height, width = vit.patch_embed.img_size
    spec = {
        "height": height,
        "width": width,
        "patch": vit.patch_embed.proj.kernel_size[0],
        "dim": vit.pos_embed.shape[-1],
        "depth": len(vit.blocks),
        "heads": first.attn.num_heads,
        "hidden": first.mlp.fc1.out_features,
    }
    if isinstance(vit.head, nn.Linear):
        spec["classes"] = vit.head.out_features
    spec["eps"] = first.norm1.eps
    mlp = _activation(first.mlp)
    if mlp is None:
        raise TaskError(f"Inlay has no Vision Transformer like this one: found the activation {first.mlp.act}")
    options = {
        "globalPool": vit.global_pool,
        "fcNorm": not isinstance(getattr(vit, "fc_norm", nn.Identity()), nn.Identity),
        "layerScale": hasattr(getattr(first, "ls1", None), "gamma"),
        "regTokens": 0 if getattr(vit, "reg_token", None) is None else vit.reg_token.shape[1],
        "noEmbedClass": bool(getattr(vit, "no_embed_class", False)),
        "mlp": mlp,
        "preNorm": not isinstance(getattr(vit, "norm_pre", nn.Identity()), nn.Identity),
        "distilled": hasattr(vit, "dist_token"),
    }
    plain = {"globalPool": "token", "mlp": "gelu"}
    spec.update({key: value for key, value in options.items() if value != plain.get(key, 0)})
    return spec


def _sites(vit):
    parameters = {name: value for name, value in vit.named_parameters() if not name.startswith("head")}
    outside = {"cls_token": "classToken", "pos_embed": "positions", "reg_token": "tokens", "dist_token": "tokens"}
    for name, value in parameters.items():
        shape, path = tuple(value.shape), name.split(".")
        if path[0] != "blocks":
            kind = outside.get(name, "patches" if path[0] == "patch_embed" else "vector")
            yield Site(name, name, shape, kind, -1, path[0])
            continue
        block, operation = int(path[1]), ".".join(path[2:-1])
        if operation != "attn.qkv":
            yield Site(name, name, shape, "matrix" if len(shape) == 2 else "vector", block, operation)
        elif path[-1] == "weight":
            dim = shape[1]
            for part in "qkv":
                split = f"blocks.{block}.attn.{part}"
                yield Site(f"{split}.weight", name, (dim, dim), "matrix", block, f"attn.{part}")
                bias = f"blocks.{block}.attn.qkv.bias"
                yield Site(f"{split}.bias", bias, (dim,), "vector", block, f"attn.{part}")


def _places(vit):
    dim = vit.pos_embed.shape[-1]
    filters = vit.patch_embed.proj.weight
    yield Place("patch_embed", "patches", -1, "patch_embed", filters[0].numel(), dim)
    if hasattr(getattr(vit, "norm_pre", None), "eps"):
        yield Place("norm_pre", "norm", -1, "norm_pre", dim, dim)
    for i, block in enumerate(vit.blocks):
        hidden, inner = block.mlp.fc1.out_features, block.mlp.fc2.in_features
        for kind, operation, inputs, outputs in (
            ("norm", "norm1", dim, dim),
            ("linear", "attn.q", dim, dim),
            ("linear", "attn.k", dim, dim),
            ("linear", "attn.v", dim, dim),
            ("linear", "attn.proj", dim, dim),
            ("attention", "attn", dim, dim),
            ("norm", "norm2", dim, dim),
            ("linear", "mlp.fc1", dim, hidden),
            ("linear", "mlp.fc2", inner, dim),
            ("mlp", "mlp", dim, dim),
        ):
            yield Place(f"blocks.{i}.{operation}", kind, i, operation, inputs, outputs)
        yield Place(f"blocks.{i}", "block", i, "", dim, dim)
    last = "norm" if hasattr(vit.norm, "eps") else "fc_norm"
    yield Place(last, "norm", -1, last, dim, dim)
