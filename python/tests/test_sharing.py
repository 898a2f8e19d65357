"""Many tasks on one network: what one does is no matter to the network, to other tasks, or to passes in other threads."""

import copy
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from networks import own, randomize, timms
from samples import BACKBONES, METHODS, PLAIN, SWIN, SWIN_METHODS, drawn

import inlay

CLASSES = ["a", "b", "c"]
SHARED = [(PLAIN, METHODS["convpass_beside_prompts"]), (SWIN, SWIN_METHODS["convpass_beside_prompts"]), (SWIN, SWIN_METHODS["shallow"])]


def tuned(network, method, tmp_path):
    inlay.save_task(tmp_path / "task", method, drawn(method, network, 3), network, CLASSES)
    return inlay.load(tmp_path / "task").attach(network)


def images(spec, count=2, seed=7):
    return torch.randn(count, 3, spec["height"], spec["width"], generator=torch.Generator().manual_seed(seed))


def test_a_task_is_attached_while_another_is_being_trained(make, tmp_path):
    network = randomize(make(PLAIN))
    first = tuned(network, METHODS["lora"], tmp_path)
    loss = first(images(PLAIN)).sum()
    tuned(network, METHODS["full"], tmp_path)
    loss.backward()
    assert all(value.requires_grad != name.startswith("backbone.") for name, value in first.named_parameters())
    assert all(value.requires_grad and value.grad is None for value in network.parameters())


def test_a_task_takes_another_type_alone(make, tmp_path):
    network = randomize(make(PLAIN))
    first, second = (tuned(network, METHODS[name], tmp_path) for name in ("spt_lora", "deep"))
    with torch.no_grad():
        expected, alone = second(images(PLAIN)), network(images(PLAIN))
        assert first.double()(images(PLAIN).double()).dtype == torch.float64
        assert torch.equal(second(images(PLAIN)), expected)
        assert torch.equal(network(images(PLAIN)), alone)


def test_a_task_sees_what_becomes_of_the_weights(make, tmp_path):
    network, method = randomize(make(PLAIN)), METHODS["bias"]
    model = tuned(network, method, tmp_path)
    with torch.no_grad():
        before = model(images(PLAIN))
        network.blocks[1].mlp.fc1.weight.mul_(2)
        assert (model(images(PLAIN)) - before).abs().max() > 1e-4


@pytest.mark.parametrize("spec, method", SHARED)
def test_passes_in_several_threads_know_nothing_of_each_other(make, spec, method, tmp_path):
    model = tuned(randomize(make(spec)), method, tmp_path)
    batches = [images(spec, 1 + i % 3, i) for i in range(24)]

    def logits(batch):
        with torch.no_grad():
            return model(batch)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(logits, batches))
    assert all(torch.equal(given, logits(batch)) for given, batch in zip(found, batches))


@pytest.mark.parametrize("spec, block", [(PLAIN, "blocks.1"), (SWIN, "layers.1.blocks.1")])
def test_nothing_is_dropped_in_training(make, spec, block, tmp_path):
    network = randomize(make(spec))
    network.get_submodule(block).drop_path1 = torch.nn.Dropout(0.5)
    model = tuned(network, {"type": "lora"}, tmp_path)
    assert torch.equal(model.train()(images(spec)), model.eval()(images(spec)))
    assert network.train().get_submodule(block).drop_path1.training


def test_what_hooks_hand_on_is_forgotten_behind_a_pass(make, tmp_path):
    model = tuned(randomize(make(SWIN)), SWIN_METHODS["convpass_beside_prompts"], tmp_path)
    model(images(SWIN))
    assert not inlay.hooks._memory.held


def test_a_network_without_the_modules_that_are_hooked_is_refused(make):
    network = copy.deepcopy(make(PLAIN))
    del network.blocks[1].drop_path2
    with pytest.raises(inlay.TaskError, match="without blocks.1.drop_path2"):
        inlay.backbone_of(network)


def test_a_dinov3_of_fixed_size_takes_images_of_the_tasks_size(tmp_path):
    pytest.importorskip("timm", reason="timm is not installed")
    spec = BACKBONES["dinov3"]
    larger = {**spec, "height": 32}
    network = randomize(timms(spec, fixed=True))
    backbone, method = inlay.backbone_of(network).for_images(32, 24), {"type": "lora"}
    inlay.save_task(tmp_path / "task", method, drawn(method, network, 3), backbone, CLASSES)
    task = inlay.load(tmp_path / "task")
    with torch.no_grad():
        expected = task.attach(randomize(own(spec)))(images(larger))
        assert (task.attach(network)(images(larger)) - expected).abs().max() < 1e-5
    assert tuple(network.patch_embed.img_size) == (16, 24)
