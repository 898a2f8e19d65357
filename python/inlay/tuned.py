"""A task on a timm VisionTransformer."""

import torch
import torch.nn.functional as F
from torch import nn

from . import methods, modules
from .error import TaskError


class Attachment:
    """What a method may do while it is attached: take tensors of the task, and put modules into the forward pass."""

    def __init__(self, tuned, backbone, tensors, fill=None, prefix=""):
        self._tuned, self._tensors, self._fill, self._prefix = tuned, tensors, fill, prefix
        self.backbone = backbone

    def part(self, i):
        """The same for part i of a sum, whose positions of single weights have names of their own."""
        return Attachment(self._tuned, self.backbone, self._tensors, self._fill, f"{self._prefix}part.{i}.")

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
        self._tuned.put(self._tuned.values, name, module)

    def output(self, place, module):
        """Changes the output of a place; modules are called with its input and its output."""
        self._tuned.put(self._tuned.outputs, place.name, module)

    def tokens(self, block, module):
        """Changes the tokens that enter a block."""
        self._tuned.put(self._tuned.entering, block, module)

    def context(self, block, module):
        """Gives a block's attention further keys and values."""
        self._tuned.put(self._tuned.contexts, block, module)

    def pool(self, tokens):
        """Reads other tokens out than the backbone does."""
        self._tuned.read = tokens

    def feature(self, module):
        """Changes the features before the head's last layer."""
        self._tuned.put(self._tuned.hidden, "", module)


class Tuned(nn.Module):
    """Images (B, 3, H, W), normalised, to logits (B, C): a timm VisionTransformer with a task in place.

    The Vision Transformer is ``backbone``; it is not changed, and stays in use by others. The trained tensors are parameters
    of this module. Nothing is dropped at random, also in training mode, and batch statistics are the kept ones.
    """

    def __init__(self, backbone, method, spec, tensors, classes, fill=None):
        super().__init__()
        self.backbone = backbone.vit
        self.spec = backbone.spec
        self.parts = {}  # trained tensors in the order of the file, to what they count as
        self.values, self.outputs, self.entering, self.contexts, self.hidden = {}, {}, {}, {}, {}
        self.read = None
        self.all = nn.ModuleList()
        self._kept = {}
        at = Attachment(self, backbone, tensors, fill)
        methods.attach(method, spec, at)
        dim = self.spec["dim"]
        self.head = modules.Affine(at.take("head.weight", (classes, dim), "head"), at.take("head.bias", (classes,), "head"))
        unexpected = [name for name in tensors if name not in self._kept]
        if unexpected:
            raise TaskError(f"unexpected tensors: {', '.join(unexpected)}")
        self._forget_identities()

    def put(self, where, key, module):
        where.setdefault(key, []).append(module)
        self.all.append(module)

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
        x = self._embed(images)
        for i in range(self.spec["depth"]):
            x = self._block(i, x)
        x = self._readout(x)
        for layer in self.hidden.get("", []):
            x = layer(x)
        return x

    def _embed(self, images):
        proj = self.backbone.patch_embed.proj
        bias = None if proj.bias is None else self._parameter("patch_embed.proj.bias")
        x = F.conv2d(images, self._parameter("patch_embed.proj.weight"), bias, proj.stride)
        x = self._output("patch_embed", images, x.flatten(2).transpose(1, 2))
        positions = self._parameter("pos_embed")
        x = self._prefixed(x + positions) if self.spec.get("noEmbedClass") else self._prefixed(x) + positions
        return self._norm("norm_pre", x) if self.spec.get("preNorm") else x

    def _prefixed(self, patches):
        prefix = [name for name in ("cls_token", "dist_token", "reg_token") if getattr(self.backbone, name, None) is not None]
        return torch.cat([*(self._parameter(name).expand(len(patches), -1, -1) for name in prefix), patches], 1)

    def _block(self, i, x):
        name = f"blocks.{i}"
        for module in self.entering.get(i, []):
            x = module(x)
        y = x + self._attention(i, self._norm(f"{name}.norm1", x))
        return self._output(name, x, y + self._mlp(i, self._norm(f"{name}.norm2", y)))

    def _attention(self, i, x):
        name = f"blocks.{i}.attn"
        q, k, v = self._qkv(name, x, "qkv")
        if i in self.contexts:
            # prompts are keys and values of a block; their queries would only give what is thrown away
            more = torch.cat([prompts() for prompts in self.contexts[i]], 1)
            keys, values = self._qkv(name, self._norm(f"blocks.{i}.norm1", more), "kv")
            k = torch.cat([k, keys.expand(len(x), -1, -1)], 1)
            v = torch.cat([v, values.expand(len(x), -1, -1)], 1)
        q, k, v = (t.unflatten(2, (self.spec["heads"], -1)).transpose(1, 2) for t in (q, k, v))
        attended = _attend(q, k, v).transpose(1, 2).flatten(2)
        y = self._product(f"{name}.proj", attended)
        return self._output(name, x, self._scaled(f"blocks.{i}.ls1", y))

    def _qkv(self, name, x, parts):
        all_three = F.linear(x, self._parameter(f"{name}.qkv.weight"), self._parameter(f"{name}.qkv.bias")).chunk(3, 2)
        return [self._output(f"{name}.{part}", x, y) for part, y in zip("qkv", all_three) if part in parts]

    def _mlp(self, i, x):
        name, act = f"blocks.{i}.mlp", self.backbone.blocks[i].mlp.act
        h = self._product(f"{name}.fc1", x)
        if self.spec.get("mlp") == "swiglu":
            gate, h = h.chunk(2, 2)
            h = act(gate) * h
        else:
            h = act(h)
        return self._output(name, x, self._scaled(f"blocks.{i}.ls2", self._product(f"{name}.fc2", h)))

    def _readout(self, x):
        if self.read is not None:
            x = x[:, self.read]
        elif self.spec.get("globalPool") == "avg":
            x = x[:, x.shape[1] - self.backbone.patch_embed.num_patches :]
        else:
            x = x[:, : 2 if self.spec.get("distilled") else 1]
        if self.spec.get("fcNorm"):
            return self._norm("fc_norm", x.mean(1))
        return self._norm("norm", x).mean(1)

    def _scaled(self, name, y):
        return y * self._parameter(f"{name}.gamma") if self.spec.get("layerScale") else y

    def _norm(self, name, x):
        weight, bias = self._parameter(f"{name}.weight"), self._parameter(f"{name}.bias")
        return self._output(name, x, F.layer_norm(x, weight.shape, weight, bias, self.spec["eps"]))

    def _product(self, name, x):
        y = F.linear(x, self._parameter(f"{name}.weight"), self._parameter(f"{name}.bias"))
        return self._output(name, x, y)

    def _output(self, place, x, y):
        for module in self.outputs.get(place, []):
            y = module(x, y)
        return y

    def _parameter(self, name):
        base = self._value(name, self.backbone.get_parameter(name))
        head, fused, leaf = name.partition(".attn.qkv.")
        split = [f"{head}.attn.{part}.{leaf}" for part in "qkv"]
        if fused and any(site in self.values for site in split):
            return torch.cat([self._value(site, rows) for site, rows in zip(split, base.chunk(3))])
        return base

    def _value(self, name, base):
        for module in self.values.get(name, []):
            base = module(base)
        return base


def _softmax_attention(q, k, v):
    return torch.softmax(q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5, -1) @ v


_attend = getattr(F, "scaled_dot_product_attention", _softmax_attention)  # torch 2 has it
