"""A task on a network of timm."""

import torch
from torch import nn

from . import methods, modules
from .error import TaskError
from .fillings import Fillings


class Attachment:
    """What a method may do while it is attached: take tensors of the task, and put modules into the forward pass."""

    def __init__(self, tuned, fillings, tensors, fill=None, prefix=""):
        self._tuned, self._fillings = tuned, fillings
        self._tensors, self._fill, self._prefix = tensors, fill, prefix

    @property
    def backbone(self):
        return self._fillings.backbone

    def part(self, i):
        """The same for part i of a sum, whose positions of single weights have names of their own."""
        return Attachment(self._tuned, self._fillings, self._tensors, self._fill, f"{self._prefix}part.{i}.")

    def take(self, name, shape, part="modules"):
        """A trained tensor; ``part`` is what it counts as in the file. A statistic is no parameter."""
        if name in self._tuned.parts:
            raise TaskError(f"two parts of the method tune {name}")
        if name in self._tensors:
            value = self._tensors[name]
        elif self._fill:
            value = self._fill(tuple(shape))
        else:
            raise TaskError(f"missing tensor {name} {list(shape)}")
        if tuple(value.shape) != tuple(shape) or value.dtype != torch.float32:
            raise TaskError(f"tensor {name}: expected float32 {list(shape)}, found {value.dtype} {list(value.shape)}")
        value = value.detach().clone()
        self._tuned.parts[name] = part
        return self._tuned.keep(name, value if part == "statistics" else nn.Parameter(value))

    def indices(self, prefix, suffix):
        """Tensors of positions by what stands between prefix and suffix."""
        prefix, found = self._prefix + prefix, {}
        for name, value in self._tensors.items():
            if name.startswith(prefix) and name.endswith(suffix):
                found[name[len(prefix) : -len(suffix)]] = self._tuned.keep(name, value.detach().clone())
        return found

    def value(self, name, module):
        """Computes the value of a site or a fused parameter from the frozen one."""
        self._put(self._fillings.values, name, module)

    def output(self, place, module):
        """Changes the output of a place; modules are called with its input and its output."""
        self._put(self._fillings.outputs, place.name, module)

    def images(self, module, backbone):
        """Changes the images that enter; from here on ``backbone`` is the one for the changed images."""
        self._tuned.before.append(module)
        self._fillings.backbone = backbone

    def tokens(self, block, module):
        """Changes the tokens that enter a block."""
        self._put(self._fillings.entering, block, module)

    def context(self, block, module):
        """Gives a block's attention further keys and values."""
        self._put(self._fillings.contexts, block, module)

    def pool(self, tokens):
        """Reads other tokens out than the backbone does."""
        self._fillings.tokens = tokens

    def feature(self, module):
        """Changes the features before the head's last layer."""
        self._tuned.hidden.append(module)

    def _put(self, where, key, module):
        where.setdefault(key, []).append(module)
        self._tuned.within.append(module)


class Tuned(nn.Module):
    """Images (B, 3, H, W), normalised, to logits (B, C): a network of timm with a task in place.

    ``backbone`` is a copy of the network's modules on the network's own tensors; the network is not changed, and stays in use by
    others. The trained tensors are parameters of this module, outside of ``backbone``. Nothing is dropped at random, also in
    training mode, and batch statistics are the kept ones.
    """

    def __init__(self, backbone, method, spec, tensors, classes, fill=None):
        super().__init__()
        self.spec = backbone.spec
        self.parts = {}  # trained tensors in the order of the file, to what they count as
        self.before, self.within, self.hidden = nn.Sequential(), nn.ModuleList(), nn.Sequential()
        self._kept = {}
        fillings = Fillings(backbone)
        at = Attachment(self, fillings, tensors, fill)
        methods.attach(method, spec, at)
        dim = backbone.embed_dim
        self.head = modules.Affine(at.take("head.weight", (classes, dim), "head"), at.take("head.bias", (classes,), "head"))
        unexpected = [name for name in tensors if name not in self._kept]
        if unexpected:
            raise TaskError(f"unexpected tensors: {', '.join(unexpected)}")
        self._forget_identities()
        self.backbone = fillings.backbone.filled(fillings)

    def train(self, mode=True):
        super().train(mode)
        self.backbone.eval()
        return self

    def keep(self, name, value):
        self._kept[name] = value
        return value

    def _forget_identities(self):
        """From the tensors themselves to their names in this module, which stay true when it is moved or copied."""
        names = {id(value): name for name, value in self._kept.items()}
        self._keys = {names[id(v)]: key for key, v in self._states() if id(v) in names}
        self._unused = {name: value for name, value in self._kept.items() if name not in self._keys}
        del self._kept

    def _states(self):
        yield from self.named_parameters()
        yield from self.named_buffers()

    def tensors(self):
        """The task's tensors as they are now, by their names in a task file: the trained ones first, then positions."""
        states = dict(self._states())
        found = {name: states[key].detach() for name, key in self._keys.items()}
        found.update(self._unused)
        trained = {name: found.pop(name) for name in self.parts}
        return {**trained, **found}

    def forward(self, images):
        return self.head(self.features(images))

    def features(self, images):
        """What the head's last layer sees, (B, D)."""
        expected = (3, self.spec["height"], self.spec["width"])
        if images.dim() != 4 or tuple(images.shape[1:]) != expected:
            raise TaskError(f"images: expected the shape (B, {', '.join(map(str, expected))}), found {tuple(images.shape)}")
        x = self.backbone.forward_features(self.before(images))
        return self.hidden(self.backbone.forward_head(x, pre_logits=True))
