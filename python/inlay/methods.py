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
    if name not in _DEFAULTS:
        raise TaskError(f"method {name}: expected one of {', '.join(sorted(_DEFAULTS))}; another needs a newer package")
    _ATTACH[name](spec, at)


def _linear(spec, at):
    pass


def _full(spec, at):
    for name, value in at.backbone.parameters().items():
        at.value(name, modules.Whole(at.take(f"full.{name}", value.shape, "backbone")))


def _bias(spec, at):
    for site in _sites(at, "bias", "a bias", lambda site: site.is_bias):
        _whole(at, site, "vectors")


def _partial(spec, at):
    backbone = at.backbone
    first = backbone.depth - spec["blocks"]
    if first < 0:
        raise TaskError(f"method partial: {spec['blocks']} blocks of {backbone.depth}")
    for site in backbone.sites:
        if backbone.step(site) > first:
            _whole(at, site, "backbone")


def _class_token(spec, at):
    for site in _sites(at, "classToken", "a class token", lambda site: site.kind == "classToken"):
        _whole(at, site, "classToken")


def _lora(spec, at):
    for place in _places(at, "lora", ("linear",), spec):
        a, b = _low_rank(at, f"lora.{place.name}", spec["rank"], place)
        at.output(place, modules.LowRank(a, b, spec["alpha"] / spec["rank"]))


def _dora(spec, at):
    sites = {site.name: site for site in at.backbone.sites}
    for place in _places(at, "dora", ("linear",), spec):
        name = f"dora.{place.name}"
        a, b = _low_rank(at, name, spec["rank"], place)
        magnitude = at.take(f"{name}.magnitude", (place.outputs,))
        weight = at.backbone.frozen(sites[f"{place.name}.weight"]).flatten(1)
        site = sites.get(f"{place.name}.bias")
        bias = None if site is None else at.backbone.frozen(site)
        at.output(place, modules.Dora(weight, bias, a, b, magnitude, spec["alpha"] / spec["rank"]))


def _adapter(spec, at):
    kinds = ("attention", "mlp") if spec["placement"] == "houlsby" else ("mlp",)
    beside = spec["placement"] == "parallel"
    for place in _places(at, "adapter", kinds, spec):
        width = place.inputs if beside else place.outputs
        down, up = _bottleneck(at, f"adapter.{place.name}", spec["bottleneck"], width, place.outputs)
        at.output(place, modules.Bottleneck(down, up, spec["activation"], spec["scale"], beside))


def _mlp_head(spec, at):
    width = at.backbone.embed_dim
    for i in range(spec["layers"] - 1):
        name = f"mlpHead.{i}"
        linear = _affine(at, f"{name}.linear", width, width, "head")
        weight, bias = (at.take(f"{name}.norm.{key}", (width,), "head") for key in ("weight", "bias"))
        mean, variance = (at.take(f"{name}.norm.{key}", (width,), "statistics") for key in ("mean", "variance"))
        at.feature(modules.HiddenLayer(linear, weight, bias, mean, variance))


def _ssf(spec, at):
    for place in _places(at, "ssf", ("patches", "norm", "linear"), spec):
        _scale_and_shift(at, place)


def _adapter_plus(spec, at):
    for place in _places(at, "adapterPlus", ("block",), spec):
        name = f"adapterPlus.{place.name}"
        down, up = _bottleneck(at, name, spec["bottleneck"], place.outputs, place.outputs)
        at.output(place, modules.ScaledBottleneck(down, up, at.take(f"{name}.scale", (place.outputs,))))


