package dev.inlay.interop;

import static dev.inlay.interop.InteropCases.adapter;
import static dev.inlay.interop.InteropCases.prompt;

import dev.inlay.plan.BlockWidth;
import dev.inlay.plan.FlatIndices;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanCost;
import dev.inlay.plan.PlanSource;
import dev.inlay.tuning.Activation;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Adapter;
import dev.inlay.tuning.method.AdapterPlus;
import dev.inlay.tuning.method.Bias;
import dev.inlay.tuning.method.ClassToken;
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
import java.util.OptionalLong;

/** Small Vision Transformers with every option, and every method that they take. */
final class VitCases {
    private static final String SIZES =
            "\"height\":16,\"width\":24,\"patch\":8,\"dim\":12,\"depth\":3,\"heads\":2,\"hidden\":24";
    private static final int DIM = 12;

    private VitCases() {}

    static InteropCases all() {
        return InteropCases.of(backbones(), specs());
    }

    private static Map<String, String> backbones() {
        Map<String, String> specs = new LinkedHashMap<>();
        specs.put("plain", "{" + SIZES + "}");
        specs.put("average", "{" + SIZES + ",\"globalPool\":\"avg\",\"fcNorm\":true}");
        specs.put(
                "dinov2",
                "{" + SIZES + ",\"layerScale\":true,\"regTokens\":2,\"noEmbedClass\":true,\"mlp\":\"swiglu\"}");
        specs.put("clip", "{" + SIZES + ",\"eps\":1e-5,\"preNorm\":true,\"mlp\":\"quick_gelu\"}");
        specs.put("distilled", "{" + SIZES + ",\"distilled\":true}");
        specs.put(
                "dinov3",
                "{" + SIZES.replace("\"heads\":2", "\"heads\":3") + ",\"eps\":1e-5,\"globalPool\":\"avg\","
                        + "\"layerScale\":true,\"regTokens\":2,\"qkvBias\":\"query_value\",\"rope\":true}");
        return specs;
    }

    private static Map<String, TuningSpec> specs() {
        Map<String, TuningSpec> specs = new LinkedHashMap<>();
        specs.put("linear", new HeadOnly());
        specs.put("full", new FullFineTuning());
        specs.put("bias", new Bias());
        specs.put("partial", new Partial(2));
        specs.put("classToken", new ClassToken(true));
        specs.put("mlpHead", new MlpHead(3));
        specs.put("lora", new Lora(3, 5, 0.1, List.of("attn.q", "attn.v"), List.of()));
        specs.put("loraEverywhere", new Lora(2, 3, 0, List.of(), List.of(-1, 0)));
        specs.put("dora", new Dora(3, 5, 0.1, List.of(), List.of()));
        specs.put("houlsby", adapter(Adapter.Placement.HOULSBY, Activation.GELU, 1));
        specs.put("pfeiffer", adapter(Adapter.Placement.PFEIFFER, Activation.RELU, 1));
        specs.put("parallel", adapter(Adapter.Placement.PARALLEL, Activation.GELU, 0.3));
        specs.put("adapterPlus", new AdapterPlus(3, 0.1, List.of()));
        specs.put("convpass", new Convpass(3, 0.5, 0.1, List.of()));
        specs.put("ssf", new Ssf(Ssf.Init.RANDOM, List.of(), List.of()));
        specs.put("ssfSomewhere", new Ssf(Ssf.Init.IDENTITY, List.of("mlp.fc1", "norm2"), List.of(1)));
        specs.put("shallow", prompt(Prompt.Depth.SHALLOW, 0, false, List.of(), Prompt.Pool.CLASS_TOKEN));
        specs.put("shallowPatches", prompt(Prompt.Depth.SHALLOW, 5, false, List.of(), Prompt.Pool.PATCHES));
        specs.put("shallowPrompts", prompt(Prompt.Depth.SHALLOW, 0, false, List.of(), Prompt.Pool.PROMPTS));
        specs.put("deep", prompt(Prompt.Depth.DEEP, 0, false, List.of(), Prompt.Pool.CLASS_TOKEN));
        specs.put("deepShared", prompt(Prompt.Depth.DEEP, 5, true, List.of(0, -1), Prompt.Pool.CLASS_TOKEN));
        specs.put("deepPatches", prompt(Prompt.Depth.DEEP, 0, false, List.of(), Prompt.Pool.PATCHES));
        specs.put("deepPrompts", prompt(Prompt.Depth.DEEP, 0, false, List.of(), Prompt.Pool.PROMPTS));
        specs.put("deepBoth", prompt(Prompt.Depth.DEEP, 0, false, List.of(), Prompt.Pool.PATCHES_AND_PROMPTS));
        specs.put("sptLora", planned(ModuleKind.LORA, Map.of(), Origin.PAPER));
        specs.put("sptAdapter", planned(ModuleKind.ADAPTER, Map.of(), Origin.PAPER));
        specs.put("sptWidths", widths());
        specs.put("sptMixed", planned(ModuleKind.LORA, Map.of("mlp.fc1", ModuleKind.SSF), Origin.PAPER));
        specs.put("sptSeedLora", planned(ModuleKind.LORA, Map.of(), Origin.SEED));
        specs.put("sptSeedAdapter", planned(ModuleKind.ADAPTER, Map.of(), Origin.SEED));
        specs.put(
                "sum",
                new Sum(List.of(
                        new Lora(2, 2, 0, List.of("attn.k"), List.of()),
                        new Ssf(Ssf.Init.RANDOM, List.of(), List.of()),
                        new MlpHead(2),
                        prompt(Prompt.Depth.SHALLOW, 0, false, List.of(), Prompt.Pool.CLASS_TOKEN),
                        planned(ModuleKind.ADAPTER, Map.of(), Origin.PAPER))));
        return specs;
    }

