"""timm's VisionTransformer, and the networks of its Eva that are DINOv3's."""

from torch import nn

from ..backbone import (
    Backbone,
    HookPoint,
    TokenGrid,
    at,
    classes,
    is_absent,
    is_gelu,
    block_hook_points,
    refuse,
    require_attributes,
    unequal_eps,
)
from ..hooks import Context

_OUTSIDE = {"cls_token": "classToken", "pos_embed": "positions", "reg_token": "tokens", "dist_token": "tokens"}


class VisionTransformer(Backbone):
    """Patches, prefix tokens, positions, and blocks of attention over all tokens.

    Positions are a learned table or, in DINOv3, rotations of the queries and keys of the patches. Then no weight depends on the
    size of the images: unless ``for_images`` says otherwise it is that of the patch embedding.
    """

    family = "vit"
    heads = ("head.", "head_dist.")

    @staticmethod
    def recognises(model):
        return hasattr(model, "blocks") and hasattr(model, "patch_embed")

    def __init__(self, model, name=None, size=None):
        _require_supported(model)
        spec = _spec(model, *(size or model.patch_embed.img_size))
        self._grid = spec["height"] // spec["patch"], spec["width"] // spec["patch"]
        super().__init__(model, name, spec, _hook_points(model), spec["dim"])
        patches = self._grid[0] * self._grid[1]
        self.own = slice(-patches, None) if model.global_pool == "avg" else slice(2 if spec.get("distilled") else 1)

    def grid(self, block):
        return TokenGrid(self.model.num_prefix_tokens, *self._grid)

    def for_images(self, height, width):
        patch = self.spec["patch"]
        if not self.spec.get("rope") or height % patch or width % patch:
            return super().for_images(height, width)
        return VisionTransformer(self.model, self.name, (height, width))

    def _locate(self, name, value):
        path = name.split(".")
        if path[0] != "blocks":
            kind = _OUTSIDE.get(name, "patches" if path[0] == "patch_embed" else "vector")
            return kind, -1, path[0]
        operation = ".".join(path[2:-1]) or path[-1]
        if path[-1] in ("q_bias", "v_bias"):
            operation += "." + path[-1][0]
        return "matrix" if value.dim() == 2 else "vector", int(path[1]), operation

    def hooked(self, attachment):
        network = super().hooked(attachment)
        if self.spec.get("rope") and not network.dynamic_img_size:
            network.set_input_size((self.spec["height"], self.spec["width"]))
        return network

    def _make_room(self, network, block, attachment):
        module = network.blocks[block]
        if attachment.further(block):
            context = Context(attachment.contexts[block])
            module.norm1.register_forward_pre_hook(context.enter)
            module.drop_path1.register_forward_pre_hook(context.leave)
        if self.spec.get("rope"):  # added tokens are not rotated
            module.attn.num_prefix_tokens += attachment.entered(block) + attachment.further(block)


def _require_supported(vit):
    positions = "pos_embed" if at(vit, "rope") is None else "rope"
    wanted = ("cls_token", positions, "patch_embed", "blocks", "norm", "head")
    require_attributes(vit, "a timm VisionTransformer with a class token and learned positions, or a DINOv3", wanted)
    extra = [] if is_absent(at(vit, "attn_pool")) else ["attn_pool"]
    if positions == "rope":
        extra += _other_rotations(vit)
    if vit.global_pool not in ("token", "avg"):
        extra.append(f"global_pool {vit.global_pool!r}")
    if getattr(vit, "pool_include_prefix", False):
        extra.append("pool_include_prefix")
    if not is_absent(at(vit.patch_embed, "norm")):
        extra.append("patch_embed.norm")
    for i, block in enumerate(vit.blocks):
        for path in ("norm1", "attn.qkv", "attn.proj", "norm2", *_first_layers(vit), "mlp.fc2"):
            if at(block, path) is None:
                extra.append(f"blocks.{i} without {path}")
            elif path != "attn.qkv" and at(block, f"{path}.bias") is None:
                extra.append(f"blocks.{i}.{path} without bias")
        extra += [
            f"blocks.{i}.{path}"
            for path in ("attn.q_norm", "attn.k_norm", "attn.norm", "attn.gate", "mlp.norm")
            if not is_absent(at(block, path))
        ]
        if _qkv_bias(block.attn) != _qkv_bias(vit.blocks[-1].attn):
            extra.append(f"blocks.{i}.attn.qkv with biases of its own kind")
    if _activation(vit.blocks[0].mlp) is None:
        extra.append(f"the activation {vit.blocks[0].mlp.act}")
    refuse("Vision Transformer", extra + unequal_eps(vit))


