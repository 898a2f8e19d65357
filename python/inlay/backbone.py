"""What a network offers to methods, whatever its family: tunable parameters, hook points, and a copy that runs with a task."""

import copy
import hashlib
import re
from typing import NamedTuple

import torch
from torch import nn

from .error import TaskError
from .hooks import Branch, Entering, FusedOutput, Output, Read, Rows, parametrise


class TunableParameter(NamedTuple):
    """A range of rows of a parameter; the query, key and value matrices are three of one fused parameter."""

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


class HookPoint(NamedTuple):
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
    tunables: in registration order of the parameters. hook_points: in the order of the forward pass. embed_dim: width of the
    features.

    The forward pass is the network's own. A family says which of its modules the hook points are, how its attention takes prompts,
    and which of the tokens that leave the last block it reads, ``own``.
    """

    family = own = None
    heads = ("head.",)  # what the names of the classifier's parameters start with
    filters = "patch_embed.proj"  # the hook point of the kind patches
    branches = {"attention": ("norm1", "drop_path1"), "mlp": ("norm2", "drop_path2")}  # where they begin and end in a block

    def __init__(self, model, name, spec, hook_points, embed_dim):
        self.model, self.name, self.spec = model, name or _name(model) or self.family, spec
        self.tunables, self.hook_points, self.embed_dim = list(self._tunables()), list(hook_points), embed_dim
        self._blocks = {point.block: point for point in self.hook_points if point.kind == "block"}
        ends = [end for branch in self.branches.values() for end in branch]
        hooked = [f"{block.name}.{end}" for block in self._blocks.values() for end in ends]
        require_attributes(model, "a network of timm", ["forward_features", "forward_head", *hooked])

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

    def step(self, tunable):
        """Which step of a pass uses a tunable parameter: 0 the embedding, then the blocks, then the readout."""
        if tunable.block >= 0:
            return 1 + tunable.block
        first = next(i for i, other in enumerate(self.tunables) if other.block >= 0)
        return 0 if self.tunables.index(tunable) < first else 1 + self.depth

    def parameters(self):
        """Every parameter but the head's by timm's name, in timm's order."""
        return {name: value for name, value in self.model.named_parameters() if not name.startswith(self.heads)}

    def frozen(self, tunable):
        """The value of a tunable parameter."""
        return self.model.get_parameter(tunable.parameter).detach().narrow(0, tunable.row, tunable.shape[0])

    def fingerprint(self):
        """SHA-256 over name, shape and little-endian float32 bytes of each parameter without the head, in hexadecimal."""
        digest = hashlib.sha256()
        for name, value in self.parameters().items():
            digest.update(f"{name}{list(value.shape)}".encode())
            digest.update(value.detach().cpu().to(torch.float32).contiguous().numpy().astype("<f4").tobytes())
        return digest.hexdigest()

    def hooked(self, attachment):
        """The network with a task in it: a copy of its modules on the same memory, frozen, that drops nothing at random."""
        shared = {id(buffer): buffer for buffer in self.model.buffers()}
        shared.update((id(value), nn.Parameter(value.data, requires_grad=False)) for value in self.model.parameters())
        network = copy.deepcopy(self.model, shared).eval()
        self._parametrise(network, attachment.values)
        # hooks of a module run in the order in which they came: prompts leave a branch before its output is changed
        branches = self._hook_outputs(network, attachment)
        for block, entering in attachment.entering.items():
            network.get_submodule(self._blocks[block].name).register_forward_pre_hook(Entering(entering))
        for block in range(self.depth):
            if attachment.entered(block) or attachment.further(block):
                self._make_room(network, block, attachment)
        for branch, module in branches:
            module.register_forward_pre_hook(branch.end)
        read = attachment.read or (self.own if attachment.entered(self.depth - 1) else None)
        if read:
            network.norm.register_forward_hook(Read(read, 1 + self.grid(self.depth - 1).leading))
        return network

    def _parametrise(self, network, values):
        for name in self.parameters():
            for change in values.get(name, ()):
                parametrise(network, name, change)
        for tunable in self.tunables:
            if tunable.name != tunable.parameter:
                for change in values.get(tunable.name, ()):
                    parametrise(network, tunable.parameter, Rows(change, tunable.row, tunable.shape[0]))

    def _hook_outputs(self, network, attachment):
        """Hooks what methods put at hook points; returns the branches that still have to be hooked at their ends."""
        branches, fused = [], {}
        for point in self.hook_points:
            changes = attachment.outputs.get(point.name)
            if not changes:
                continue
            path, _, name = point.name.rpartition(".")
            if point.kind in self.branches:
                block = network.get_submodule(self._blocks[point.block].name)
                begin, end = (getattr(block, module) for module in self.branches[point.kind])
                context = attachment.further(point.block) if point.kind == "attention" else 0
                branch = Branch(changes, self._channels_first(point), context)
                begin.register_forward_hook(branch.begin)
                branches.append((branch, end))
            elif point.operation in ("attn.q", "attn.k", "attn.v"):
                fused.setdefault(path, {})[name] = changes
            else:
                module = network.get_submodule(self.filters if point.kind == "patches" else point.name)
                module.register_forward_hook(Output(changes, self._channels_first(point)))
        for path, changes in fused.items():
            attn = network.get_submodule(path)
            attn.qkv.register_forward_hook(FusedOutput(changes, attn))
        return branches

    def _channels_first(self, point):
        """Whether the output of a hook point is (B, C, H, W), and not (…, C)."""
        return point.kind == "patches"

    def _make_room(self, network, block, attachment):
        """Lets a block and its attention take the tokens that a task adds."""
        raise NotImplementedError

    def _tunables(self):
        parameters = self.parameters()
        for name, value in parameters.items():
            kind, block, operation = self._locate(name, value)
            if not operation.endswith("attn.qkv"):
                own = re.sub(r"\.([qv])_bias$", r".\1.bias", name)
                yield TunableParameter(own, kind, name, 0, tuple(value.shape), block, operation)
            elif name.endswith(".weight"):
                rows, columns = len(value) // 3, value.shape[1]
                for i, part in enumerate("qkv"):
                    for kind, leaf, shape in (("matrix", "weight", (rows, columns)), ("vector", "bias", (rows,))):
                        fused = name[: -len("weight")] + leaf
                        if fused not in parameters:
                            continue
                        split = fused.replace(".attn.qkv.", f".attn.{part}.")
                        yield TunableParameter(split, kind, fused, i * rows, shape, block, f"attn.{part}")

    def _locate(self, name, value):
        """Kind, block and operation of a parameter."""
        raise NotImplementedError


def block_hook_points(name, i, dim, layers):
    """The hook points of a block of attention and an MLP. layers: the MLP's linear ones to their widths, in and out."""
    for kind, operation, inputs, outputs in (
        ("norm", "norm1", dim, dim),
        *(("linear", f"attn.{layer}", dim, dim) for layer in ("q", "k", "v", "proj")),
        ("attention", "attn", dim, dim),
        ("norm", "norm2", dim, dim),
        *(("linear", layer, *widths) for layer, widths in layers.items()),
        ("mlp", "mlp", dim, dim),
    ):
        yield HookPoint(f"{name}.{operation}", kind, i, operation, inputs, outputs)
    yield HookPoint(name, "block", i, "", dim, dim)


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
