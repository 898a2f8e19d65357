"""Swin Transformers and ConvNeXts: each method beside a plain statement of its formula, or of something that it must equal."""

import copy

import pytest
import torch
import torch.nn.functional as F
from networks import own, randomize, timms
from samples import CONVNEXT, CONVNEXT_METHODS, PLAIN, SWIN, SWIN_METHODS, drawn

import inlay

CLASSES = ["ash", "Bärlauch", "苔"]
EVEN = {**SWIN, "height": 32, "width": 32, "patch": 2}
SPECS = {"swin": SWIN, "swin_even": EVEN, "convnext": CONVNEXT}
CASES = [
    *(pytest.param(SWIN, method, id=f"swin-{name}") for name, method in SWIN_METHODS.items()),
    *(pytest.param(CONVNEXT, method, id=f"convnext-{name}") for name, method in CONVNEXT_METHODS.items()),
]


def images(spec):
    return torch.randn(2, 3, spec["height"], spec["width"], generator=torch.Generator().manual_seed(7))


def tuned(model, method, tensors, tmp_path):
    path = tmp_path / "task.safetensors"
    inlay.save_task(path, method, tensors, model, CLASSES)
    return inlay.load(path).attach(model)


def head_of(tensors):
    return {key: tensors[key] for key in ("head.weight", "head.bias")}


def expect_equal(model, method, tensors, other, tmp_path, spec):
    """A task gives the logits of its head alone on another network."""
    with torch.no_grad():
        given = tuned(model, method, tensors, tmp_path)(images(spec))
        expected = tuned(other, {"type": "linear"}, head_of(tensors), tmp_path)(images(spec))
        assert (given - expected).abs().max() < 1e-5


def merged(model, changes):
    other = copy.deepcopy(model)
    other.load_state_dict({**model.state_dict(), **changes})
    return other


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_the_stand_in_computes_what_timm_computes(spec):
    pytest.importorskip("timm", reason="timm is not installed")
    ours, theirs = randomize(own(spec, 5)), timms(spec, 5).eval()
    assert [(n, p.shape) for n, p in ours.named_parameters()] == [(n, p.shape) for n, p in theirs.named_parameters()]
    theirs.load_state_dict(ours.state_dict())
    with torch.no_grad():
        assert (ours(images(spec)) - theirs(images(spec))).abs().max() < 1e-5


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_sizes_are_found_and_every_parameter_is_covered_by_sites(make, spec):
    backbone = inlay.backbone_of(make(spec))
    assert backbone.spec == spec
    assert inlay.backbone_of(make(spec, 7)).spec == {**spec, "classes": 7}
    assert sum(torch.Size(site.shape).numel() for site in backbone.tunables) == sum(
        value.numel() for value in backbone.parameters().values()
    )
    assert len({site.name for site in backbone.tunables}) == len(backbone.tunables)
    assert {place.block for place in backbone.hook_points} == {-1, *range(backbone.depth)}


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_the_head_alone_is_on_top_of_the_features_of_the_bare_backbone(make, spec, tmp_path):
    model = randomize(make(spec, 3))
    head = {"head.weight": model.head.fc.weight, "head.bias": model.head.fc.bias}
    with torch.no_grad():
        assert (tuned(model, {"type": "linear"}, head, tmp_path)(images(spec)) - model(images(spec))).abs().max() < 1e-5


@pytest.mark.parametrize("spec, method", CASES)
def test_every_tensor_matters_and_the_backbone_stays_as_it_is(make, spec, method, tmp_path):
    model = randomize(make(spec))
    before = copy.deepcopy(model.state_dict())
    task = tuned(model, method, drawn(method, model, 3), tmp_path)
    task(images(spec)).square().sum().backward()
    for key, value in task.named_parameters():
        if not key.startswith("backbone."):
            assert value.grad is not None and value.grad.abs().max() > 0, key
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


@pytest.mark.parametrize("spec, method", CASES)
def test_reading_and_writing_gives_the_same_bytes(spec, method, tmp_path):
    model = randomize(own(spec))
    tuned(model, method, drawn(method, model, 3), tmp_path)
    task = inlay.load(tmp_path / "task.safetensors")
    task.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "task.safetensors").read_bytes()
    assert list(task.attach(model).tensors()) == list(task.tensors)


