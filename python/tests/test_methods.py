"""Each method beside a plain statement of its formula, or of something that it must equal."""

import copy

import pytest
import torch
import torch.nn.functional as F
from samples import BACKBONES, METHODS, PLAIN, drawn
from networks import randomize

import inlay

CLASSES = ["ash", "Bärlauch", "苔"]
IMAGES = torch.randn(2, 3, 16, 24, generator=torch.Generator().manual_seed(7))


def tuned(vit, method, tensors, tmp_path):
    path = tmp_path / "task.safetensors"
    inlay.save_task(path, method, tensors, vit, CLASSES)
    return inlay.load(path).attach(vit)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_the_head_alone_is_on_top_of_the_features_of_the_bare_backbone(make, backbone, tmp_path):
    vit = randomize(make(BACKBONES[backbone], 3))
    if hasattr(vit, "head_dist"):
        vit.head_dist.load_state_dict(vit.head.state_dict())
    head = {"head.weight": vit.head.weight, "head.bias": vit.head.bias}
    model = tuned(vit, {"type": "linear"}, head, tmp_path)
    with torch.no_grad():
        assert (model(IMAGES) - vit(IMAGES)).abs().max() < 1e-5


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("backbone", ["plain", "dinov2"])
def test_every_tensor_matters_and_the_backbone_stays_as_it_is(make, backbone, name, tmp_path):
    vit = randomize(make(BACKBONES[backbone]))
    before = copy.deepcopy(vit.state_dict())
    model = tuned(vit, METHODS[name], drawn(METHODS[name], vit, 3), tmp_path)
    model(IMAGES).square().sum().backward()
    read_patches_alone = "pool" in METHODS[name] and METHODS[name]["pool"] in ("patches", "prompts")
    for key, value in model.named_parameters():
        if not key.startswith("backbone.") and not read_patches_alone:
            assert value.grad is not None and value.grad.abs().max() > 0, key
    assert all(torch.equal(value, before[key]) for key, value in vit.state_dict().items())
    assert vit.state_dict().keys() == before.keys()


@pytest.mark.parametrize("name", METHODS)
def test_a_copy_of_a_model_is_independent_of_it(make, name, tmp_path):
    vit = randomize(make(PLAIN))
    model = tuned(vit, METHODS[name], drawn(METHODS[name], vit, 3), tmp_path)
    twin = copy.deepcopy(model)
    with torch.no_grad():
        expected = model(IMAGES)
        assert torch.equal(twin(IMAGES), expected)
        for value in model.parameters():
            value.zero_()
        assert torch.equal(twin(IMAGES), expected)
        assert not torch.equal(model(IMAGES), expected)


def merged(vit, changes):
    """The Vision Transformer with other weights: name to the value that takes its place."""
    other = copy.deepcopy(vit)
    other.load_state_dict({**vit.state_dict(), **changes})
    return other


def expect_merged(vit, method, tensors, changes, tmp_path):
    model = tuned(vit, method, tensors, tmp_path)
    plain = tuned(
        merged(vit, changes),
        {"type": "linear"},
        {key: tensors[key] for key in ("head.weight", "head.bias")},
        tmp_path,
    )
    with torch.no_grad():
        assert (model(IMAGES) - plain(IMAGES)).abs().max() < 1e-5


def rows(matrix, part, value):
    """A fused matrix or bias with other rows of q, k or v."""
    pieces = list(matrix.chunk(3))
    pieces["qkv".index(part)] = value(pieces["qkv".index(part)])
    return torch.cat(pieces)


def test_lora_is_an_update_of_the_matrix(make, tmp_path):
    vit, method = randomize(make(PLAIN)), {"type": "lora", "rank": 3, "alpha": 5.0, "operations": ["attn.v", "mlp.fc2"]}
    tensors = drawn(method, vit, 3)
    state, changes = vit.state_dict(), {}
    for i in range(3):
        for operation, name in (("attn.v", f"blocks.{i}.attn.qkv.weight"), ("mlp.fc2", f"blocks.{i}.mlp.fc2.weight")):
            a, b = (tensors[f"lora.blocks.{i}.{operation}.{key}"] for key in "AB")
            update = 5.0 / 3 * b @ a
            changes[name] = rows(state[name], "v", lambda w: w + update) if operation == "attn.v" else state[name] + update
    expect_merged(vit, method, tensors, changes, tmp_path)


