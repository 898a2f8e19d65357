"""What bench/side_by_side makes of figures, and that what PyTorch computes is the same in every mode. Run by scripts/interop."""

import json

import pytest
import side_by_side

VIT = {"family": "vit", "height": 32, "width": 32, "patch": 8, "dim": 24, "depth": 2, "heads": 2, "hidden": 32}
LORA = {"type": "lora", "rank": 2, "operations": ["attn.q", "attn.v"]}
SPT = {"type": "spt", "module": "lora", "budget": 600}
PLAN = {
    "rule": {"rank": 2, "module": "lora", "classToken": True},
    "vectors": ["blocks.0.norm1.weight"],
    "sparse": {
        "blocks.0.attn.q.weight": [0, 30, 575],
        "blocks.1.attn.v.weight": [7],
        "blocks.1.attn.v.bias": [3],
        "blocks.1.norm2.bias": [1, 5],
        "blocks.1.mlp.fc1.weight": [100],
    },
    "matrices": ["blocks.1.attn.v.weight", "blocks.0.mlp.fc2.weight"],
}


def seconds(*values):
    return {"seconds": list(values), "processorSeconds": [2 * value for value in values]}


def a_case(**changed):
    measured = {"inlay": seconds(1.0, 1.2, 1.1), "slow bf16": seconds(2.0, 2.0, 0.1), "fast bf16 compiled": seconds(1.5, 1.8, 1.6)}
    ratios = {
        name: {key: [b / a for a, b in zip(measured["inlay"][key], values[key])] for key in values} for name, values in measured.items()
    }
    case = {
        "work": {"name": "step vit_base_patch16_224 linear 16 bf16", "precision": "bf16"},
        "measured": measured,
        "ratios": ratios,
        "fastest": side_by_side.fastest(measured),
        "rate": 600e9,
        "leftOut": {},
    }
    return {**case, **changed}


def test_a_row_names_the_peer_with_the_shortest_median_turn():
    (row,) = side_by_side.time_rows(a_case(), {"float32": 400e9, "bf16": 800e9})
    assert row == [
        "step vit_base_patch16_224 linear 16 bf16",
        "1.1000",
        "fast bf16 compiled",
        "1.6000",
        "1.50",
        "1.45 to 1.50",
        "1.50",
        "75 %",
        "",
    ]
    assert len(row) == len(side_by_side.TABLES["time"][0])


def test_a_row_says_which_peers_are_missing_and_why():
    left = {
        "onnxruntime float32": "onnxruntime is not installed",
        "onnxruntime int8": "onnxruntime is not installed",
        "timm bf16 compiled": "InvalidCxxCompiler: No working C++ compiler found",
    }
    alone = {"inlay": seconds(1.0)}
    (row,) = side_by_side.time_rows(a_case(leftOut=left, measured=alone, fastest=side_by_side.fastest(alone)), {"bf16": 600e9})
    assert row[2:] == ["none", "", "", "", "", "100 %", "onnxruntime is not installed; timm bf16 compiled failed"]


@pytest.mark.parametrize(
    "tried, behind",
    [
        ({"a": 1.0}, []),
        ({"a": 1.0, "b": 1.2}, []),
        ({"a": 1.0, "b": 1.6, "c": 1.4}, ["b"]),
        ({"a": 3.0, "b": 1.6, "c": 1.0}, ["a", "b"]),
    ],
)
def test_peers_far_behind_the_fastest_take_no_turns(tried, behind):
    assert side_by_side.far_behind(tried) == behind


@pytest.mark.parametrize("name, hopeless", [("a compiled", False), ("b compiled", True), ("b", False), ("c compiled", False)])
def test_what_is_far_slower_than_the_fastest_is_not_compiled(name, hopeless):
    assert side_by_side.is_hopeless(name, {"inlay": 0.1, "a": 1.0, "b": 2.6}) == hopeless


def test_other_work_is_refused():
    with pytest.raises(RuntimeError, match="not the same work: 10 numbers are trained, not 12"):
        side_by_side.require_same_work({"trainable": 10}, {"trainable": 12})


@pytest.fixture(scope="module")
def peer_bench():
    for name in ("torch", "timm", "peft"):
        pytest.importorskip(name)
    import peer_bench

    return peer_bench