@pytest.mark.parametrize("spec, products", [
    (SWIN, {"downsample.reduction": 2, "mlp.fc2": 6}),
    (CONVNEXT, {"downsample.1": 3, "mlp.fc1": 5}),
], ids=["swin", "convnext"])  # fmt: skip
@pytest.mark.parametrize("kind", ["lora", "dora"])
def test_low_rank_updates_are_other_matrices(make, kind, spec, products, tmp_path):
    model, method = randomize(make(spec)), {"type": kind, "rank": 3, "alpha": 5.0, "operations": list(products)}
    tensors, changes = drawn(method, model, 3), {}
    places = [name[len(kind) + 1 : -2] for name in tensors if name.endswith(".A")]
    assert {op: sum(place.endswith(op) for place in places) for op in products} == products
    for place in places:
        weight = model.state_dict()[f"{place}.weight"]
        a, b = (tensors[f"{kind}.{place}.{factor}"] for factor in "AB")
        matrix = weight.flatten(1) + 5.0 / 3 * b @ a
        if kind == "dora":
            matrix = tensors[f"dora.{place}.magnitude"][:, None] * F.normalize(matrix, dim=1)
        changes[f"{place}.weight"] = matrix.view_as(weight)
    expect_equal(model, method, tensors, merged(model, changes), tmp_path, spec)


@pytest.mark.parametrize("spec, place", [(SWIN, "layers.1.downsample"), (CONVNEXT, "stages.2.downsample")])
def test_partial_takes_what_leads_to_its_blocks(make, spec, place):
    model = make(spec)
    blocks = 4 if spec is SWIN else 3  # back to the first block of the stage behind the place
    tuned_names = [name[len("full.") :] for name in inlay.shapes_of({"type": "partial", "blocks": blocks}, model, 3)][:-2]
    stages, number = place.split(".")[:2]
    behind = (*(f"{stages}.{i}." for i in range(int(number), 4)), "norm.", "head.norm.")
    assert tuned_names == [site.name for site in inlay.backbone_of(model).tunables if site.name.startswith(behind)]
    assert any(name.startswith(place) for name in tuned_names)


def hooked(model, hooks, head, spec):
    """The logits with functions of input and output on some of timm's modules."""
    modules = dict(model.named_modules())
    handles = [modules[name].register_forward_hook(lambda m, x, y, f=f: f(x[0], y)) for name, f in hooks.items()]
    kept, model.head.fc = model.head.fc, torch.nn.Identity()
    try:
        with torch.no_grad():
            return F.linear(model(images(spec)), head["head.weight"], head["head.bias"])
    finally:
        model.head.fc = kept
        for handle in handles:
            handle.remove()


def bottleneck(tensors, name, h):
    inner = F.gelu(F.linear(h, tensors[f"{name}.down.weight"], tensors[f"{name}.down.bias"]))
    return F.linear(inner, tensors[f"{name}.up.weight"], tensors[f"{name}.up.bias"])


def test_adapters_on_a_swin_are_added_to_attention_and_mlp(make, tmp_path):
    model, method = randomize(make(SWIN)), SWIN_METHODS["houlsby"]
    tensors = drawn(method, model, 3)
    names = {name[len("adapter.") : -len(".up.bias")] for name in tensors if name.endswith(".up.bias")}
    assert len(names) == 12
    hooks = {name: lambda x, y, k=f"adapter.{name}": y + bottleneck(tensors, k, y) for name in names}
    with torch.no_grad():
        given = tuned(model, method, tensors, tmp_path)(images(SWIN))
        assert (given - hooked(model, hooks, tensors, SWIN)).abs().max() < 1e-5


def test_adapters_on_a_convnext_see_what_is_scaled_by_gamma(make, tmp_path):
    model, method = randomize(make(CONVNEXT)), {"type": "adapter", "placement": "pfeiffer", "bottleneck": 3}
    tensors = drawn(method, model, 3)
    hooks = {}
    for name, block in model.named_modules():
        if hasattr(block, "gamma"):  # hooks see the MLP before gamma, so what they give is divided by it
            hooks[f"{name}.mlp"] = lambda x, y, k=f"adapter.{name}.mlp", g=block.gamma: y + bottleneck(tensors, k, y * g) / g
    assert len(hooks) == 5
    with torch.no_grad():
        given = tuned(model, method, tensors, tmp_path)(images(CONVNEXT))
        assert (given - hooked(model, hooks, tensors, CONVNEXT)).abs().max() < 1e-4


@pytest.mark.parametrize("init", ["uniform", "gaussian"])
def test_pad_is_a_frame_around_the_images(make, init, tmp_path):
    model, method = randomize(make(CONVNEXT, 3)), {"type": "pad", "pixels": 3, "init": init}
    tensors = drawn(method, model, 3)
    model.head.fc.load_state_dict({"weight": tensors["head.weight"], "bias": tensors["head.bias"]})
    mean, std = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)) if init == "uniform" else ((0, 0, 0), (1, 1, 1))
    framed = F.pad(images(CONVNEXT), (3, 3, 3, 3))
    for c in range(3):
        rows, columns = ((tensors[f"pad.{part}"][0, c] - mean[c]) / std[c] for part in ("rows", "columns"))
        framed[:, c, :3], framed[:, c, -3:] = rows[:3], rows[3:]
        framed[:, c, 3:-3, :3], framed[:, c, 3:-3, -3:] = columns[:, :3], columns[:, 3:]
    with torch.no_grad():
        assert (tuned(model, method, tensors, tmp_path)(images(CONVNEXT)) - model(framed)).abs().max() < 1e-5


