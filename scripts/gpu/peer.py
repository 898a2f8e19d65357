"""PyTorch on the work of GpuProof: the same ViT, methods and batch, fused AdamW, clipping, the loss read every step.

usage: peer.py DEVICE tiny|base BATCH STEPS
"""
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

device, size, batch, steps = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
image, patch = (224, 16) if size == 'base' else (32, 16)
dim, depth, heads, hidden = (768, 12, 12, 3072) if size == 'base' else (48, 3, 3, 96)


class Lora(nn.Module):
    """The query, key and value of a block, with LoRA on query and value."""

    def __init__(self, linear, rank=8):
        super().__init__()
        self.linear = linear
        self.a = nn.ParameterList([nn.Parameter(torch.randn(rank, dim) * .01) for _ in range(2)])
        self.b = nn.ParameterList([nn.Parameter(torch.zeros(dim, rank)) for _ in range(2)])

    def forward(self, x):
        q, k, v = self.linear(x).chunk(3, -1)
        q = q + F.linear(F.linear(x, self.a[0]), self.b[0])
        v = v + F.linear(F.linear(x, self.a[1]), self.b[1])
        return torch.cat([q, k, v], -1)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim, 1e-6), nn.LayerNorm(dim, 1e-6)
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.fc1, self.fc2 = nn.Linear(dim, hidden), nn.Linear(hidden, dim)

    def forward(self, x):
        q, k, v = self.qkv(self.norm1(x)).unflatten(-1, (3, heads, -1)).permute(2, 0, 3, 1, 4)  # (B, heads, N, head dim) each
        x = x + self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class ViT(nn.Module):
    def __init__(self, classes=100):
        super().__init__()
        self.patches = nn.Conv2d(3, dim, patch, patch)
        self.cls = nn.Parameter(torch.zeros(1, 1, dim))
        self.positions = nn.Parameter(torch.randn(1, (image // patch) ** 2 + 1, dim) * .02)
        self.blocks = nn.Sequential(*[Block() for _ in range(depth)])
        self.norm, self.head = nn.LayerNorm(dim, 1e-6), nn.Linear(dim, classes)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(len(x), -1, -1), x], 1) + self.positions
        return self.head(self.norm(self.blocks(x))[:, 0])


def model(method):
    torch.manual_seed(0)
    vit = ViT()
    if method != 'full':
        for name, parameter in vit.named_parameters():
            parameter.requires_grad = name.startswith('head') or (method == 'bias' and name.endswith('bias'))
    if method == 'lora-8-qv':
        for block in vit.blocks:
            block.qkv = Lora(block.qkv)
    return vit.to(device).train()


def measure(method, precision, tf32):
    torch.backends.cuda.matmul.allow_tf32 = tf32
    vit = model(method)
    trained = [p for p in vit.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-3, fused=device == 'cuda')
    x, y = torch.rand(batch, 3, image, image, device=device) * 2 - 1, torch.arange(batch, device=device) % 10
    seconds = []
    for _ in range(steps):
        begin = time.perf_counter()
        with torch.autocast(device, torch.bfloat16, enabled=precision == 'BF16'):
            loss = F.cross_entropy(vit(x), y)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        loss.item()
        seconds.append(time.perf_counter() - begin)
    median = statistics.median(seconds[steps // 2:])
    name = precision + ('+tf32' if tf32 else '')
    print(f'CSV pytorch,{size},{method},{name},{batch},{median * 1e3:.2f} ms,{batch / median:.0f} images/s', flush=True)


print('torch', torch.__version__, 'on', torch.cuda.get_device_name() if device == 'cuda' else device)
for precision, tf32 in [('FLOAT32', False)] + ([('FLOAT32', True), ('BF16', False)] if device == 'cuda' else []):
    for method in ['lora-8-qv', 'bias', 'full']:
        measure(method, precision, tf32)
