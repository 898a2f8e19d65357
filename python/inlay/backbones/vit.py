"""timm's VisionTransformer."""

import torch
import torch.nn.functional as F
from torch import nn

from ..backbone import (
    Backbone,
    Place,
    TokenGrid,
    at,
    attend,
    classes,
    is_absent,
    is_gelu,
    refuse,
    require_attributes,
    unequal_eps,
)

_OUTSIDE = {"cls_token": "classToken", "pos_embed": "positions", "reg_token": "tokens", "dist_token": "tokens"}


class VisionTransformer(Backbone):
    """Patches, prefix tokens, learned positions, and blocks of attention over all tokens."""

    family = "vit"
    heads = ("head.", "head_dist.")

    @staticmethod
    def recognises(model):
        return hasattr(model, "blocks") and hasattr(model, "patch_embed")

    def __init__(self, model, name=None):
        _require_supported(model)
        super().__init__(model, name, _spec(model), _places(model), model.pos_embed.shape[-1])

    def grid(self, block):
        return TokenGrid(self.model.num_prefix_tokens, *self.model.patch_embed.grid_size)

    def _locate(self, name, value):
        path = name.split(".")
        if path[0] != "blocks":
            kind = _OUTSIDE.get(name, "patches" if path[0] == "patch_embed" else "vector")
            return kind, -1, path[0]
        return "matrix" if value.dim() == 2 else "vector", int(path[1]), ".".join(path[2:-1])

    def embed(self, images, filling):
        proj = self.model.patch_embed.proj
        bias = None if proj.bias is None else self._parameter("patch_embed.proj.bias", filling)
        x = F.conv2d(images, self._parameter("patch_embed.proj.weight", filling), bias, proj.stride)
        x = filling.output("patch_embed", images, x.flatten(2).transpose(1, 2))
        positions = self._parameter("pos_embed", filling)
        if self.spec.get("noEmbedClass"):
            x = self._prefixed(x + positions, filling)
        else:
            x = self._prefixed(x, filling) + positions
        return self._norm("norm_pre", x, filling) if self.spec.get("preNorm") else x

    def _prefixed(self, patches, filling):
        names = [name for name in ("cls_token", "dist_token", "reg_token") if at(self.model, name) is not None]
        prefix = (self._parameter(name, filling).expand(len(patches), -1, -1) for name in names)
        return torch.cat([*prefix, patches], 1)

    def block(self, i, x, filling):
        name = f"blocks.{i}"
        x = filling.tokens(i, x)
        y = x + self._attention(i, self._norm(f"{name}.norm1", x, filling), filling)
        return filling.output(name, x, y + self._mlp(i, self._norm(f"{name}.norm2", y, filling), filling))

    def _attention(self, i, x, filling):
        attn = f"blocks.{i}.attn"
        q, k, v = self._qkv(attn, x, "qkv", filling)
        further = filling.context(i)
        if further is not None:
            # prompts are keys and values of a block; their queries would only give what is thrown away
            keys, values = self._qkv(attn, self._norm(f"blocks.{i}.norm1", further, filling), "kv", filling)
            k = torch.cat([k, keys.expand(len(x), -1, -1)], 1)
            v = torch.cat([v, values.expand(len(x), -1, -1)], 1)
        q, k, v = (t.unflatten(2, (self.spec["heads"], -1)).transpose(1, 2) for t in (q, k, v))
        y = self._product(f"{attn}.proj", attend(q, k, v).transpose(1, 2).flatten(2), filling)
        return filling.output(attn, x, self._scaled(f"blocks.{i}.ls1", y, filling))

    def _mlp(self, i, x, filling):
        name, act = f"blocks.{i}.mlp", self.model.blocks[i].mlp.act
        h = self._product(f"{name}.fc1", x, filling)
        if self.spec.get("mlp") == "swiglu":
            gate, h = h.chunk(2, 2)
            h = act(gate) * h
        else:
            h = act(h)
        y = self._product(f"{name}.fc2", h, filling)
        return filling.output(name, x, self._scaled(f"blocks.{i}.ls2", y, filling))

    def _scaled(self, name, y, filling):
        return y * self._parameter(f"{name}.gamma", filling) if self.spec.get("layerScale") else y

    def readout(self, x, filling):
        if self.spec.get("globalPool") == "avg":
            own = x[:, x.shape[1] - self.model.patch_embed.num_patches :]
        else:
            own = x[:, : 2 if self.spec.get("distilled") else 1]
        read = filling.pooled(x, own)
        if self.spec.get("fcNorm"):
            return self._norm("fc_norm", read.mean(1), filling)
        return self._norm("norm", read, filling).mean(1)


def _require_supported(vit):
    wanted = ("cls_token", "pos_embed", "patch_embed", "blocks", "norm", "head")
    require_attributes(vit, "a timm VisionTransformer with a class token and learned positions", wanted)
    extra = [] if is_absent(at(vit, "attn_pool")) else ["attn_pool"]
    if vit.global_pool not in ("token", "avg"):
        extra.append(f"global_pool {vit.global_pool!r}")
    if getattr(vit, "pool_include_prefix", False):
        extra.append("pool_include_prefix")
    if not is_absent(at(vit.patch_embed, "norm")):
        extra.append("patch_embed.norm")
    for i, block in enumerate(vit.blocks):
        for path in ("norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2"):
            if at(block, path) is None:
                extra.append(f"blocks.{i} without {path}")
            elif at(block, f"{path}.bias") is None:
                extra.append(f"blocks.{i}.{path} without bias")
        extra += [
            f"blocks.{i}.{path}"
            for path in ("attn.q_norm", "attn.k_norm", "attn.norm", "mlp.norm")
            if not is_absent(at(block, path))
        ]
    if _activation(vit.blocks[0].mlp) is None:
        extra.append(f"the activation {vit.blocks[0].mlp.act}")
    refuse("Vision Transformer", extra + unequal_eps(vit))


def _activation(mlp):
    if hasattr(mlp, "gate_last"):  # timm's GluMlp; SwiGLUPacked sets gate_last to False
        known = isinstance(mlp.act, nn.SiLU) and not mlp.gate_last
        return "swiglu" if known else None
    if type(mlp.act).__name__ == "QuickGELU":
        return "quick_gelu"
    return "gelu" if is_gelu(mlp.act) else None


def _spec(vit):
    """Sizes, then the options that are not the plain ViT's."""
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
        **classes(vit.head),
        "eps": first.norm1.eps,
    }
    options = {
        "globalPool": vit.global_pool,
        "fcNorm": not is_absent(at(vit, "fc_norm")),
        "layerScale": at(first, "ls1.gamma") is not None,
        "regTokens": 0 if at(vit, "reg_token") is None else vit.reg_token.shape[1],
        "noEmbedClass": bool(getattr(vit, "no_embed_class", False)),
        "mlp": _activation(first.mlp),
        "preNorm": not is_absent(at(vit, "norm_pre")),
        "distilled": hasattr(vit, "dist_token"),
    }
    plain = {"globalPool": "token", "mlp": "gelu"}
    spec.update({key: value for key, value in options.items() if value != plain.get(key, 0)})
    return spec


def _places(vit):
    dim = vit.pos_embed.shape[-1]
    yield Place("patch_embed", "patches", -1, "patch_embed", vit.patch_embed.proj.weight[0].numel(), dim)
    if not is_absent(at(vit, "norm_pre")):
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
    last = "norm" if is_absent(at(vit, "fc_norm")) else "fc_norm"
    yield Place(last, "norm", -1, last, dim, dim)