def test_convpass_on_a_swin_sees_the_image_of_its_stage(make, tmp_path):
    model, method = randomize(make(SWIN)), {"type": "convpass", "hidden": 3, "scale": 0.5, "blocks": [3]}
    tensors = drawn(method, model, 3)
    name = "convpass.layers.1.blocks.1.mlp"
    for key in tensors:
        if ".attn." in key:
            tensors[key] = torch.zeros_like(tensors[key])

    def quick(z):
        return z * torch.sigmoid(1.702 * z)

    def bypass(x, y):
        inner = quick(F.linear(x, tensors[f"{name}.down.weight"], tensors[f"{name}.down.bias"]))
        image = inner.reshape(2, 5, 7, 3).permute(0, 3, 1, 2)
        inner = F.conv2d(image, tensors[f"{name}.conv.weight"], tensors[f"{name}.conv.bias"], padding=1)
        inner = quick(inner.permute(0, 2, 3, 1)).reshape(*y.shape[:-1], 3)
        return y + 0.5 * F.linear(inner, tensors[f"{name}.up.weight"], tensors[f"{name}.up.bias"])

    with torch.no_grad():
        given = tuned(model, method, tensors, tmp_path)(images(SWIN))
        assert (given - hooked(model, {"layers.1.blocks.1.mlp": bypass}, tensors, SWIN)).abs().max() < 1e-5


def attention_with_prompts(block, x, prompts):
    """timm's ``_attn`` of one image (H, W, D), window by window, with prompts (p, D) in front of each: both outputs."""
    (rows, columns), attn, p = block.window_size, block.attn, len(prompts)
    height, width = x.shape[:2]
    x = torch.roll(x, [-s for s in block.shift_size], (0, 1))
    x = F.pad(x, (0, 0, 0, -width % columns, 0, -height % rows))
    y, leaving, number = torch.zeros_like(x), [], 0
    for i in range(0, x.shape[0], rows):
        for j in range(0, x.shape[1], columns):
            window = torch.cat([prompts, x[i : i + rows, j : j + columns].flatten(0, 1)])
            bias = torch.zeros(attn.num_heads, len(window), len(window))
            bias[:, p:, p:] = attn.relative_position_bias_table[attn.relative_position_index].permute(2, 0, 1)
            if block.attn_mask is not None:
                bias[:, p:, p:] += block.attn_mask[number]
            q, k, v = attn.qkv(window).reshape(len(window), 3, attn.num_heads, -1).permute(1, 2, 0, 3)
            weights = (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5 + bias).softmax(-1)
            out = attn.proj((weights @ v).transpose(0, 1).flatten(1))
            leaving.append(out[:p])
            y[i : i + rows, j : j + columns] = out[p:].reshape(rows, columns, -1)
            number += 1
    return torch.roll(y[:height, :width], block.shift_size, (0, 1)), torch.stack(leaving).mean(0)


