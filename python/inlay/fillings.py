"""What a task puts into the sites and places of a backbone."""

import torch


class Fillings:
    """What a forward pass asks: each answer is what is there already unless a method put a module there."""

    def __init__(self, sites):
        self._parts = {}  # parameters that hold several sites
        for site in sites:
            if site.name != site.parameter:
                self._parts.setdefault(site.parameter, []).append(site)
        self.values, self.outputs, self.entering, self.contexts = {}, {}, {}, {}
        self.read = None

    def parameter(self, name, base):
        """The value of a parameter whose frozen value is ``base``."""
        base = self._value(name, base)
        parts = self._parts.get(name, ())
        if any(site.name in self.values for site in parts):
            return torch.cat([self._value(site.name, base.narrow(0, site.row, site.shape[0])) for site in parts])
        return base

    def _value(self, name, base):
        for module in self.values.get(name, ()):
            base = module(base)
        return base

    def output(self, place, x, y):
        """The output of a place, (B, N, out), whose input is x and whose output so far is y."""
        for module in self.outputs.get(place, ()):
            y = module(x, y)
        return y

    def tokens(self, block, x):
        """The tokens that enter a block, (B, N, D)."""
        for module in self.entering.get(block, ()):
            x = module(x)
        return x

    def context(self, block):
        """Tokens that a block's attention reads as further keys and values, (1, p, D), or None."""
        further = [module() for module in self.contexts.get(block, ())]
        return torch.cat(further, 1) if further else None

    def pooled(self, x, own):
        """Which tokens are read out of x, those that leave the last block; the backbone itself reads ``own``."""
        return own if self.read is None else x[:, self.read]