def test_dora_is_a_matrix_of_other_rows_of_given_length(make, tmp_path):
    vit, method = randomize(make(PLAIN)), {"type": "dora", "rank": 3, "alpha": 5.0, "operations": ["attn.q"], "blocks": [1]}
    tensors = drawn(method, vit, 3)
    a, b, magnitude = (tensors[f"dora.blocks.1.attn.q.{key}"] for key in ("A", "B", "magnitude"))
    name = "blocks.1.attn.qkv.weight"

    def directed(weight):
        return magnitude[:, None] * F.normalize(weight + 5.0 / 3 * b @ a, dim=1)

    expect_merged(vit, method, tensors, {name: rows(vit.state_dict()[name], "q", directed)}, tmp_path)


def test_whole_values_and_single_weights_take_their_places(make, tmp_path):
    vit, method = randomize(make(PLAIN)), METHODS["spt_lora"]
    tensors = drawn(method, vit, 3)
    for name in tensors:
        if name.startswith(("lora.", "prompt.")):
            tensors[name] = torch.zeros_like(tensors[name])
    state = vit.state_dict()
    changes = {
        "cls_token": tensors["full.cls_token"],
        "blocks.0.norm1.bias": tensors["full.blocks.0.norm1.bias"],
        "blocks.1.attn.qkv.bias": rows(
            state["blocks.1.attn.qkv.bias"], "v", lambda _: tensors["full.blocks.1.attn.v.bias"]
        ),
    }
    plan = method["plan"]
    for name, positions in plan["sparse"].items():
        delta = tensors[f"sparse.{name}.delta"]
        fused = name.replace("attn.k", "attn.qkv")
        value = state[fused].clone()
        (value.chunk(3)[1] if fused != name else value).view(-1)[positions] += delta
        changes[fused] = value
    deep = {"type": "spt", "plan": {**plan, "prompts": [], "matrices": []}}
    kept = {name: value for name, value in tensors.items() if not name.startswith(("lora.", "prompt."))}
    expect_merged(vit, deep, kept, changes, tmp_path)


def test_ssf_is_a_scale_and_shift_of_norms_and_products(make, tmp_path):
    vit, method = randomize(make(PLAIN)), METHODS["ssf_somewhere"]
    tensors = drawn(method, vit, 3)
    state, changes = vit.state_dict(), {}
    for operation in ("norm2", "mlp.fc1"):
        name = f"blocks.1.{operation}"
        scale, shift = (tensors[f"ssf.{name}.{key}"] for key in ("scale", "shift"))
        weight = state[f"{name}.weight"]
        changes[f"{name}.weight"] = weight * (scale if weight.dim() == 1 else scale[:, None])
        changes[f"{name}.bias"] = state[f"{name}.bias"] * scale + shift
    expect_merged(vit, method, tensors, changes, tmp_path)


def test_full_and_partial_and_bias_are_other_weights(make, tmp_path):
    vit = randomize(make(PLAIN))
    state = vit.state_dict()
    for name in ("full", "partial", "bias"):
        tensors = drawn(METHODS[name], vit, 3)
        changes = {}
        for key, value in tensors.items():
            site = key[len("full.") :]
            if not key.startswith("full."):
                continue
            split = [part for part in "qkv" if f".attn.{part}." in site]
            if split:
                fused = site.replace(f".attn.{split[0]}.", ".attn.qkv.")
                changes[fused] = rows(changes.get(fused, state[fused]), split[0], lambda _, value=value: value)
            else:
                changes[site] = value
        expect_merged(vit, METHODS[name], tensors, changes, tmp_path)


