"""What a task puts into the sites and places of a backbone."""


class Fillings:
    """Modules by where they go; ``Backbone.filled`` takes them there.

    values: by site or fused parameter, called with the value so far. outputs: by place, called with its input and its output.
    entering: by block, called with the tokens that enter it. contexts: by block, called for further keys and values of its
    attention, (1, p, D). tokens: which of those that leave the last block are read out; None for the backbone's own.
    backbone: the one for images as the task leaves them.
    """

    def __init__(self, backbone):
        self.backbone = backbone
        self.values, self.outputs, self.entering, self.contexts = {}, {}, {}, {}
        self.tokens = None

    def prompts(self, block):
        """How many tokens a block meets that entered there or before: those of its context not among them."""
        return sum(entering.count for at, found in self.entering.items() if at <= block for entering in found)

    def context(self, block):
        """How many further keys and values a block's attention has."""
        return sum(prompts.count for prompts in self.contexts.get(block, ()))