    /** Bottlenecks of two widths behind blocks, and individual weights. */
    private static Planned widths() {
        List<BlockWidth> blocks =
                List.of(new BlockWidth(0, DIM, 1, 3), new BlockWidth(1, DIM, 1, 0), new BlockWidth(2, DIM, 1, 1));
        Map<String, FlatIndices> sparse = Map.of("blocks.1.mlp.fc2.weight", FlatIndices.of(5));
        long modules = blocks.stream().mapToLong(BlockWidth::parameters).sum();
        Plan plan = new Plan(
                InteropCases.rule(ModuleKind.ADAPTER_PLUS, Map.of(), 0),
                List.of(),
                List.of(),
                List.of(),
                blocks,
                sparse,
                new PlanCost(modules, 0, 1, 0),
                0,
                OptionalLong.empty(),
                List.of(),
                List.of(),
                new PlanSource("none", "by hand"));
        return new Planned(plan, 0.1, 0.1, Origin.PAPER);
    }

    /** Modules, whole vectors, individual weights of each kind of tensor, prompts and the class token. */
    private static Planned planned(ModuleKind module, Map<String, ModuleKind> exceptions, Origin origin) {
        Map<String, FlatIndices> sparse = new LinkedHashMap<>();
        sparse.put("blocks.2.norm2.weight", FlatIndices.of(3, 4));
        sparse.put("blocks.0.attn.k.weight", FlatIndices.of(0, 17, 143));
        sparse.put("blocks.1.attn.q.bias", FlatIndices.of(11));
        sparse.put("blocks.1.mlp.fc2.weight", FlatIndices.of(5));
        return InteropCases.planned(
                InteropCases.rule(module, exceptions, DIM),
                List.of("blocks.0.attn.q.weight", "blocks.1.attn.proj.weight", "blocks.2.mlp.fc1.weight"),
                List.of("blocks.0.norm1.bias", "blocks.1.attn.v.bias"),
                List.of("prompt.blocks.1.0", "prompt.blocks.1.2", "prompt.blocks.2.1"),
                sparse,
                origin);
    }
}