def hooked(vit, hooks, head):
    """The logits of the Vision Transformer with functions of input and output on some of its modules."""
    modules = dict(vit.named_modules())
    handles = [modules[name].register_forward_hook(lambda m, x, y, f=f: f(x[0], y)) for name, f in hooks.items()]
    kept, vit.head = vit.head, torch.nn.Identity()
    try:
        with torch.no_grad():
            return F.linear(vit(IMAGES), head["head.weight"], head["head.bias"])
    finally:
        vit.head = kept
        for handle in handles:
            handle.remove()


def bottleneck(tensors, name, h, activation):
    inner = activation(F.linear(h, tensors[f"{name}.down.weight"], tensors[f"{name}.down.bias"]))
    return F.linear(inner, tensors[f"{name}.up.weight"], tensors[f"{name}.up.bias"])


@pytest.mark.parametrize("backbone", ["plain", "clip", "average"])
@pytest.mark.parametrize("name", ["houlsby", "pfeiffer", "parallel", "adapterPlus"])
def test_bottlenecks_are_added_where_they_belong(make, backbone, name, tmp_path):
    vit = randomize(make(BACKBONES[backbone]))
    tensors = drawn(METHODS[name], vit, 3)
    hooks = {}
    for i in range(3):
        if name == "adapterPlus":
            key = f"adapterPlus.blocks.{i}"
            hooks[f"blocks.{i}"] = lambda x, y, k=key: y + tensors[f"{k}.scale"] * bottleneck(tensors, k, y, F.gelu)
        for place in (f"blocks.{i}.attn", f"blocks.{i}.mlp"):
            key = f"adapter.{place}"
            if name == "parallel" and place.endswith("mlp"):
                hooks[place] = lambda x, y, k=key: y + 0.3 * bottleneck(tensors, k, x, F.gelu)
            elif name == "houlsby":
                hooks[place] = lambda x, y, k=key: y + bottleneck(tensors, k, y, F.gelu)
            elif name == "pfeiffer" and place.endswith("mlp"):
                hooks[place] = lambda x, y, k=key: y + bottleneck(tensors, k, y, F.relu)
    expected = hooked(vit, hooks, tensors)
    with torch.no_grad():
        assert (tuned(vit, METHODS[name], tensors, tmp_path)(IMAGES) - expected).abs().max() < 1e-5


def test_convpass_sees_the_patches_as_a_image_and_each_other_token_by_itself(make, tmp_path):
    vit, method = randomize(make(BACKBONES["dinov2"])), {"type": "convpass", "hidden": 3, "scale": 0.5, "blocks": [1]}
    tensors = drawn(method, vit, 3)

    def quick(z):
        return z * torch.sigmoid(1.702 * z)

    def bypass(x, y):
        name = "convpass.blocks.1.mlp"
        kernel, bias = tensors[f"{name}.conv.weight"], tensors[f"{name}.conv.bias"]

        def conv(z):
            maps = [z[:, i].reshape(2, 3, 1, 1) for i in range(3)]
            maps.append(z[:, 3:].permute(0, 2, 1).reshape(2, 3, 2, 3))
            convolved = [F.conv2d(p, kernel, bias, padding=1).flatten(2).permute(0, 2, 1) for p in maps]
            return quick(torch.cat(convolved, 1))

        return y + 0.5 * bottleneck(tensors, name, x, lambda z: conv(quick(z)))

    for key in tensors:
        if ".attn." in key:
            tensors[key] = torch.zeros_like(tensors[key])
    model = tuned(vit, method, tensors, tmp_path)
    vit.blocks[1].ls2.gamma.data.fill_(1.0)  # hooks see the MLP before its LayerScale
    with torch.no_grad():
        assert (model(IMAGES) - hooked(vit, {"blocks.1.mlp": bypass}, tensors)).abs().max() < 1e-5