def _convpass(spec, at):
    hidden = spec["hidden"]
    for place in _places(at, "convpass", ("attention", "mlp"), spec):
        name = f"convpass.{place.name}"
        down = _affine(at, f"{name}.down", hidden, place.inputs)
        kernel = at.take(f"{name}.conv.weight", (hidden, hidden, 3, 3))
        bias = at.take(f"{name}.conv.bias", (hidden,))
        up = _affine(at, f"{name}.up", place.outputs, hidden)
        at.output(place, modules.Convpass(down, kernel, bias, up, at.backbone.grid(place.block), spec["scale"]))


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
    sites = {site.name: site for site in at.backbone.sites}
    places = {place.name: place for place in at.backbone.places}
    products = {(site.block, site.operation) for site in at.backbone.sites if site.kind == "matrix"}
    for name in plan["matrices"]:
        place = places[_known(sites, name).name[: -len(".weight")]]
        beside = seed and place.operation == "attn.proj"
        _planned_module(at, place, rule["exceptions"].get(place.operation, rule["module"]), rule["rank"], beside)
    for name in plan["vectors"]:
        _whole(at, _known(sites, name), "vectors")
    for name, index in at.indices("sparse.", ".index").items():
        site = _known(sites, name)
        if not (seed and site.kind == "vector" and (site.block, site.operation) not in products):
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


def _planned_module(at, place, kind, rank, beside):
    if kind == "lora":
        a, b = _low_rank(at, f"lora.{place.name}", rank, place)
        at.output(place, modules.LowRank(a, b, 1.0))
    elif kind == "adapter":
        width = place.inputs if beside else place.outputs
        down, up = _bottleneck(at, f"adapter.{place.name}", rank, width, place.outputs)
        at.output(place, modules.Bottleneck(down, up, "gelu", 1.0, beside))
    else:
        _scale_and_shift(at, place)


def _sum(spec, at):
    for i, part in enumerate(spec["of"]):
        settings = dict(part)
        with at.part(i):
            attach(settings.pop("type"), settings, at)


def _known(sites, name):
    if name not in sites:
        raise TaskError(f"the plan names {name}, and the backbone has no such site")
    return sites[name]


def _whole(at, site, part):
    at.value(site.name, modules.Whole(at.take(f"full.{site.name}", site.shape, part)))


def _low_rank(at, name, rank, place):
    return at.take(f"{name}.A", (rank, place.inputs)), at.take(f"{name}.B", (place.outputs, rank))


def _bottleneck(at, name, rank, inputs, outputs):
    return _affine(at, f"{name}.down", rank, inputs), _affine(at, f"{name}.up", outputs, rank)


def _affine(at, name, outputs, inputs, part="modules"):
    weight = at.take(f"{name}.weight", (outputs, inputs), part)
    return modules.Affine(weight, at.take(f"{name}.bias", (outputs,), part))


def _scale_and_shift(at, place):
    name = f"ssf.{place.name}"
    scale, shift = at.take(f"{name}.scale", (place.outputs,)), at.take(f"{name}.shift", (place.outputs,))
    at.output(place, modules.ScaleAndShift(scale, shift))


def _blocks(at, given):
    """Indices of blocks, ascending; all if none is given, negative ones from the end."""
    depth = at.backbone.depth
    blocks = sorted({block + depth if block < 0 else block for block in given})
    if blocks and not 0 <= blocks[0] <= blocks[-1] < depth:
        raise TaskError(f"method blocks: the backbone has {depth} blocks, found {given}")
    return blocks or list(range(depth))


def _sites(at, method, what, fits):
    """The sites that fit, of which there is at least one."""
    found = [site for site in at.backbone.sites if fits(site)]
    if not found:
        raise TaskError(f"method {method} needs {what}, and the backbone {at.backbone.name} has none; use another method")
    return found


def _require_kinds(backbone, method, kinds):
    for kind in kinds:
        if all(place.kind != kind for place in backbone.places):
            raise TaskError(
                f"method {method} needs places of the kind {kind}, and the backbone {backbone.name} has none; "
                "use another method"
            )


def _places(at, method, kinds, spec):
    """The places of some kinds at the operations and in the blocks that a spec names."""
    _require_kinds(at.backbone, method, kinds)
    blocks, operations = set(_blocks(at, spec["blocks"])), spec.get("operations")
    if not spec["blocks"]:
        blocks.add(-1)
    places = [place for place in at.backbone.places if place.kind in kinds]
    known = sorted({place.operation for place in places})
    for operation in operations or ():
        if operation not in known:
            raise TaskError(f"method {method}: {at.backbone.name} has no {operation}; it has {', '.join(known)}")
    return [place for place in places if place.block in blocks and (not operations or place.operation in operations)]


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
