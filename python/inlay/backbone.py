"""What a network offers to methods, whatever its family: sites, places, and a forward pass that asks what fills them."""

import hashlib
import re
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from .error import TaskError


class Site(NamedTuple):
    """A range of rows of a parameter; the query, key and value matrices are three sites of one fused parameter."""

    name: str
    kind: str  # classToken, tokens, positions, patches, matrix, depthwise, vector or positionBias
    parameter: str
    row: int  # where it starts in the parameter
    shape: tuple
    block: int  # -1 outside of all blocks
    operation: str  # such as attn.q

    @property
    def is_bias(self):
        return self.kind == "positionBias" or self.name.endswith(".bias")


class Place(NamedTuple):
    """A step of the forward pass whose output a module may change."""

    name: str
    kind: str  # patches, norm, linear, attention, mlp or block
    block: int
    operation: str
    inputs: int
    outputs: int


class TokenGrid(NamedTuple):
    """Tokens that stand for no part of the image, then one for each patch, row by row."""

    leading: int
    height: int
    width: int

    @property
    def tokens(self):
        return self.leading + self.height * self.width


class Backbone:
    """A frozen network of timm as Inlay sees it. Methods know this class and none of its families.

    model: the network; never changed. name: what to call it in task files. family, spec: as docs/backbones.md has them.
    sites: in registration order of the parameters. places: in the order of the forward pass. embed_dim: width of the
    features.

    A family adds ``embed`` (images to the tokens that enter the first block), ``block`` and ``readout`` (the tokens that leave
    the last block to features). They ask a ``filling`` for the value of a parameter, the output of a place, the tokens that
    enter a block, further keys and values of its attention, and which tokens are read out; see Fillings.
    """

    family = None
    heads = ("head.",)  # what the names of the classifier's parameters start with

    def __init__(self, model, name, spec, places, embed_dim):
        self.model, self.name, self.spec = model, name or _name(model) or self.family, spec
        self.sites, self.places, self.embed_dim = list(self._sites()), list(places), embed_dim
        self._blocks = {place.block: place for place in self.places if place.kind == "block"}

    @property
    def depth(self):
        return len(self._blocks)

    @property
    def device(self):
        return next(self.model.parameters()).device

    def width(self, block):
        """Width of the tokens that enter a block."""
        return self._blocks[block].inputs

    def grid(self, block):
        """How the tokens of a block are arranged, as long as no method adds any."""
        raise NotImplementedError

    def for_images(self, height, width):
        """The same network for images of another size; None if it takes those of its own size only."""
        return self if (height, width) == (self.spec["height"], self.spec["width"]) else None

    def agrees(self, spec):
        """Whether a spec says the same as this network's, the head left aside."""
        return {**spec, "classes": 0} == {**self.spec, "classes": 0}

    def step(self, site):
        """Which step of a pass uses a site: 0 the embedding, then the blocks, then the readout."""
        if site.block >= 0:
            return 1 + site.block
        first = next(i for i, other in enumerate(self.sites) if other.block >= 0)
        return 0 if self.sites.index(site) < first else 1 + self.depth

    def parameters(self):
        """Every parameter but the head's by timm's name, in timm's order."""
        return {name: value for name, value in self.model.named_parameters() if not name.startswith(self.heads)}

    def frozen(self, site):
        """The value of a site."""
        return self.model.get_parameter(site.parameter).detach().narrow(0, site.row, site.shape[0])

    def fingerprint(self):
        """SHA-256 over name, shape and little-endian float32 bytes of each parameter without the head, in hexadecimal."""
        digest = hashlib.sha256()
        for name, value in self.parameters().items():
            digest.update(f"{name}{list(value.shape)}".encode())
            digest.update(value.detach().cpu().to(torch.float32).contiguous().numpy().astype("<f4").tobytes())
        return digest.hexdigest()

    def features(self, images, filling):
        """Images (B, 3, H, W) to features (B, D)."""
        x = self.embed(images, filling)
        for i in range(self.depth):
            x = self.block(i, x, filling)
        return self.readout(x, filling)

    def _sites(self):
        parameters = self.parameters()
        for name, value in parameters.items():
            kind, block, operation = self._locate(name, value)
            if not operation.endswith("attn.qkv"):
                own = re.sub(r"\.([qv])_bias$", r".\1.bias", name)
                yield Site(own, kind, name, 0, tuple(value.shape), block, operation)
            elif name.endswith(".weight"):
                rows, columns = len(value) // 3, value.shape[1]
                for i, part in enumerate("qkv"):
                    for kind, leaf, shape in (("matrix", "weight", (rows, columns)), ("vector", "bias", (rows,))):
                        fused = name[: -len("weight")] + leaf
                        if fused not in parameters:
                            continue
                        split = fused.replace(".attn.qkv.", f".attn.{part}.")
                        yield Site(split, kind, fused, i * rows, shape, block, f"attn.{part}")

    def _locate(self, name, value):
        """Kind, block and operation of a parameter."""
        raise NotImplementedError

    def _parameter(self, name, filling):
        return filling.parameter(name, self.model.get_parameter(name))

    def _product(self, name, x, filling):
        y = F.linear(x, self._parameter(f"{name}.weight", filling), self._parameter(f"{name}.bias", filling))
        return filling.output(name, x, y)

    def _norm(self, name, x, filling):
        weight, bias = self._parameter(f"{name}.weight", filling), self._parameter(f"{name}.bias", filling)
        return filling.output(name, x, F.layer_norm(x, weight.shape, weight, bias, self.spec["eps"]))

    def _qkv(self, attn, x, parts, filling):
        """Some of query, key and value, each (B, N, D)."""
        fused = F.linear(x, self._parameter(f"{attn}.qkv.weight", filling), self._qkv_bias(attn, filling)).chunk(3, 2)
        return [filling.output(f"{attn}.{part}", x, y) for part, y in zip("qkv", fused) if part in parts]

    def _qkv_bias(self, attn, filling):
        return self._parameter(f"{attn}.qkv.bias", filling)