@pytest.mark.parametrize("name", ["shallow", "deep", "deep_patches_and_prompts"])
def test_prompts_on_a_swin_are_in_every_window_of_their_image(make, name, tmp_path):
    model, method = randomize(make(SWIN)), SWIN_METHODS[name]
    tensors = drawn(method, model, 3)
    shallow, both = name == "shallow", method.get("pool") == "patchesAndPrompts"
    with torch.no_grad():
        for image, given in zip(images(SWIN), tuned(model, method, tensors, tmp_path)(images(SWIN))):
            x, prompts = model.patch_embed(image[None])[0], torch.zeros(0)
            for i, block in enumerate(block for layer in model.layers for block in layer.blocks):
                layer = model.layers[i // 2]
                if i % 2 == 0 and i > 0:
                    x = layer.downsample(x[None])[0]
                    prompts = layer.downsample.reduction(layer.downsample.norm(prompts.repeat(1, 4)))
                if not shallow or i == 0:
                    prompts = tensors[f"prompt.blocks.{i}"][0]
                patches, mixed = attention_with_prompts(block, block.norm1(x), block.norm1(prompts))
                x, prompts = x + patches, prompts + mixed
                x, prompts = (t + block.mlp(block.norm2(t)) for t in (x, prompts))
            read = torch.cat([prompts, x.flatten(0, 1)]) if both else x.flatten(0, 1)
            expected = F.linear(model.norm(read).mean(0), tensors["head.weight"], tensors["head.bias"])
            assert (given - expected).abs().max() < 1e-5


@pytest.mark.parametrize("spec, method, message", [
    (SWIN, {"type": "classToken"}, "needs a class token, and the backbone swin has none"),
    (SWIN, {"type": "pad"}, "method pad needs a backbone that takes images of any size, and swin takes 40 × 56 only"),
    (SWIN, {"type": "prompt", "shared": True}, r"shared needs prompted blocks of one width, .* \[8, 16, 32\]"),
    (CONVNEXT, {"type": "prompt"}, "method prompt needs places of the kind attention, and the backbone convnext has none"),
    (CONVNEXT, {"type": "convpass"}, "method convpass needs places of the kind attention"),
    (CONVNEXT, {"type": "adapter", "placement": "houlsby"}, "method adapter needs places of the kind attention"),
    (CONVNEXT, {"type": "lora"}, "convnext has no attn.q; it has downsample.1, mlp.fc1, mlp.fc2"),
])  # fmt: skip
def test_what_a_family_has_no_site_for_is_refused(spec, method, message):
    with pytest.raises(inlay.TaskError, match=message):
        inlay.shapes_of(method, own(spec), 3)


def test_convpass_has_no_place_for_tokens_of_others(tmp_path):
    model, method = randomize(own(SWIN)), {"type": "sum", "of": [SWIN_METHODS["shallow"], SWIN_METHODS["convpass"]]}
    with pytest.raises(inlay.TaskError, match="convpass: expected 140 tokens, found 143"):
        tuned(model, method, drawn(method, model, 3), tmp_path)(images(SWIN))


@pytest.mark.parametrize("spec, change, found", [
    (SWIN, lambda m: setattr(m.layers[1].blocks[1], "shift_size", (1, 1)), "layers.1.blocks.1 with a shift of"),
    (SWIN, lambda m: setattr(m.layers[0].blocks[0], "window_size", (5, 5)), "layers.0.blocks.1 with a window of"),
    (SWIN, lambda m: setattr(m.layers[0].blocks[0].mlp, "act", torch.nn.Tanh()), "the activation Tanh"),
    (SWIN, lambda m: setattr(m.norm, "eps", 1e-6), "LayerNorms of eps"),
    (SWIN, lambda m: delattr(m.layers[1].downsample, "norm"), "without layers.1.downsample.norm"),
    (CONVNEXT, lambda m: setattr(m.stages[1].blocks[0], "gamma", None), "without stages.1.blocks.0.gamma"),
    (CONVNEXT, lambda m: setattr(m, "norm_pre", torch.nn.LayerNorm(16)), "norm_pre"),
    (CONVNEXT, lambda m: setattr(m.stages[2].downsample[1], "stride", (1, 1)), "stages.2 that does not halve"),
    (CONVNEXT, lambda m: setattr(m.stages[0].blocks[0].conv_dw, "dilation", (2, 2)), "the convolution Conv2d"),
])  # fmt: skip
def test_what_inlay_has_no_name_for_is_refused(make, spec, change, found):
    model = make(spec)
    change(model)
    with pytest.raises(inlay.TaskError, match=found):
        inlay.backbone_of(model)


def test_a_network_of_no_family_is_refused():
    with pytest.raises(inlay.TaskError, match="one of VisionTransformer, SwinTransformer, ConvNeXt, found Linear"):
        inlay.backbone_of(torch.nn.Linear(2, 2))


def test_a_task_of_another_family_is_refused(tmp_path):
    model = randomize(own(SWIN))
    tuned(model, {"type": "linear"}, drawn({"type": "linear"}, model, 3), tmp_path)
    with pytest.raises(inlay.TaskError, match="is a task of a swin, but was given a vit"):
        inlay.load(tmp_path / "task.safetensors").attach(own(PLAIN))


def test_a_convnext_takes_images_of_the_tasks_size(make, tmp_path):
    model, method = randomize(make(CONVNEXT)), {"type": "linear"}
    backbone = inlay.backbone_of(model, "larger").for_images(64, 48)
    inlay.save_task(tmp_path / "task", method, drawn(method, model, 3), backbone, CLASSES)
    task = inlay.load(tmp_path / "task")
    assert (task.backbone_name, task.backbone_spec) == ("larger", {**CONVNEXT, "height": 64, "width": 48})
    assert task.attach(model)(torch.zeros(1, 3, 64, 48)).shape == (1, 3)


def test_a_window_larger_than_the_image_is_one_of_the_whole_image(make, tmp_path):
    spec = {**EVEN, "window": 20}
    model = randomize(make(spec))
    tuned(model, {"type": "linear"}, drawn({"type": "linear"}, model, 3), tmp_path)
    task = inlay.load(tmp_path / "task.safetensors")
    assert task.backbone_spec["window"] == 16
    task.backbone_spec["window"] = 20
    assert task.attach(model)(images(spec)).shape == (2, 3)
    task.backbone_spec["window"] = 8
    with pytest.raises(inlay.TaskError, match="create it with the sizes and options of the task"):
        task.attach(model)
