"""What a method may do to a backbone."""

from collections import defaultdict
from contextlib import contextmanager

import torch
from torch import nn

from .error import TaskError


class Attachment:
    """Takes tensors of a task, and says where modules over them take part in the forward pass; ``Backbone.hooked`` puts them there.

    backbone: the one for images as the task leaves them. parts: trained tensors in the order of the file, to what they count as.
    kept: every tensor that was taken, by name.
    """

    def __init__(self, backbone, tensors, fill=None):
        self.backbone, self._tensors, self._fill, self._prefix = backbone, tensors, fill, ""
        self.parts, self.kept = {}, {}
        self.before, self.hidden, self.read = [], [], None
        self.values, self.outputs, self.entering, self.contexts = (defaultdict(list) for _ in range(4))

    @contextmanager
    def part(self, i):
        """Inside, it is for part i of a sum, whose positions of individual weights have names of their own."""
        outer = self._prefix
        self._prefix += f"part.{i}."
        yield
        self._prefix = outer

    def take(self, name, shape, part="modules"):
        """A trained tensor; ``part`` is what it counts as in the file. A statistic is no parameter."""
        if name in self.parts:
            raise TaskError(f"two parts of the method tune {name}")
        if name in self._tensors:
            value = self._tensors[name]
        elif self._fill:
            value = self._fill(tuple(shape))
        else:
            raise TaskError(f"missing tensor {name} {list(shape)}")
        if tuple(value.shape) != tuple(shape) or value.dtype != torch.float32:
            raise TaskError(f"tensor {name}: expected float32 {list(shape)}, found {value.dtype} {list(value.shape)}")
        self.parts[name], value = part, value.detach().clone()
        self.kept[name] = value if part == "statistics" else nn.Parameter(value)
        return self.kept[name]

    def indices(self, prefix, suffix):
        """Tensors of positions by what stands between prefix and suffix."""
        prefix, found = self._prefix + prefix, {}
        for name, value in self._tensors.items():
            if name.startswith(prefix) and name.endswith(suffix):
                found[name[len(prefix) : -len(suffix)]] = self.kept[name] = value.detach().clone()
        return found

    def value(self, name, module):
        """Computes the value of a tunable parameter, or of a fused one, from the frozen one."""
        self.values[name].append(module)

    def output(self, point, module):
        """Changes the output of a hook point; modules are called with its input and its output."""
        self.outputs[point.name].append(module)

    def images(self, module, backbone):
        """Changes the images that enter; from here on ``backbone`` is the one for the changed images."""
        self.before.append(module)
        self.backbone = backbone

    def tokens(self, block, module):
        """Changes the tokens that enter a block; ``module.count`` is how many more it makes them."""
        self.entering[block].append(module)

    def context(self, block, module):
        """Gives a block's attention further keys and values, ``module.count`` of them, (1, p, D)."""
        self.contexts[block].append(module)

    def pool(self, tokens):
        """Reads other tokens out than the backbone does."""
        self.read = tokens

    def feature(self, module):
        """Changes the features before the head's last layer."""
        self.hidden.append(module)

    def within(self):
        """The modules that take part in the backbone's forward pass."""
        for where in (self.values, self.outputs, self.entering, self.contexts):
            for modules in where.values():
                yield from modules

    def entered(self, block):
        """How many tokens a block meets that entered there or before."""
        return sum(module.count for start, found in self.entering.items() if start <= block for module in found)

    def further(self, block):
        """How many further keys and values a block's attention has."""
        return sum(module.count for module in self.contexts.get(block, ()))
