package dev.inlay.interop;

import static dev.inlay.interop.InteropCases.adapter;

import dev.inlay.plan.FlatIndices;
import dev.inlay.plan.ModuleKind;
import dev.inlay.tuning.Activation;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Adapter;
import dev.inlay.tuning.method.AdapterPlus;
import dev.inlay.tuning.method.Bias;
import dev.inlay.tuning.method.Dora;
import dev.inlay.tuning.method.FullFineTuning;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.Lora;
import dev.inlay.tuning.method.MlpHead;
import dev.inlay.tuning.method.Pad;
import dev.inlay.tuning.method.Partial;
import dev.inlay.tuning.method.Planned;
import dev.inlay.tuning.method.Planned.Origin;
import dev.inlay.tuning.method.Ssf;
import dev.inlay.tuning.method.Sum;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A small ConvNeXt in whose stages rows and columns are left over, and every method that it takes. */
final class ConvNeXtCases {
    private ConvNeXtCases() {}

    static InteropCases all() {
        return InteropCases.of(backbones(), specs());
    }

    private static Map<String, String> backbones() {
        return Map.of(
                "convnext",
                "{\"family\":\"convnext\",\"height\":37,\"width\":60,\"patch\":4,\"depths\":[1,1,2,1],"
                        + "\"dims\":[6,8,12,16]}");
    }

    private static Map<String, TuningSpec> specs() {
        Map<String, TuningSpec> specs = new LinkedHashMap<>();
        specs.put("linear", new HeadOnly());
        specs.put("full", new FullFineTuning());
        specs.put("bias", new Bias());
        specs.put("partial", new Partial(2));
        specs.put("mlpHead", new MlpHead(3));
        specs.put("lora", new Lora(3, 5, 0.1, List.of("mlp.fc1", "downsample.1"), List.of()));
        specs.put("loraEverywhere", new Lora(2, 3, 0, List.of(), List.of()));
        specs.put("loraLayers", new Lora(2, 3, 0, List.of("mlp.fc1", "mlp.fc2"), List.of()));
        specs.put("dora", new Dora(3, 5, 0.1, List.of(), List.of()));
        specs.put("pfeiffer", adapter(Adapter.Placement.PFEIFFER, Activation.RELU, 1));
        specs.put("parallel", adapter(Adapter.Placement.PARALLEL, Activation.GELU, 0.3));
        specs.put("adapterPlus", new AdapterPlus(3, 0.1, List.of()));
        specs.put("ssf", new Ssf(Ssf.Init.RANDOM, List.of(), List.of()));
        specs.put("ssfSomewhere", new Ssf(Ssf.Init.IDENTITY, List.of("mlp.fc1", "norm"), List.of(1, 2)));
        specs.put("pad", new Pad(5, Pad.Init.UNIFORM));
        specs.put("padGaussian", new Pad(3, Pad.Init.GAUSSIAN));
        specs.put("sptLora", planned(ModuleKind.LORA, Map.of(), Origin.PAPER));
        specs.put("sptAdapter", planned(ModuleKind.ADAPTER, Map.of(), Origin.PAPER));
        specs.put("sptMixed", planned(ModuleKind.LORA, Map.of("mlp.fc1", ModuleKind.SSF), Origin.PAPER));
        specs.put("sptSeedLora", planned(ModuleKind.LORA, Map.of(), Origin.SEED));
        specs.put("sptSeedAdapter", planned(ModuleKind.ADAPTER, Map.of(), Origin.SEED));
        specs.put(
                "sum",
                new Sum(List.of(
                        new Pad(2, Pad.Init.UNIFORM),
                        new Lora(2, 2, 0, List.of("downsample.1"), List.of()),
                        new Ssf(Ssf.Init.RANDOM, List.of(), List.of()),
                        new MlpHead(2),
                        planned(ModuleKind.ADAPTER, Map.of(), Origin.PAPER))));
        return specs;
    }

    /** Modules, whole vectors, and individual weights of each kind of tensor. */
    private static Planned planned(ModuleKind module, Map<String, ModuleKind> exceptions, Origin origin) {
        Map<String, FlatIndices> sparse = new LinkedHashMap<>();
        sparse.put("stages.0.blocks.0.norm.weight", FlatIndices.of(3, 4));
        sparse.put("stages.1.blocks.0.gamma", FlatIndices.of(7));
        sparse.put("stages.1.blocks.0.mlp.fc2.weight", FlatIndices.of(0, 17, 63));
        sparse.put("stages.2.downsample.1.weight", FlatIndices.of(5, 300));
        return InteropCases.planned(
                InteropCases.rule(module, exceptions, 0),
                List.of(
                        "stages.1.downsample.1.weight",
                        "stages.2.blocks.1.mlp.fc1.weight",
                        "stages.3.blocks.0.mlp.fc2.weight"),
                List.of("stages.0.blocks.0.norm.bias", "stages.2.blocks.0.conv_dw.bias"),
                List.of(),
                sparse,
                origin);
    }
}
