package dev.inlay.interop;

import static dev.inlay.interop.InteropCases.adapter;
import static dev.inlay.interop.InteropCases.prompt;

import dev.inlay.plan.FlatIndices;
import dev.inlay.plan.ModuleKind;
import dev.inlay.tuning.Activation;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Adapter;
import dev.inlay.tuning.method.AdapterPlus;
import dev.inlay.tuning.method.Bias;
import dev.inlay.tuning.method.Convpass;
import dev.inlay.tuning.method.Dora;
import dev.inlay.tuning.method.FullFineTuning;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.Lora;
import dev.inlay.tuning.method.MlpHead;
import dev.inlay.tuning.method.Partial;
import dev.inlay.tuning.method.Planned;
import dev.inlay.tuning.method.Planned.Origin;
import dev.inlay.tuning.method.Prompt;
import dev.inlay.tuning.method.Ssf;
import dev.inlay.tuning.method.Sum;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Small Swin Transformers, and every method that they take. One has windows that do not fit, shifts in two stages, an odd
 * number of rows to merge and a last stage that is one window high; one is the kind that every library has.
 */
final class SwinCases {
    private SwinCases() {}

    static InteropCases all() {
        return InteropCases.of(backbones(), specs());
    }

    private static Map<String, String> backbones() {
        Map<String, String> specs = new LinkedHashMap<>();
        specs.put(
                "swin",
                "{\"family\":\"swin\",\"height\":40,\"width\":56,\"patch\":4,\"dim\":8,\"depths\":[2,2,2],"
                        + "\"heads\":[2,4,4],\"window\":4,\"ratio\":2}");
        specs.put(
                "swinEven",
                "{\"family\":\"swin\",\"height\":32,\"width\":32,\"patch\":2,\"dim\":8,\"depths\":[2,2,2],"
                        + "\"heads\":[2,4,4],\"window\":4,\"ratio\":4}");
        return specs;
    }

    private static Map<String, TuningSpec> specs() {
        Map<String, TuningSpec> specs = new LinkedHashMap<>();
        specs.put("linear", new HeadOnly());
        specs.put("full", new FullFineTuning());
        specs.put("bias", new Bias());
        specs.put("partial", new Partial(2));
        specs.put("mlpHead", new MlpHead(3));
        specs.put("lora", new Lora(3, 5, 0.1, List.of("attn.q", "attn.v"), List.of()));
        specs.put("loraEverywhere", new Lora(2, 3, 0, List.of(), List.of()));
        specs.put("dora", new Dora(3, 5, 0.1, List.of(), List.of()));
        specs.put("houlsby", adapter(Adapter.Placement.HOULSBY, Activation.GELU, 1));
        specs.put("pfeiffer", adapter(Adapter.Placement.PFEIFFER, Activation.RELU, 1));
        specs.put("parallel", adapter(Adapter.Placement.PARALLEL, Activation.GELU, 0.3));
        specs.put("adapterPlus", new AdapterPlus(3, 0.1, List.of()));
        specs.put("convpass", new Convpass(3, 0.5, 0.1, List.of()));
        specs.put("ssf", new Ssf(Ssf.Init.RANDOM, List.of(), List.of()));
        specs.put("ssfSomewhere", new Ssf(Ssf.Init.IDENTITY, List.of("mlp.fc1", "norm2"), List.of(1, 2)));
        specs.put("shallow", prompt(Prompt.Depth.SHALLOW, 0, false, List.of(), Prompt.Pool.CLASS_TOKEN));
        specs.put("shallowProjected", prompt(Prompt.Depth.SHALLOW, 5, false, List.of(), Prompt.Pool.PATCHES));
        specs.put("shallowPrompts", prompt(Prompt.Depth.SHALLOW, 0, false, List.of(), Prompt.Pool.PROMPTS));
        specs.put("deep", prompt(Prompt.Depth.DEEP, 0, false, List.of(), Prompt.Pool.CLASS_TOKEN));
        specs.put("deepShared", prompt(Prompt.Depth.DEEP, 5, true, List.of(2, 3), Prompt.Pool.CLASS_TOKEN));
        specs.put("deepPrompts", prompt(Prompt.Depth.DEEP, 0, false, List.of(), Prompt.Pool.PROMPTS));
        specs.put("deepBoth", prompt(Prompt.Depth.DEEP, 0, false, List.of(), Prompt.Pool.PATCHES_AND_PROMPTS));
        specs.put("sptLora", planned(ModuleKind.LORA, Map.of(), Origin.PAPER));
        specs.put("sptAdapter", planned(ModuleKind.ADAPTER, Map.of(), Origin.PAPER));
        specs.put("sptMixed", planned(ModuleKind.LORA, Map.of("mlp.fc1", ModuleKind.SSF), Origin.PAPER));
        specs.put("sptSeedLora", planned(ModuleKind.LORA, Map.of(), Origin.SEED));
        specs.put("sptSeedAdapter", planned(ModuleKind.ADAPTER, Map.of(), Origin.SEED));
        specs.put(
                "sum",
                new Sum(List.of(
                        new Lora(2, 2, 0, List.of("attn.k", "downsample.reduction"), List.of()),
                        new Ssf(Ssf.Init.RANDOM, List.of(), List.of()),
                        new MlpHead(2),
                        prompt(Prompt.Depth.SHALLOW, 0, false, List.of(), Prompt.Pool.CLASS_TOKEN),
                        planned(ModuleKind.ADAPTER, Map.of(), Origin.PAPER))));
        return specs;
    }

    /** Modules, whole vectors and tables, individual weights of each kind of tensor, and prompts. */
    private static Planned planned(ModuleKind module, Map<String, ModuleKind> exceptions, Origin origin) {
        Map<String, FlatIndices> sparse = new LinkedHashMap<>();
        sparse.put("layers.0.blocks.1.norm2.weight", FlatIndices.of(3, 4));
        sparse.put("layers.0.blocks.0.attn.k.weight", FlatIndices.of(0, 17, 63));
        sparse.put("layers.1.blocks.1.attn.q.bias", FlatIndices.of(11));
        sparse.put("layers.1.downsample.reduction.weight", FlatIndices.of(5, 400));
        return InteropCases.planned(
                InteropCases.rule(module, exceptions, 0),
                List.of(
                        "layers.0.blocks.0.attn.q.weight",
                        "layers.0.blocks.1.attn.proj.weight",
                        "layers.1.blocks.0.mlp.fc1.weight"),
                List.of("layers.0.blocks.0.norm1.bias", "layers.1.blocks.0.attn.v.bias"),
                List.of("prompt.blocks.1.0", "prompt.blocks.1.2", "prompt.blocks.2.1"),
                sparse,
                origin);
    }
}
