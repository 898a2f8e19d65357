import json

import pytest
import torch
from samples import BACKBONES, METHODS, PLAIN, drawn
from networks import own, randomize

import inlay
from inlay import tensorfile

CLASSES = ["ash", "Bärlauch", "苔"]


def saved(tmp_path, name="lora", vit=None, **more):
    vit = vit or randomize(own(PLAIN))
    path = tmp_path / f"{name}.safetensors"
    inlay.save_task(path, METHODS[name], drawn(METHODS[name], vit, 3), vit, CLASSES, **more)
    return path, vit


@pytest.mark.parametrize("name", METHODS)
def test_reading_and_writing_gives_the_same_bytes(name, tmp_path):
    path, vit = saved(tmp_path, name)
    task = inlay.load(path)
    task.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()
    method = {"type": task.method, **task.spec}
    inlay.save_task(tmp_path / "anew", method, task.tensors, vit, task.class_names)
    assert (tmp_path / "anew").read_bytes() == path.read_bytes()
    model = task.attach(vit)
    assert list(model.tensors()) == list(task.tensors)
    assert all(torch.equal(value, task.tensors[key]) for key, value in model.tensors().items())


def test_a_task_says_what_it_was_given(tmp_path):
    transform = {"height": 16, "width": 24}
    path, vit = saved(tmp_path, transform=transform, metrics={"test.top1": 0.5}, provenance={"seed": "3"})
    task = inlay.load(path)
    assert task.method == "lora"
    assert task.spec == {"rank": 3, "alpha": 5.0, "dropout": 0.0, "operations": ["attn.q", "attn.v"], "blocks": []}
    assert (task.class_names, task.transform) == (CLASSES, transform)
    assert (task.metrics, task.provenance) == ({"test.top1": 0.5}, {"seed": "3"})
    assert (task.backbone_spec, task.fingerprint) == (PLAIN, inlay.backbone_of(vit).fingerprint())
    assert (task.temperature, "temperature" in task.metadata) == (1, False)
    assert json.loads(task.metadata["parameters"]) == {"modules": 6 * 3 * 24, "head": 39}


def test_a_temperature_other_than_1_is_an_optional_key(tmp_path):
    path, _ = saved(tmp_path, temperature=1.25)
    task = inlay.load(path)
    assert (task.temperature, task.metadata["temperature"]) == (1.25, "1.25")
    task.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_a_task_of_masks_is_refused_with_the_way_to_go(tmp_path):
    path, vit = saved(tmp_path)
    tensors, metadata = tensorfile.read(path)
    tensorfile.write(path, tensors, metadata | {"labels": json.dumps({"kind": "masks"})})
    task = inlay.load(path)
    assert task.labels == {"kind": "masks"}
    with pytest.raises(inlay.TaskError, match="gives every pixel a class.*inlay export --to onnx"):
        task.attach(vit)


def test_other_weights_are_refused_by_their_fingerprint(make, tmp_path):
    path, vit = saved(tmp_path)
    other = randomize(make(PLAIN))
    assert inlay.load(path).attach(other)(torch.zeros(1, 3, 16, 24)).shape == (1, 3)
    with torch.no_grad():
        other.blocks[2].mlp.fc2.bias[3] += 1e-3
    with pytest.raises(inlay.TaskError, match=f"fingerprint {inlay.backbone_of(vit).fingerprint()}, but was given"):
        inlay.load(path).attach(other)


@pytest.mark.parametrize("key, value", [("heads", 3), ("eps", 1e-5), ("globalPool", "avg"), ("mlp", "quick_gelu")])
def test_the_same_weights_under_other_sizes_are_refused(make, key, value, tmp_path):
    path, vit = saved(tmp_path)
    with pytest.raises(inlay.TaskError, match="create it with the sizes and options of the task"):
        inlay.load(path).attach(randomize(make({**PLAIN, key: value})))