def attend(q, k, v, bias=None):
    """softmax(q kᵀ / √d + bias) v over the last two dimensions."""
    if hasattr(F, "scaled_dot_product_attention"):  # torch 2 has it
        return F.scaled_dot_product_attention(q, k, v, bias)
    logits = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    return torch.softmax(logits if bias is None else logits + bias, -1) @ v


def at(module, path):
    """The attribute behind a path of names; None if one is missing."""
    for name in path.split("."):
        module = getattr(module, name, None)
    return module


def require_attributes(model, what, names):
    """Raises TaskError if the network lacks one."""
    missing = [name for name in names if at(model, name) is None]
    if missing:
        raise TaskError(f"expected {what}, found {type(model).__name__} without {', '.join(missing)}")


def refuse(what, found):
    """Raises TaskError if anything was found that networks of a family do not have."""
    if found:
        raise TaskError(f"Inlay has no {what} like this one: found {', '.join(found)}")


def is_absent(module):
    return isinstance(module, (nn.Identity, type(None)))


def is_gelu(act):
    """Whether an activation is the exact GELU, of torch or of timm."""
    return type(act).__name__ == "GELU" and getattr(act, "approximate", "none") == "none"


def unequal_eps(model):
    """The epsilons of a network's LayerNorms, for ``refuse``, if there are several."""
    eps = sorted({module.eps for module in model.modules() if isinstance(module, nn.LayerNorm)})
    return [] if len(eps) == 1 else [f"LayerNorms of eps {eps}"]


def classes(fc):
    """What a spec says of the classifier that came with a network."""
    return {"classes": fc.out_features} if isinstance(fc, nn.Linear) else {}


def config_of(model):
    """timm's pretrained_cfg of a network; empty if it has none."""
    config = getattr(model, "pretrained_cfg", None) or getattr(model, "default_cfg", None)
    return config if isinstance(config, dict) else {}


def _name(model):
    return config_of(model).get("architecture")
