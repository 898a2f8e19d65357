"""Prompts in a Swin Transformer of timm, whose layers take feature maps (B, H, W, C).

Prompts stand in front of the patches, as one row (B, 1, p + H · W, C), where layers treat tokens one by one. They are part of every
window, without a position; what the windows of an image make of one is averaged, and merging widens it by repeating it four times.
"""

import torch
import torch.nn.functional as F
from torch import nn

from ..hooks import Holding, parametrise


def let_into_windows(block, size, contexts, stays):
    """Lets prompts into the windows of a block of H × W patches.

    contexts: prompts that only give keys and values here. stays: how many others stand in front of the patches.
    """
    windows = _Windows(size, contexts, stays)
    block.norm1.register_forward_pre_hook(windows.enter)
    block.norm1.register_forward_hook(windows.part)
    block.attn.register_forward_pre_hook(windows.spread)
    block.attn.proj.register_forward_pre_hook(windows.average)
    block.attn.register_forward_hook(windows.gather)
    block.drop_path1.register_forward_pre_hook(windows.join)
    _widen_bias(block, windows.count)


def let_into_merging(downsample, size, count):
    """Takes prompts through the merging of H × W patches."""
    merging = _Merging(size, count)
    downsample.register_forward_pre_hook(merging.part)
    downsample.norm.register_forward_pre_hook(merging.widen)


class _Windows(Holding):
    def __init__(self, size, contexts, stays):
        self.size, self.contexts, self.stays = size, contexts, stays
        self.count = stays + sum(prompts.count for prompts in contexts)

    def enter(self, norm, inputs):
        x = inputs[0].flatten(1, 2)
        return torch.cat([*(prompts().expand(len(x), -1, -1) for prompts in self.contexts), x], 1)[:, None]

    def part(self, norm, inputs, y):
        self.hold(y[:, 0, : self.count])
        return y[:, 0, self.count :].unflatten(1, self.size)

    def spread(self, attn, inputs):
        windows = inputs[0]  # (B · windows, n, C)
        copies = self.held.repeat_interleave(len(windows) // len(self.held), 0)
        return torch.cat([copies, windows], 1)

    def average(self, proj, inputs):
        x = inputs[0]
        copies = x[:, : self.count].unflatten(0, (len(self.held), -1))
        mean = copies.mean(1, keepdim=True).expand_as(copies)
        return torch.cat([mean.flatten(0, 1), x[:, self.count :]], 1)

    def gather(self, attn, inputs, y):
        copies = y[:, : self.count].unflatten(0, (len(self.held), -1))
        self.hold(copies[:, 0, self.count - self.stays :])
        return y[:, self.count :]

    def join(self, drop_path, inputs):
        prompts, y = self.take(), inputs[0]
        return torch.cat([prompts, y.flatten(1, 2)], 1)[:, None] if self.stays else y


class _Merging(Holding):
    def __init__(self, size, count):
        self.size, self.count = size, count

    def part(self, downsample, inputs):
        x = inputs[0][:, 0]
        self.hold(x[:, : self.count])
        return x[:, self.count :].unflatten(1, self.size)

    def widen(self, norm, inputs):
        return torch.cat([self.take().repeat(1, 1, 4), inputs[0].flatten(1, 2)], 1)[:, None]


def _widen_bias(block, count):
    """Adds tokens to a window that no position bias and no mask concerns."""
    attn, mask, front = block.attn, block.attn_mask, (count, 0, count, 0)
    index = F.pad(attn.relative_position_index, front, value=len(attn.relative_position_bias_table))
    parametrise(attn, "relative_position_bias_table", _RowOfZeros())
    attn.relative_position_index, attn.window_area = index, attn.window_area + count
    block.attn_mask = None if mask is None else F.pad(mask, front)


class _RowOfZeros(nn.Module):
    """Parametrisation: a last row of zeros."""

    def forward(self, table):
        return F.pad(table, (0, 0, 0, 1))
