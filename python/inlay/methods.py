"""The methods of docs/methods.md: which tensors each has, and where it puts them. One function for each method."""

from . import modules
from .error import TaskError

# what a config may leave out
_DEFAULTS = {
    "linear": {},
    "full": {},
    "bias": {},
    "partial": {"blocks": 1},
    "classToken": {"reinit": False},
    "lora": {"rank": 8, "alpha": None, "dropout": 0.0, "operations": ["attn.q", "attn.v"], "blocks": []},
    "dora": {"rank": 8, "alpha": None, "dropout": 0.0, "operations": ["attn.q", "attn.v"], "blocks": []},
    "adapter": {
        "placement": "pfeiffer",
        "bottleneck": 8,
        "activation": "gelu",
        "scale": 1.0,
        "dropout": 0.0,
        "blocks": [],
    },
    "mlpHead": {"layers": 3},
    "ssf": {"init": "identity", "operations": [], "blocks": []},
    "adapterPlus": {"bottleneck": 8, "dropPath": 0.0, "blocks": []},
    "convpass": {"hidden": 8, "scale": 1.0, "dropout": 0.0, "blocks": []},
    "pad": {"pixels": 5, "init": "uniform"},
    "prompt": {
        "depth": "deep",
        "tokens": 10,
        "dropout": 0.0,
        "project": 0,
        "shared": False,
        "blocks": [],
        "pool": "classToken",
    },
    "spt": {"plan": None, "dropout": 0.0, "dropPath": 0.0, "origin": "paper"},
    "sum": {"of": None},
}


def complete(method):
    """A method as a config states it, {"type": "lora", "rank": 4}, to its name and all of its keys.

    Raises TaskError if the method or a key is unknown, or a key without a default is missing.
    """
    given = dict(method)
    name = given.pop("type", None)
    if name not in _DEFAULTS:
        raise TaskError(f"method type: expected one of {', '.join(sorted(_DEFAULTS))}, found {name}")
    defaults = _DEFAULTS[name]
    unknown = sorted(set(given) - set(defaults))
    if unknown:
        raise TaskError(f"method {name}: unknown key {', '.join(unknown)}; it has {', '.join(defaults) or 'none'}")
    spec = {key: given.get(key, value) for key, value in defaults.items()}
    if "alpha" in spec and spec["alpha"] is None:
        spec["alpha"] = float(spec["rank"])
    missing = [key for key, value in spec.items() if value is None]
    if missing:
        raise TaskError(f"method {name}: missing {', '.join(missing)}")
    if name == "sum":
        spec["of"] = [_part(part) for part in spec["of"]]
    return name, spec


def _part(method):
    name, spec = complete(method)
    return {"type": name, **spec}


def attach(name, spec, at):
    """Puts a method on ``at``, an Attachment."""
    if name == "members":
        raise TaskError("the task has several members, whose logits are averaged; inlay predict and inlay serve compute them")
    if name not in _DEFAULTS:
        raise TaskError(f"method {name}: expected one of {', '.join(sorted(_DEFAULTS))}; another needs a newer package")
    _ATTACH[name](spec, at)


def _linear(spec, at):
    pass


def _full(spec, at):
    for name, value in at.backbone.parameters().items():
        at.value(name, modules.Whole(at.take(f"full.{name}", value.shape, "backbone")))


def _bias(spec, at):
    for tunable in _tunables(at, "bias", "a bias", lambda tunable: tunable.is_bias):
        _whole(at, tunable, "vectors")


def _partial(spec, at):
    backbone = at.backbone
    first = backbone.depth - spec["blocks"]
    if first < 0:
        raise TaskError(f"method partial: {spec['blocks']} blocks of {backbone.depth}")
    for tunable in backbone.tunables:
        if backbone.step(tunable) > first:
            _whole(at, tunable, "backbone")


def _class_token(spec, at):
    for tunable in _tunables(at, "classToken", "a class token", lambda tunable: tunable.kind == "classToken"):
        _whole(at, tunable, "classToken")


def _lora(spec, at):
    for point in _hook_points(at, "lora", ("linear",), spec):
        a, b = _low_rank(at, f"lora.{point.name}", spec["rank"], point)
        at.output(point, modules.LowRank(a, b, spec["alpha"] / spec["rank"]))


def _dora(spec, at):
    tunables = {tunable.name: tunable for tunable in at.backbone.tunables}
    for point in _hook_points(at, "dora", ("linear",), spec):
        name = f"dora.{point.name}"
        a, b = _low_rank(at, name, spec["rank"], point)
        magnitude = at.take(f"{name}.magnitude", (point.outputs,))
        weight = at.backbone.frozen(tunables[f"{point.name}.weight"]).flatten(1)
        tunable = tunables.get(f"{point.name}.bias")
        bias = None if tunable is None else at.backbone.frozen(tunable)
        at.output(point, modules.Dora(weight, bias, a, b, magnitude, spec["alpha"] / spec["rank"]))