def _other_rotations(vit):
    """What timm's Eva has that DINOv3 has not."""
    rope, theirs = vit.rope, {"temperature": 100.0, "normalize_coords": "separate", "rotate_half": True}
    theirs.update({"min_period": None, "max_period": None, "grid_offset": 0.0, "grid_indexing": "ij"})
    if at(vit, "pos_embed") is not None:
        yield "pos_embed beside rope"
    for key, value in theirs.items():
        if getattr(rope, key, "nothing") != value:
            yield f"rope with {key} {getattr(rope, key, 'nothing')!r}"
    for i, block in enumerate(vit.blocks):
        if not hasattr(block, "gamma_1"):
            yield f"blocks.{i} that norms what it adds"
        if not getattr(block.attn, "rotate_half", False):
            yield f"blocks.{i}.attn that rotates neighbours"


def _first_layers(vit):
    return ("mlp.fc1_g", "mlp.fc1_x") if hasattr(vit.blocks[0].mlp, "fc1_g") else ("mlp.fc1",)


def _qkv_bias(attn):
    if getattr(attn, "q_bias", None) is not None:
        return "query_value"
    return "none" if at(attn, "qkv.bias") is None else "all"


def _activation(mlp):
    if hasattr(mlp, "fc1_g"):  # timm's SwiGLU
        return "swiglu_split" if isinstance(mlp.act, nn.SiLU) else None
    if hasattr(mlp, "gate_last"):  # timm's GluMlp; SwiGLUPacked sets gate_last to False
        known = isinstance(mlp.act, nn.SiLU) and not mlp.gate_last
        return "swiglu" if known else None
    if type(mlp.act).__name__ == "QuickGELU":
        return "quick_gelu"
    return "gelu" if is_gelu(mlp.act) else None


def _spec(vit, height, width):
    """Sizes, then the options that are not the plain ViT's."""
    first = vit.blocks[0]
    spec = {
        "height": height,
        "width": width,
        "patch": vit.patch_embed.proj.kernel_size[0],
        "dim": vit.cls_token.shape[-1],
        "depth": len(vit.blocks),
        "heads": first.attn.num_heads,
        "hidden": at(first, _first_layers(vit)[0]).out_features,
        **classes(vit.head),
        "eps": first.norm1.eps,
    }
    options = {
        "globalPool": vit.global_pool,
        "fcNorm": not is_absent(at(vit, "fc_norm")),
        "layerScale": at(first, "ls1.gamma") is not None or at(first, "gamma_1") is not None,
        "regTokens": 0 if at(vit, "reg_token") is None else vit.reg_token.shape[1],
        "noEmbedClass": bool(getattr(vit, "no_embed_class", False)),
        "mlp": _activation(first.mlp),
        "preNorm": not is_absent(at(vit, "norm_pre")),
        "distilled": hasattr(vit, "dist_token"),
        "qkvBias": _qkv_bias(first.attn),
        "rope": at(vit, "rope") is not None,
    }
    plain = {"globalPool": "token", "mlp": "gelu", "qkvBias": "all"}
    spec.update({key: value for key, value in options.items() if value != plain.get(key, 0)})
    return spec


def _hook_points(vit):
    dim, first = vit.cls_token.shape[-1], _first_layers(vit)
    yield HookPoint("patch_embed", "patches", -1, "patch_embed", vit.patch_embed.proj.weight[0].numel(), dim)
    if not is_absent(at(vit, "norm_pre")):
        yield HookPoint("norm_pre", "norm", -1, "norm_pre", dim, dim)
    for i, block in enumerate(vit.blocks):
        hidden, inner = at(block, first[0]).out_features, block.mlp.fc2.in_features
        layers = {**dict.fromkeys(first, (dim, hidden)), "mlp.fc2": (inner, dim)}
        yield from block_hook_points(f"blocks.{i}", i, dim, layers)
    last = "norm" if is_absent(at(vit, "fc_norm")) else "fc_norm"
    yield HookPoint(last, "norm", -1, last, dim, dim)