def work(stage, settings, precision):
    return {"stage": stage, "backbone": json.dumps(VIT), "settings": json.dumps(settings), "batch": 2, "precision": precision}


def test_a_case_in_bf16_has_the_peers_of_float32_too(peer_bench):
    step = peer_bench.peers(work("step", SPT, "float32"))
    assert [name for name in step if "medium" not in name] == [
        "diagonal float32",
        "dense float32",
        "diagonal float32 compiled",
        "dense float32 compiled",
    ]
    rounded = peer_bench.peers(work("step", SPT, "bf16"))
    assert set(step) < set(rounded)
    assert {"diagonal bf16", "dense bf16 compiled", "dense float32-medium"} < set(rounded)
    prediction = peer_bench.peers(work("prediction", LORA, "float32"))
    assert {"peft-split float32", "peft-split float32 compiled", "onnxruntime float32"} <= set(prediction)
    assert not any("int8" in name or "bf16" in name for name in prediction)
    assert {"peft-split all-bf16 compiled", "onnxruntime int8", *prediction} < set(peer_bench.peers(work("prediction", LORA, "bf16")))
    assert peer_bench.peers({"stage": "step", "settings": '{"type": "convpass"}', "precision": "bf16"}) == []


def test_medium_products_are_peers_in_float32_only_if_they_are_float32(peer_bench, monkeypatch):
    import torch

    for is_float32 in (True, False):
        monkeypatch.setattr(peer_bench, "medium_is_float32", lambda: is_float32)
        assert ("timm float32-medium" in peer_bench.peers(work("step", {"type": "linear"}, "float32"))) == is_float32
        assert "timm float32-medium" in peer_bench.peers(work("step", {"type": "linear"}, "bf16"))
    assert torch.get_float32_matmul_precision() == "highest"


@pytest.mark.parametrize("peer", ["peft-split bf16", "peft-fused bf16", "diagonal bf16", "dense bf16", "diagonal float32"])
def test_steps_in_either_precision_lower_the_loss_and_train_in_float32(peer_bench, peer):
    worker = peer_bench.Worker()
    settings, plan = (LORA, None) if peer.startswith("peft") else (SPT, PLAN)
    worker.open({"work": work("step", settings, peer.split()[1]), "plan": plan, "peer": peer})
    losses = worker.run({"times": 4})["results"]
    assert losses == sorted(losses, reverse=True)
    trained = [parameter for group in worker.stage.optimizer.param_groups for parameter in group["params"]]
    assert {str(parameter.dtype) for parameter in trained} == {"torch.float32"}
    assert sum(parameter.numel() for parameter in trained) == worker.stage.trainable


@pytest.mark.parametrize("settings, way", [(LORA, "peft-split"), ({**LORA, "type": "dora"}, "peft-split"), (SPT, "diagonal")])
def test_what_is_merged_computes_the_same(peer_bench, settings, way):
    import torch

    model, tuned = peer_bench.tune(work("prediction", settings, "float32"), PLAN, peer_bench.Mode(way + " float32"), None)
    network = tuned.model.eval()
    images, _ = peer_bench.pictures(model, 2)
    with torch.no_grad():
        for parameter in tuned.trained():
            parameter.add_(0.05 * torch.randn_like(parameter))
        before = network(images)
        layers = len(list(network.modules()))
        peer_bench.merge(network.requires_grad_(False))
        torch.testing.assert_close(network(images), before, rtol=1e-4, atol=1e-4)
    assert len(list(network.modules())) < layers


@pytest.mark.parametrize("peer, error", [("float32", 1e-4), ("int8", 0.2)])
def test_onnx_runtime_computes_the_same(peer_bench, peer, error):
    for name in ("onnx", "onnxruntime"):
        pytest.importorskip(name)
    import torch

    model = peer_bench.backbone(json.dumps(VIT)).eval().requires_grad_(False)
    images, _ = peer_bench.pictures(model, 2)
    torch.nn.init.normal_(model.head.weight)
    logits = peer_bench.onnx_logits(model, images, peer)(images)
    assert ((logits - model(images)).norm() / logits.norm()).item() < error