def _adapter(spec, at):
    kinds = ("attention", "mlp") if spec["placement"] == "houlsby" else ("mlp",)
    beside = spec["placement"] == "parallel"
    for point in _hook_points(at, "adapter", kinds, spec):
        width = point.inputs if beside else point.outputs
        down, up = _bottleneck(at, f"adapter.{point.name}", spec["bottleneck"], width, point.outputs)
        at.output(point, modules.Bottleneck(down, up, spec["activation"], spec["scale"], beside))


def _mlp_head(spec, at):
    width = at.backbone.embed_dim
    for i in range(spec["layers"] - 1):
        name = f"mlpHead.{i}"
        linear = _affine(at, f"{name}.linear", width, width, "head")
        weight, bias = (at.take(f"{name}.norm.{key}", (width,), "head") for key in ("weight", "bias"))
        mean, variance = (at.take(f"{name}.norm.{key}", (width,), "statistics") for key in ("mean", "variance"))
        at.feature(modules.HiddenLayer(linear, weight, bias, mean, variance))


def _ssf(spec, at):
    for point in _hook_points(at, "ssf", ("patches", "norm", "linear"), spec):
        _scale_and_shift(at, point)


def _adapter_plus(spec, at):
    for point in _hook_points(at, "adapterPlus", ("block",), spec):
        _adapter_plus_behind(at, point, spec["bottleneck"])


def _adapter_plus_behind(at, point, width):
    name = f"adapterPlus.{point.name}"
    down, up = _bottleneck(at, name, width, point.outputs, point.outputs)
    at.output(point, modules.ScaledBottleneck(down, up, at.take(f"{name}.scale", (point.outputs,))))


def _convpass(spec, at):
    hidden = spec["hidden"]
    for point in _hook_points(at, "convpass", ("attention", "mlp"), spec):
        name = f"convpass.{point.name}"
        down = _affine(at, f"{name}.down", hidden, point.inputs)
        kernel = at.take(f"{name}.conv.weight", (hidden, hidden, 3, 3))
        bias = at.take(f"{name}.conv.bias", (hidden,))
        up = _affine(at, f"{name}.up", point.outputs, hidden)
        at.output(point, modules.Convpass(down, kernel, bias, up, at.backbone.grid(point.block), spec["scale"]))


def _pad(spec, at):
    pixels, both, backbone = spec["pixels"], 2 * spec["pixels"], at.backbone
    height, width = backbone.spec["height"], backbone.spec["width"]
    larger = backbone.for_images(height + both, width + both)
    if larger is None:
        raise TaskError(
            f"method pad needs a backbone that takes images of any size, and {backbone.name} takes {height} × {width} only"
        )
    rows = at.take("pad.rows", (1, 3, both, width + both))
    columns = at.take("pad.columns", (1, 3, height, both))
    at.images(modules.Frame(pixels, rows, columns, spec["init"] == "uniform"), larger)


def _prompt(spec, at):
    shallow, tokens, pool, backbone = spec["depth"] == "shallow", spec["tokens"], spec["pool"], at.backbone
    _require_kinds(backbone, "prompt", ("attention",))
    last = backbone.depth - 1
    front = backbone.grid(last).leading
    reads_prompts = pool in ("prompts", "patchesAndPrompts")
    blocks = _blocks(at, [0] if shallow else spec["blocks"])
    widths = {block: backbone.width(block) for block in blocks}
    if len(set(widths.values())) > 1 and (spec["shared"] or spec["project"]):
        raise TaskError(
            f"method prompt: {'shared' if spec['shared'] else 'project'} needs prompted blocks of one width, and those of "
            f"{backbone.name} have {sorted(set(widths.values()))}"
        )
    common = widths[blocks[0]]
    project = _affine(at, "prompt.project", common, spec["project"]) if spec["project"] else None
    shared = at.take("prompt.shared", (1, tokens, spec["project"] or common)) if spec["shared"] else None
    for block in blocks:
        shape = (1, tokens, spec["project"] or widths[block])
        values = at.take(f"prompt.blocks.{block}", shape) if shared is None else shared
        prompts = modules.Prompts(values, project)
        if shallow or (block == last and reads_prompts):
            at.tokens(block, modules.InsertedPrompts(prompts, front))
        else:
            at.context(block, prompts)
    leaving = tokens if shallow or reads_prompts else 0
    if pool != "classToken":
        at.pool(
            {
                "patches": slice(front + leaving, None),
                "prompts": slice(front, front + leaving),
                "patchesAndPrompts": slice(front, None),
            }[pool]
        )


