package dev.inlay.interop;

import dev.inlay.backbone.SpecJson;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.backbone.vit.VitLayout;
import dev.inlay.backbone.vit.VitLoader;
import dev.inlay.backbone.vit.VitSpec;
import dev.inlay.random.Key;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.AllocationMode;
import dev.inlay.tuning.AllocationRule;
import dev.inlay.tuning.FlatIndices;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.ModuleKind;
import dev.inlay.tuning.Plan;
import dev.inlay.tuning.PlanCost;
import dev.inlay.tuning.PlanSource;
import dev.inlay.tuning.TuningMethod;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.adapter.Activation;
import dev.inlay.tuning.adapter.Adapter;
import dev.inlay.tuning.adapterplus.AdapterPlus;
import dev.inlay.tuning.bias.Bias;
import dev.inlay.tuning.classtoken.ClassToken;
import dev.inlay.tuning.convpass.Convpass;
import dev.inlay.tuning.dora.Dora;
import dev.inlay.tuning.full.Full;
import dev.inlay.tuning.linear.Linear;
import dev.inlay.tuning.lora.Lora;
import dev.inlay.tuning.mlphead.MlpHead;
import dev.inlay.tuning.partial.Partial;
import dev.inlay.tuning.planned.Planned;
import dev.inlay.tuning.planned.Planned.Origin;
import dev.inlay.tuning.prompt.Prompt;
import dev.inlay.tuning.ssf.Ssf;
import dev.inlay.tuning.sum.Sum;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.bytedeco.pytorch.Tensor;

/** What goes to Python and comes back: small Vision Transformers with random weights, and specs of every method. */
final class InteropCases {
    private static final String SIZES =
            "\"height\":16,\"width\":24,\"patch\":8,\"dim\":12,\"depth\":3,\"heads\":2,\"hidden\":24";
    /** Methods that a Vision Transformer does not take, and one that only tests have. */
    private static final Set<String> ELSEWHERE = Set.of("pad", "shift");

    private InteropCases() {}

    /** Name to JSON of each Vision Transformer. */
    static Map<String, String> backbones() {
        Map<String, String> specs = new LinkedHashMap<>();
        specs.put("plain", "{" + SIZES + "}");
        specs.put("average", "{" + SIZES + ",\"globalPool\":\"avg\",\"fcNorm\":true}");
        specs.put(
                "dinov2",
                "{" + SIZES + ",\"layerScale\":true,\"regTokens\":2,\"noEmbedClass\":true,\"mlp\":\"swiglu\"}");
        specs.put("clip", "{" + SIZES + ",\"eps\":1e-5,\"preNorm\":true,\"mlp\":\"quick_gelu\"}");
        specs.put("distilled", "{" + SIZES + ",\"distilled\":true}");
        return specs;
    }

    /** A Vision Transformer of whose parameters none is zero or one. */
    static VisionTransformer backbone(String name) {
        VitSpec spec = (VitSpec) SpecJson.parse(backbones().get(name), name);
        Key key = Key.of(11, name);
        Map<String, Tensor> weights = new LinkedHashMap<>();
        VitLayout.shapes(spec).forEach((parameter, sizes) -> {
            long[] shape = sizes.stream().mapToLong(Long::longValue).toArray();
            long count = sizes.stream().reduce(1L, Math::multiplyExact);
            double mean = sizes.size() == 1 && parameter.endsWith(".weight") ? 1 : 0;
            double std = sizes.size() == 1 ? 0.3 : Math.min(0.5, 1 / Math.sqrt((double) count / sizes.get(0)));
            weights.put(parameter, Tensors.own(Tensors.of(Initial.normal(key.at(parameter), count, mean, std), shape)));
        });
        try {
            return VitLoader.load(name, spec, weights, name);
        } finally {
            weights.values().forEach(Tensors::release);
        }
    }

    /** Name to spec. Every method that Inlay has for Vision Transformers is among them. */
    static Map<String, TuningSpec> specs() {
        Map<String, TuningSpec> specs = new LinkedHashMap<>();
        specs.put("linear", new Linear());
        specs.put("full", new Full());
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
        requireEveryMethod(specs);
        return specs;
    }

    private static void requireEveryMethod(Map<String, TuningSpec> specs) {
        TreeSet<String> missing = new TreeSet<>(TuningMethod.all().keySet());
        missing.removeAll(ELSEWHERE);
        specs.values().forEach(spec -> missing.remove(spec.method()));
        if (!missing.isEmpty()) {
            throw new IllegalStateException("methods that never go to Python: " + missing + "; add a case of each");
        }
    }

    private static Adapter adapter(Adapter.Placement placement, Activation activation, double scale) {
        return new Adapter(placement, 3, activation, scale, 0.1, List.of());
    }

    private static Prompt prompt(
            Prompt.Depth depth, int project, boolean shared, List<Integer> blocks, Prompt.Pool pool) {
        return new Prompt(depth, 2, 0.1, project, shared, blocks, pool);
    }

    /** Modules, whole vectors, single weights of each kind of tensor, prompts and the class token. */
    private static Planned planned(ModuleKind module, Map<String, ModuleKind> exceptions, Origin origin) {
        AllocationRule rule = new AllocationRule(module, exceptions, 2, 10, 5, true, AllocationMode.BOTH, 12);
        Map<String, FlatIndices> sparse = new LinkedHashMap<>();
        sparse.put("blocks.2.norm2.weight", FlatIndices.of(3, 4));
        sparse.put("blocks.0.attn.k.weight", FlatIndices.of(0, 17, 143));
        sparse.put("blocks.1.attn.q.bias", FlatIndices.of(11));
        sparse.put("blocks.1.mlp.fc2.weight", FlatIndices.of(5));
        Plan plan = new Plan(
                rule,
                List.of("blocks.0.attn.q.weight", "blocks.1.attn.proj.weight", "blocks.2.mlp.fc1.weight"),
                List.of("blocks.0.norm1.bias", "blocks.1.attn.v.bias"),
                List.of("prompt.blocks.1.0", "prompt.blocks.1.2", "prompt.blocks.2.1"),
                sparse,
                new PlanCost(0, 24, 7, 12),
                0,
                OptionalLong.empty(),
                List.of(),
                List.of("a note"),
                new PlanSource("none", "by hand"));
        return new Planned(plan, 0.1, 0.1, origin);
    }
}