def test_a_task_of_another_family_is_refused(tmp_path):
    path, vit = saved(tmp_path)
    task = inlay.load(path)
    task.backbone_spec["family"] = "swin"
    with pytest.raises(inlay.TaskError, match="a task of a swin"):
        task.attach(vit)


@pytest.mark.parametrize("change, message", [
    (lambda t: t.pop("lora.blocks.1.attn.q.A"), r"missing tensor lora.blocks.1.attn.q.A \[3, 12\]"),
    (lambda t: t.update({"lora.blocks.1.attn.k.A": torch.zeros(3, 12)}), "unexpected tensors: lora.blocks.1.attn.k.A"),
    (lambda t: t.update({"head.bias": torch.zeros(4)}), r"tensor head.bias: expected float32 \[3\], found .* \[4\]"),
    (lambda t: t["head.bias"].fill_(float("nan")), "head.bias: expected finite numbers"),
])  # fmt: skip
def test_tensors_that_do_not_fit_are_refused_and_nothing_is_written(change, message, tmp_path):
    vit = randomize(own(PLAIN))
    tensors = drawn(METHODS["lora"], vit, 3)
    change(tensors)
    with pytest.raises(inlay.TaskError, match=message):
        inlay.save_task(tmp_path / "task", METHODS["lora"], tensors, vit, CLASSES)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("method, message", [
    ({"type": "lorra"}, "method type: expected one of .*lora, .*, found lorra"),
    ({"type": "lora", "rnk": 3}, "method lora: unknown key rnk; it has rank"),
    ({"type": "spt"}, "method spt: missing plan"),
    ({"type": "partial", "blocks": 4}, "method partial: 4 blocks of 3"),
    ({"type": "lora", "blocks": [3]}, "the backbone has 3 blocks, found"),
    ({"type": "sum", "of": [{"type": "lora"}, {"type": "lora"}]}, "two parts of the method tune lora.blocks.0.attn.q.A"),
])  # fmt: skip
def test_methods_that_make_no_sense_are_refused(method, message):
    with pytest.raises(inlay.TaskError, match=message):
        inlay.shapes_of(method, own(PLAIN), 3)


def test_damaged_files_are_refused(tmp_path):
    path, _ = saved(tmp_path)
    whole = path.read_bytes()
    for damaged in (b"", whole[:4], whole[:100], whole[:-1], b"\xff" * 8 + whole[8:], whole.replace(b'"F32"', b'"F64"', 1)):
        path.write_bytes(damaged)
        with pytest.raises(inlay.TaskError, match="expected a safetensors file of F32 and I32 tensors"):
            inlay.load(path)
    path.write_bytes(whole.replace(b"inlay-task-1", b"inlay-task-2", 1))
    with pytest.raises(inlay.TaskError, match="key 'format': expected inlay-task-1, found inlay-task-2"):
        inlay.load(path)


def test_files_are_those_of_the_safetensors_package(tmp_path):
    safetensors = pytest.importorskip("safetensors.torch", reason="safetensors is not installed")
    path, _ = saved(tmp_path, "spt_lora")
    tensors, metadata = tensorfile.read(path)
    theirs = safetensors.load_file(path)
    assert theirs.keys() == tensors.keys()
    assert all(torch.equal(value, tensors[key]) for key, value in theirs.items())
    safetensors.save_file(tensors, tmp_path / "theirs", metadata)
    again, pairs = tensorfile.read(tmp_path / "theirs")
    assert pairs == metadata
    assert all(torch.equal(value, tensors[key]) for key, value in again.items())


@pytest.mark.parametrize("name", BACKBONES)
def test_tasks_go_on_every_kind_of_vision_transformer(make, name, tmp_path):
    method = "houlsby" if BACKBONES[name].get("qkvBias") == "none" else "spt_adapter"  # the plan names biases of values
    path, _ = saved(tmp_path, method, randomize(own(BACKBONES[name])))
    assert inlay.load(path).attach(randomize(make(BACKBONES[name])))(torch.zeros(1, 3, 16, 24)).shape == (1, 3)