def _spt(spec, at):
    plan, seed = spec["plan"], spec["origin"] == "seed"
    rule = plan["rule"]
    tunables = {tunable.name: tunable for tunable in at.backbone.tunables}
    hook_points = {point.name: point for point in at.backbone.hook_points}
    products = {(tunable.block, tunable.operation) for tunable in at.backbone.tunables if tunable.kind == "matrix"}
    for name in plan["matrices"]:
        point = hook_points[_known(tunables, name).name[: -len(".weight")]]
        beside = seed and point.operation == "attn.proj"
        _planned_module(at, point, rule["exceptions"].get(point.operation, rule["module"]), rule["rank"], beside)
    blocks = {point.block: point for point in at.backbone.hook_points if point.kind == "block"}
    for index, block in plan.get("blocks", {}).items():
        if int(index) not in blocks:
            raise TaskError(f"the plan names block {index}, which the network does not have")
        if block["width"]:
            _adapter_plus_behind(at, blocks[int(index)], block["width"])
    for name in plan["vectors"]:
        _whole(at, _known(tunables, name), "vectors")
    for name, index in at.indices("sparse.", ".index").items():
        tunable = _known(tunables, name)
        if not (seed and tunable.kind == "vector" and (tunable.block, tunable.operation) not in products):
            at.value(name, modules.Entries(index, at.take(f"sparse.{name}.delta", index.shape, "sparse")))
    counts = {}
    for name in plan["prompts"]:
        block = int(name.split(".")[2])
        counts[block] = counts.get(block, 0) + 1
    if counts:
        _require_kinds(at.backbone, "prompt", ("attention",))
    for block in sorted(counts):
        values = at.take(f"prompt.blocks.{block}", (1, counts[block], at.backbone.width(block)))
        at.context(block, modules.Prompts(values))
    if rule["classToken"] > 0:
        _class_token(spec, at)


def _planned_module(at, point, kind, rank, beside):
    if kind == "lora":
        a, b = _low_rank(at, f"lora.{point.name}", rank, point)
        at.output(point, modules.LowRank(a, b, 1.0))
    elif kind == "adapter":
        width = point.inputs if beside else point.outputs
        down, up = _bottleneck(at, f"adapter.{point.name}", rank, width, point.outputs)
        at.output(point, modules.Bottleneck(down, up, "gelu", 1.0, beside))
    else:
        _scale_and_shift(at, point)


def _sum(spec, at):
    for i, part in enumerate(spec["of"]):
        settings = dict(part)
        with at.part(i):
            attach(settings.pop("type"), settings, at)


def _known(tunables, name):
    if name not in tunables:
        raise TaskError(f"the plan names {name}, and the backbone has no such tunable parameter")
    return tunables[name]


def _whole(at, tunable, part):
    at.value(tunable.name, modules.Whole(at.take(f"full.{tunable.name}", tunable.shape, part)))


def _low_rank(at, name, rank, point):
    return at.take(f"{name}.A", (rank, point.inputs)), at.take(f"{name}.B", (point.outputs, rank))


def _bottleneck(at, name, rank, inputs, outputs):
    return _affine(at, f"{name}.down", rank, inputs), _affine(at, f"{name}.up", outputs, rank)


def _affine(at, name, outputs, inputs, part="modules"):
    weight = at.take(f"{name}.weight", (outputs, inputs), part)
    return modules.Affine(weight, at.take(f"{name}.bias", (outputs,), part))


def _scale_and_shift(at, point):
    name = f"ssf.{point.name}"
    scale, shift = at.take(f"{name}.scale", (point.outputs,)), at.take(f"{name}.shift", (point.outputs,))
    at.output(point, modules.ScaleAndShift(scale, shift))


def _blocks(at, given):
    """Indices of blocks, ascending; all if none is given, negative ones from the end."""
    depth = at.backbone.depth
    blocks = sorted({block + depth if block < 0 else block for block in given})
    if blocks and not 0 <= blocks[0] <= blocks[-1] < depth:
        raise TaskError(f"method blocks: the backbone has {depth} blocks, found {given}")
    return blocks or list(range(depth))


def _tunables(at, method, what, fits):
    """The tunable parameters that fit, of which there is at least one."""
    found = [tunable for tunable in at.backbone.tunables if fits(tunable)]
    if not found:
        raise TaskError(f"method {method} needs {what}, and the backbone {at.backbone.name} has none; use another method")
    return found


def _require_kinds(backbone, method, kinds):
    for kind in kinds:
        if all(point.kind != kind for point in backbone.hook_points):
            raise TaskError(
                f"method {method} needs places of the kind {kind}, and the backbone {backbone.name} has none; "
                "use another method"
            )


def _hook_points(at, method, kinds, spec):
    """The hook points of some kinds at the operations and in the blocks that a spec names."""
    _require_kinds(at.backbone, method, kinds)
    blocks, operations = set(_blocks(at, spec["blocks"])), spec.get("operations")
    if not spec["blocks"]:
        blocks.add(-1)
    hook_points = [point for point in at.backbone.hook_points if point.kind in kinds]
    known = sorted({point.operation for point in hook_points})
    for operation in operations or ():
        if operation not in known:
            raise TaskError(f"method {method}: {at.backbone.name} has no {operation}; it has {', '.join(known)}")
    return [point for point in hook_points if point.block in blocks and (not operations or point.operation in operations)]


_ATTACH = {
    "linear": _linear,
    "full": _full,
    "bias": _bias,
    "partial": _partial,
    "classToken": _class_token,
    "lora": _lora,
    "dora": _dora,
    "adapter": _adapter,
    "mlpHead": _mlp_head,
    "ssf": _ssf,
    "adapterPlus": _adapter_plus,
    "convpass": _convpass,
    "pad": _pad,
    "prompt": _prompt,
    "spt": _spt,
    "sum": _sum,
}