@pytest.mark.parametrize("backbone", ["plain", "average", "dinov2", "distilled"])
@pytest.mark.parametrize("name", ["shallow", "deep", "deep_projected_shared", "deep_patches", "deep_patches_and_prompts"])
def test_prompts_are_tokens_behind_those_before_the_patches(make, backbone, name, tmp_path):
    vit, method = randomize(make(BACKBONES[backbone])), METHODS[name]
    tensors = drawn(method, vit, 3)
    prefix, count, depth = vit.num_prefix_tokens, method["tokens"], 3

    def prompts(i):
        values = tensors.get("prompt.shared", tensors.get(f"prompt.blocks.{i}"))
        if values is not None and "project" in method:
            values = F.linear(values, tensors["prompt.project.weight"], tensors["prompt.project.bias"])
        return values

    with torch.no_grad():
        entered = {}

        def keep(module, x, y):
            entered.setdefault("x", x[0])

        handle = vit.blocks[0].register_forward_hook(keep)
        vit(IMAGES)
        handle.remove()
        x = entered["x"]
        shallow = method.get("depth") == "shallow"
        for i in range(depth):
            own = prompts(i) if i in ([0] if shallow else [0, 2] if "blocks" in method else range(depth)) else None
            if own is not None:
                x = torch.cat([x[:, :prefix], own.expand(2, -1, -1), x[:, prefix:]], 1)
            x = vit.blocks[i](x)
            if own is not None and not shallow and i < depth - 1:
                x = torch.cat([x[:, :prefix], x[:, prefix + count :]], 1)
        patches, mixed = x[:, prefix + count :], x[:, prefix:]
        if method.get("pool") == "patches":
            read = patches
        elif method.get("pool") == "patchesAndPrompts":
            read = mixed
        elif backbone == "average":
            read = patches
        else:
            read = x[:, : 2 if backbone == "distilled" else 1]
        features = vit.fc_norm(read.mean(1)) if backbone == "average" else vit.norm(read).mean(1)
        expected = F.linear(features, tensors["head.weight"], tensors["head.bias"])
        assert (tuned(vit, method, tensors, tmp_path)(IMAGES) - expected).abs().max() < 1e-5


def test_the_hidden_layers_of_an_mlp_head_use_the_kept_statistics(make, tmp_path):
    vit, method = randomize(make(PLAIN)), METHODS["mlpHead"]
    tensors = drawn(method, vit, 3)
    features = tuned(vit, {"type": "linear"}, {"head.weight": torch.eye(12)[:3], "head.bias": torch.zeros(3)}, tmp_path)
    with torch.no_grad():
        x = features.features(IMAGES)
        for i in range(2):
            layer = {key.split(f"mlpHead.{i}.")[1]: value for key, value in tensors.items() if f"mlpHead.{i}." in key}
            x = F.relu(x @ layer["linear.weight"].T + layer["linear.bias"])
            x = (x - layer["norm.mean"]) / (layer["norm.variance"] + 1e-5).sqrt()
            x = x * layer["norm.weight"] + layer["norm.bias"]
        expected = x @ tensors["head.weight"].T + tensors["head.bias"]
        model = tuned(vit, method, tensors, tmp_path).train()
        assert (model(IMAGES) - expected).abs().max() < 1e-4


def test_the_seeds_plans_drop_single_weights_of_norms_and_put_one_adapter_beside(make, tmp_path):
    vit = randomize(make(PLAIN))
    names = inlay.shapes_of(METHODS["spt_seed_adapter"], vit, 3)
    assert "sparse.blocks.2.norm2.weight.delta" not in names
    assert "sparse.blocks.1.mlp.fc2.bias.delta" in names
    tensors = drawn(METHODS["spt_seed_adapter"], vit, 3)
    paper = {**METHODS["spt_seed_adapter"], "origin": "paper"}
    with torch.no_grad():
        seeds = tuned(vit, METHODS["spt_seed_adapter"], tensors, tmp_path)(IMAGES)
        extra = {**tensors, "sparse.blocks.2.norm2.weight.delta": torch.zeros(2)}
        assert (tuned(vit, paper, extra, tmp_path)(IMAGES) - seeds).abs().max() > 1e-4


def test_images_of_another_size_are_refused(make, tmp_path):
    vit = randomize(make(PLAIN))
    model = tuned(vit, METHODS["linear"], drawn(METHODS["linear"], vit, 3), tmp_path)
    with pytest.raises(inlay.TaskError, match=r"expected the shape \(B, 3, 16, 24\), found \(2, 3, 24, 16\)"):
        model(IMAGES.transpose(2, 3))
