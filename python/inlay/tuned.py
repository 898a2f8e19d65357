"""A task on a network of timm."""

from torch import nn

from . import methods, modules
from .attachment import Attachment
from .error import TaskError


class Tuned(nn.Module):
    """Images (B, 3, H, W), normalised, to logits (B, C): a network of timm with a task in place.

    ``backbone`` is a copy of the network's modules on the network's own tensors; the network is not changed, and stays in use by
    others. The trained tensors are parameters of this module, outside of ``backbone``. Nothing is dropped at random, also in
    training mode, and batch statistics are the kept ones.
    """

    def __init__(self, backbone, method, spec, tensors, classes, fill=None):
        super().__init__()
        at = Attachment(backbone, tensors, fill)
        methods.attach(method, spec, at)
        dim = backbone.embed_dim
        self.head = modules.Affine(at.take("head.weight", (classes, dim), "head"), at.take("head.bias", (classes,), "head"))
        unexpected = [name for name in tensors if name not in at.kept]
        if unexpected:
            raise TaskError(f"unexpected tensors: {', '.join(unexpected)}")
        self.spec, self.parts = backbone.spec, at.parts
        self.before, self.hidden = nn.Sequential(*at.before), nn.Sequential(*at.hidden)
        self.within = nn.ModuleList(at.within())
        names = {id(value): name for name, value in at.kept.items()}  # no longer true once this is moved or copied
        self._keys = {names[id(value)]: key for key, value in self._states() if id(value) in names}
        self._unused = {name: value for name, value in at.kept.items() if name not in self._keys}
        self.backbone = at.backbone.hooked(at)

    def train(self, mode=True):
        super().train(mode)
        self.backbone.eval()
        return self

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
