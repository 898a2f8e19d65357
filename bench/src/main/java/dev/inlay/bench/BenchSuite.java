package dev.inlay.bench;

import dev.inlay.tensor.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** The cases that {@code inlay bench} knows. */
public final class BenchSuite {
    private static final String TINY = "vit_tiny_patch16_224";
    private static final String BASE = "vit_base_patch16_224";
    private static final String SPT = "spt-lora-0.2m";

    /** Name to the {@code method} of a config. */
    private static final Map<String, String> METHODS = new LinkedHashMap<>();

    static {
        METHODS.put("linear", "{'type': 'linear'}");
        METHODS.put("mlp-3", "{'type': 'mlpHead', 'layers': 3}");
        METHODS.put("partial-1", "{'type': 'partial', 'blocks': 1}");
        METHODS.put("bias", "{'type': 'bias'}");
        METHODS.put("lora-8-qv", "{'type': 'lora', 'rank': 8, 'operations': ['attn.q', 'attn.v']}");
        METHODS.put("lora-8-all", "{'type': 'lora', 'rank': 8, 'operations': []}");
        METHODS.put("dora-8-qv", "{'type': 'dora', 'rank': 8, 'operations': ['attn.q', 'attn.v']}");
        METHODS.put("adapter-8", "{'type': 'adapter', 'bottleneck': 8}");
        METHODS.put("adapter-plus-8", "{'type': 'adapterPlus', 'bottleneck': 8}");
        METHODS.put("convpass-8", "{'type': 'convpass', 'hidden': 8}");
        METHODS.put("ssf", "{'type': 'ssf'}");
        METHODS.put("vpt-shallow-50", "{'type': 'prompt', 'depth': 'shallow', 'tokens': 50}");
        METHODS.put("vpt-deep-50", "{'type': 'prompt', 'depth': 'deep', 'tokens': 50}");
        METHODS.put("spt-lora-0.05m", "{'type': 'spt', 'module': 'lora', 'budget': 50000}");
        METHODS.put(SPT, "{'type': 'spt', 'module': 'lora', 'budget': 200000}");
        METHODS.put("spt-adapter-0.05m", "{'type': 'spt', 'module': 'adapter', 'budget': 50000}");
        METHODS.put("spt-adapter-0.2m", "{'type': 'spt', 'module': 'adapter', 'budget': 200000}");
        METHODS.put("full", "{'type': 'full'}");
    }

    private static final List<String> ON_BASE = List.of("linear", "lora-8-qv", "vpt-deep-50", SPT, "full");
    private static final List<String> RECOMPUTED = List.of("lora-8-qv", SPT);
    private static final List<String> USED = List.of("linear", "lora-8-qv", "vpt-deep-50", SPT);
    private static final Set<String> QUICK_64 = Set.of(SPT);
    private static final List<String> QUICK_USED = List.of("lora-8-qv", SPT);
    private static final Set<Stage> WITHOUT_PRODUCTS = EnumSet.of(Stage.ALLOCATION, Stage.TOP_K);

    private BenchSuite() {}

    /** Every case, in every precision. */
    public static List<BenchCase> full() {
        return inEveryPrecision(all());
    }

    /** Those of {@link #full} that together take minutes. */
    public static List<BenchCase> quick() {
        return inEveryPrecision(few());
    }

    private static List<BenchCase> inEveryPrecision(List<BenchCase> cases) {
        return cases.stream()
                .flatMap(work -> WITHOUT_PRODUCTS.contains(work.stage())
                        ? Stream.of(work)
                        : Arrays.stream(Precision.values()).map(work::in))
                .toList();
    }

    private static List<BenchCase> all() {
        List<BenchCase> cases = new ArrayList<>(few());
        METHODS.keySet().stream()
                .filter(method -> !QUICK_64.contains(method))
                .forEach(method -> cases.add(of(Stage.STEP, TINY, method, 64)));
        cases.add(sensitivity(TINY, "activations", 64, true));
        cases.add(sensitivity(BASE, "recompute", 16, true));
        cases.add(sensitivity(BASE, "micro", 16, true));
        for (String memory : List.of("activations", "recompute", "micro")) {
            cases.add(sensitivity(BASE, memory, 32, false));
        }
        for (String method : USED) {
            if (!QUICK_USED.contains(method)) {
                use(cases, TINY, method, 64);
            }
            use(cases, BASE, method, 16);
        }
        for (String method : ON_BASE) {
            cases.add(new BenchCase(Stage.STEP, BASE, method, settings(method), 64, false, false, Precision.FLOAT32));
        }
        for (String method : RECOMPUTED) {
            cases.add(new BenchCase(Stage.STEP, BASE, method, settings(method), 16, true, true, Precision.FLOAT32));
            cases.add(new BenchCase(Stage.STEP, BASE, method, settings(method), 64, false, true, Precision.FLOAT32));
        }
        return cases;
    }

    private static List<BenchCase> few() {
        List<BenchCase> cases = new ArrayList<>();
        cases.add(sensitivity(TINY, "activations", 16, true));
        cases.add(sensitivity(BASE, "activations", 16, true));
        cases.add(new BenchCase(Stage.ALLOCATION, BASE, "79-tau", "{}", 0, true, false, Precision.FLOAT32));
        cases.add(new BenchCase(Stage.TOP_K, BASE, "79-tau", "{}", 0, true, false, Precision.FLOAT32));
        METHODS.keySet().forEach(method -> {
            cases.add(of(Stage.STEP, TINY, method, 16));
            if (QUICK_64.contains(method)) {
                cases.add(of(Stage.STEP, TINY, method, 64));
            }
        });
        QUICK_USED.forEach(method -> use(cases, TINY, method, 64));
        ON_BASE.forEach(method -> cases.add(of(Stage.STEP, BASE, method, 16)));
        return cases;
    }

    private static void use(List<BenchCase> cases, String backbone, String method, int batch) {
        cases.add(of(Stage.EVALUATION, backbone, method, batch));
        cases.add(of(Stage.PREDICTION, backbone, method, batch));
    }

    private static BenchCase of(Stage stage, String backbone, String method, int batch) {
        return new BenchCase(stage, backbone, method, settings(method), batch, true, false, Precision.FLOAT32);
    }

    /**
     * Returns the case of a training step in float32.
     *
     * @param backbone timm's name of a published variant, or the JSON of a spec
     * @param method one of the suite's
     * @param batch images at once
     */
    public static BenchCase step(String backbone, String method, int batch) {
        return of(Stage.STEP, backbone, method, batch);
    }

    private static String settings(String method) {
        return METHODS.get(method).replace('\'', '"');
    }

    private static BenchCase sensitivity(String backbone, String memory, int batch, boolean timed) {
        String settings = "{\"memory\": \"%s\", \"microBatch\": %d}"
                .formatted(memory.equals("activations") ? "plain" : memory, 8);
        return new BenchCase(Stage.SENSITIVITY, backbone, memory, settings, batch, timed, false, Precision.FLOAT32);
    }
}
