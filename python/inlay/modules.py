"""What methods put into a forward pass, as formulas over their trained tensors. B images, N tokens."""

import torch
import torch.nn.functional as F
from torch import nn

from .error import TaskError

_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))  # mean and standard deviation


class Affine(nn.Module):
    """x Wᵀ + b."""

    def __init__(self, weight, bias):
        super().__init__()
        self.weight, self.bias = weight, bias

    def forward(self, x):
        return F.linear(x, self.weight, self.bias)


class Whole(nn.Module):
    """Takes the place of a frozen value."""

    def __init__(self, value):
        super().__init__()
        self.value = value

    def forward(self, base):
        return self.value


class Entries(nn.Module):
    """Adds to individual weights of a frozen value; positions count row by row."""

    def __init__(self, index, delta):
        super().__init__()
        self.register_buffer("index", index)
        self.delta = delta

    def forward(self, base):
        return base.flatten().index_add(0, self.index.long(), self.delta).view_as(base)


class LowRank(nn.Module):
    """y + scale · x Aᵀ Bᵀ."""

    def __init__(self, a, b, scale):
        super().__init__()
        self.a, self.b, self.scale = a, b, scale

    def forward(self, x, y):
        return y + self.scale * F.linear(F.linear(x, self.a), self.b)


class Dora(nn.Module):
    """y + (g - 1) ⊙ (y - b) + g ⊙ scale · B A x with g = magnitude / ‖W + scale · B A‖, the norm of each row; b may be None."""

    def __init__(self, weight, bias, a, b, magnitude, scale):
        super().__init__()
        self.register_buffer("weight", weight, persistent=False)
        self.register_buffer("bias", bias, persistent=False)
        self.a, self.b, self.magnitude, self.scale = a, b, magnitude, scale

    def forward(self, x, y):
        with torch.no_grad():
            norms = (self.weight + self.scale * self.b @ self.a).norm(dim=1).clamp_min(1e-12)
        gain = self.magnitude / norms
        update = F.linear(F.linear(x, self.a), self.b)
        product = y if self.bias is None else y - self.bias
        return y + (gain - 1) * product + gain * self.scale * update


class Bottleneck(nn.Module):
    """y + scale · Up(activation(Down(h))), h being the output y, or the input x of the hook point for a module beside it."""

    def __init__(self, down, up, activation, scale, beside):
        super().__init__()
        self.down, self.up, self.activation, self.scale, self.beside = down, up, activation, scale, beside

    def forward(self, x, y):
        h = self.down(x if self.beside else y)
        return y + self.scale * self.up(F.relu(h) if self.activation == "relu" else F.gelu(h))


class ScaledBottleneck(nn.Module):
    """y + s ⊙ Up(GELU(Down(y)))."""

    def __init__(self, down, up, scale):
        super().__init__()
        self.down, self.up, self.scale = down, up, scale

    def forward(self, x, y):
        return y + self.scale * self.up(F.gelu(self.down(y)))


class ScaleAndShift(nn.Module):
    """γ ⊙ y + β."""

    def __init__(self, scale, shift):
        super().__init__()
        self.scale, self.shift = scale, shift

    def forward(self, x, y):
        return self.scale * y + self.shift


class Convpass(nn.Module):
    """y + scale · Up(g(Conv(g(Down(x))))), g(z) = z σ(1.702 z); tokens before the patches are images of 1 × 1."""

    def __init__(self, down, kernel, bias, up, grid, scale):
        super().__init__()
        self.down, self.kernel, self.bias, self.up = down, kernel, bias, up
        self.grid, self.scale = grid, scale

    def forward(self, x, y):
        inner = quick_gelu(self.down(x.flatten(1, -2)))  # (B, N, h)
        if inner.shape[1] != self.grid.tokens:
            raise TaskError(
                f"convpass: expected {self.grid.tokens} tokens, found {inner.shape[1]}; it does not go together with methods "
                "that add tokens, such as shallow prompts"
            )
        tokens, patches = inner[:, : self.grid.leading], inner[:, self.grid.leading :]
        image = patches.transpose(1, 2).unflatten(2, (self.grid.height, self.grid.width))
        patches = F.conv2d(image, self.kernel, self.bias, padding=1).flatten(2).transpose(1, 2)
        tokens = F.linear(tokens, self.kernel[:, :, 1, 1], self.bias)
        return y + self.scale * self.up(quick_gelu(torch.cat([tokens, patches], 1))).view_as(y)


class Frame(nn.Module):
    """Pixels around images (B, 3, H, W): p rows above and below, p columns on the left and on the right.

    With ``normalises`` they are colours in [0, 1], normalised as ImageNet's.
    """

    def __init__(self, pixels, rows, columns, normalises):
        super().__init__()
        self.pixels, self.rows, self.columns, self.normalises = pixels, rows, columns, normalises

    def forward(self, images):
        rows, columns = (self._seen(part).expand(len(images), -1, -1, -1) for part in (self.rows, self.columns))
        p = self.pixels
        middle = torch.cat([columns[..., :p], images, columns[..., p:]], 3)
        return torch.cat([rows[:, :, :p], middle, rows[:, :, p:]], 2)

    def _seen(self, part):
        if not self.normalises:
            return part
        mean, std = (part.new_tensor(values).view(3, 1, 1) for values in _IMAGENET)
        return (part - mean) / std


class Prompts(nn.Module):
    """The prompts of one block, (1, p, D): the trained values, through a projection if there is one."""

    def __init__(self, values, project=None):
        super().__init__()
        self.values, self.project = values, project

    @property
    def count(self):
        return self.values.shape[1]

    def forward(self):
        return self.values if self.project is None else self.project(self.values)


class InsertedPrompts(nn.Module):
    """Puts prompts among the tokens that enter a block, behind the first ``at``."""

    def __init__(self, prompts, at):
        super().__init__()
        self.prompts, self.at = prompts, at

    @property
    def count(self):
        return self.prompts.count

    def forward(self, x):
        return torch.cat([x[:, : self.at], self.prompts().expand(len(x), -1, -1), x[:, self.at :]], 1)


class HiddenLayer(nn.Module):
    """BatchNorm(ReLU(x Wᵀ + b)) by the kept statistics."""

    def __init__(self, linear, weight, bias, mean, variance):
        super().__init__()
        self.linear, self.weight, self.bias = linear, weight, bias
        self.register_buffer("mean", mean)
        self.register_buffer("variance", variance)

    def forward(self, x):
        return F.batch_norm(F.relu(self.linear(x)), self.mean, self.variance, self.weight, self.bias, eps=1e-5)


def quick_gelu(z):
    return z * torch.sigmoid(1.702 * z)
