"""The forward hooks and parametrisations by which a task takes part in the forward pass of a network of timm.

A hook is an object with what it needs as attributes, so that a copy of a network has hooks of its own.
"""

import threading
import weakref

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import parametrize


class _Memory(threading.local):
    def __init__(self):
        self.held = weakref.WeakKeyDictionary()


_memory = _Memory()  # passes in other threads have their own


class Holding:
    """A hook that hands something on to where the same pass meets it again."""

    def hold(self, value):
        _memory.held[self] = value

    @property
    def held(self):
        return _memory.held[self]

    def take(self):
        return _memory.held.pop(self)


class Output:
    """Forward hook: changes the output of a module; ``channels_first`` if that is (B, C, H, W)."""

    def __init__(self, changes, channels_first):
        self.changes, self.channels_first = changes, channels_first

    def __call__(self, module, inputs, y):
        x = inputs[0]
        if isinstance(module, nn.Conv2d):  # its squares are the inputs of a product
            x = F.unfold(x, module.kernel_size, stride=module.stride).transpose(1, 2).unflatten(1, y.shape[2:])
        elif self.channels_first:
            x = x.movedim(1, -1)
        return _changed(self.changes, x, y, self.channels_first)


class FusedOutput:
    """Forward hook of an attention's ``qkv``: changes queries, keys and values, each by itself."""

    def __init__(self, changes, attn):
        self.changes, self.attn = changes, attn
        self.adds_bias = getattr(attn, "q_bias", None) is not None
        if self.adds_bias:
            attn.qkv_bias_separate = True  # so that timm calls the layer, and adds the biases itself

    def __call__(self, qkv, inputs, y):
        bias = self._bias() if self.adds_bias else None
        parts = zip("qkv", (y if bias is None else y + bias).chunk(3, -1))
        y = torch.cat([_changed(self.changes.get(name, ()), inputs[0], part) for name, part in parts], -1)
        return y if bias is None else y - bias

    def _bias(self):
        q, v = self.attn.q_bias, self.attn.v_bias
        return torch.cat([q, torch.zeros_like(q), v])


class Branch(Holding):
    """Changes what a branch of a block adds: its input is what leaves a norm, its output what reaches ``drop_path``.

    context: how many of the tokens in front are not the block's own.
    """

    def __init__(self, changes, channels_first, context):
        self.changes, self.channels_first, self.context = changes, channels_first, context

    def begin(self, norm, inputs, y):
        self.hold(y[..., self.context :, :])

    def end(self, drop_path, inputs):
        return _changed(self.changes, self.take(), inputs[0], self.channels_first)


class Entering:
    """Forward pre-hook of a block: changes the tokens that enter it, (B, N, D); those of a feature map (B, H, W, D) become one row, (B, 1, N, D)."""

    def __init__(self, changes):
        self.changes = changes

    def __call__(self, block, inputs):
        x = inputs[0].flatten(1, -2)
        for change in self.changes:
            x = change(x)
        return (x if inputs[0].dim() == 3 else x[:, None], *inputs[1:])


class Context:
    """Tokens that enter a block's attention in front of the others, (B, N, D), and do not leave it."""

    def __init__(self, prompts):
        self.prompts = prompts

    def enter(self, norm, inputs):
        x = inputs[0]
        return torch.cat([*(prompts().expand(len(x), -1, -1) for prompts in self.prompts), x], 1)

    def leave(self, drop_path, inputs):
        return inputs[0][:, sum(prompts.count for prompts in self.prompts) :]


class Read:
    """Forward hook of the last norm: the mean of some tokens, ``copies`` times, so that it is what the network reads."""

    def __init__(self, tokens, copies=1):
        self.tokens, self.copies = tokens, copies

    def __call__(self, norm, inputs, y):
        mean = y.flatten(1, -2)[:, self.tokens].mean(1, keepdim=True)
        return mean.expand(-1, self.copies, -1) if y.dim() == 3 else mean[:, None]


class Rows(nn.Module):
    """Parametrisation: changes some rows of a parameter."""

    def __init__(self, change, row, rows):
        super().__init__()
        self.change, self.row, self.end = change, row, row + rows

    def forward(self, base):
        return torch.cat([base[: self.row], self.change(base[self.row : self.end]), base[self.end :]])


def parametrise(network, parameter, change):
    """Computes a parameter by a module from the value that it has so far, which stays where it is."""
    path, _, name = parameter.rpartition(".")
    parametrize.register_parametrization(network.get_submodule(path), name, change, unsafe=True)


def _changed(changes, x, y, channels_first=False):
    y = y.movedim(1, -1) if channels_first else y
    for change in changes:
        y = change(x, y)
    return y.movedim(-1, 1) if channels_first else y
