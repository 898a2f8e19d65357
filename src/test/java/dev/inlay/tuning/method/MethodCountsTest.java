package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.publishing.Markdown;
import dev.inlay.tuning.Activation;
import dev.inlay.tuning.SmallTuning;
import dev.inlay.tuning.Trainable;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Adapter.Placement;
import dev.inlay.tuning.method.Prompt.Depth;
import dev.inlay.tuning.method.Prompt.Pool;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every method on ViT-B/16 with 100 classes: the table of {@code docs/methods.md} is what attaching it gives. */
class MethodCountsTest {
    private static final int CLASSES = 100;

    private static Map<String, TuningSpec> methods() {
        List<String> queryAndValue = List.of("attn.q", "attn.v");
        Map<String, TuningSpec> methods = new LinkedHashMap<>();
        methods.put("linear", new HeadOnly());
        methods.put("bias", new Bias());
        methods.put("classToken", new ClassToken(false));
        methods.put("partial, 1 block", new Partial(1));
        methods.put("lora, rank 8, q and v", new Lora(8, 8, 0, queryAndValue, List.of()));
        methods.put("dora, rank 8, q and v", new Dora(8, 8, 0, queryAndValue, List.of()));
        methods.put("adapter, 8", new Adapter(Placement.PFEIFFER, 8, Activation.GELU, 1, 0, List.of()));
        methods.put("adapterPlus, 8", new AdapterPlus(8, 0, List.of()));
        methods.put("convpass, 8", new Convpass(8, 1, 0, List.of()));
        methods.put("ssf", new Ssf(Ssf.Init.IDENTITY, List.of(), List.of()));
        methods.put("prompt, shallow, 50", prompt(Depth.SHALLOW));
        methods.put("prompt, deep, 50", prompt(Depth.DEEP));
        methods.put("mlpHead, 3 layers", new MlpHead(3));
        methods.put("full", new FullFineTuning());
        return methods;
    }

    private static Prompt prompt(Depth depth) {
        return new Prompt(depth, 50, 0, 0, false, List.of(), Pool.CLASS_TOKEN);
    }

    @Test
    void theFiguresThatWerePublished() {
        assertThat(withoutHead(new Bias())).isEqualTo(102_912);
        assertThat(withoutHead(new Partial(1))).isEqualTo(7_089_408);
        assertThat(withoutHead(prompt(Depth.SHALLOW))).isEqualTo(768 * 50);
        assertThat(withoutHead(prompt(Depth.DEEP))).isEqualTo(9216 * 50);
        assertThat(withoutHead(new Lora(8, 8, 0, List.of("attn.q", "attn.v"), List.of())))
                .isEqualTo(12 * 2 * 8 * 1536);
    }

    @Test
    void thePageHasTheFiguresOfEveryMethodAndNoOther() {
        Markdown.Table table =
                Markdown.of("docs/methods.md").tables("parameters", "head").get(0);
        assertThat(table.keys()).containsExactlyInAnyOrderElementsOf(methods().keySet());
        methods().forEach((name, spec) -> assertFigures(table, name, spec));
    }

    /** A spec, and what it trains besides a linear head. */
    private record Count(TuningSpec spec, long parameters) {}

    static Stream<Count> counts() {
        List<Integer> all = List.of();
        return Stream.of(
                new Count(new Adapter(Placement.HOULSBY, 8, Activation.GELU, 1, 0, all), 24 * 13_064),
                new Count(new Adapter(Placement.PFEIFFER, 96, Activation.GELU, 1, 0, all), 1_779_840),
                new Count(new Adapter(Placement.PARALLEL, 8, Activation.RELU, 0.1, 0.2, List.of(-1, 0)), 2 * 13_064),
                new Count(new MlpHead(3), 1_184_256),
                new Count(new MlpHead(1), 0),
                new Count(new Ssf(Ssf.Init.IDENTITY, List.of(), all), 205_824),
                new Count(new Ssf(Ssf.Init.RANDOM, List.of("mlp.fc1"), List.of(-2)), 2 * 3072),
                new Count(new Dora(8, 8, 0.1, List.of("attn.q", "attn.v"), all), 24 * (8 * 1536 + 768)),
                new Count(new Dora(4, 6, 0, List.of(), List.of(1)), 4 * (4 * 1536 + 768) + 4 * 2 * 3840 + 3840),
                new Count(new AdapterPlus(8, 0.1, all), 165_984),
                new Count(new Convpass(8, 1, 0.1, all), 327_552),
                new Count(new Partial(1), 7_089_408),
                new Count(new Partial(2), 7_089_408 + 7_087_872),
                new Count(new ClassToken(false), 768),
                new Count(new ClassToken(true), 768));
    }

    @ParameterizedTest
    @MethodSource("counts")
    void aMethodTrainsAsManyParametersAsItsFormulaSays(Count count) {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = SmallTuning.vitB16();
                Tuning tuning = SmallTuning.of(vit, count.spec())) {
            long head = SmallTuning.CLASSES * (768 + 1);
            assertThat(learned(tuning) - head).isEqualTo(count.parameters());
        }
    }

    private static long withoutHead(TuningSpec spec) {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = SmallTuning.vitB16();
                Tuning tuning = new Tuning(vit, spec, CLASSES, 0)) {
            return learned(tuning) - tuning.count(Role.HEAD);
        }
    }

    private static long learned(Tuning tuning) {
        return tuning.trainables().values().stream()
                .filter(Trainable::isLearned)
                .mapToLong(trainable -> trainable.tensor().numel())
                .sum();
    }

    private static void assertFigures(Markdown.Table table, String name, TuningSpec spec) {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = SmallTuning.vitB16();
                Tuning tuning = new Tuning(vit, spec, CLASSES, 0)) {
            long head = tuning.count(Role.HEAD);
            long all = tuning.trainables().values().stream()
                    .mapToLong(trainable -> trainable.tensor().numel())
                    .sum();
            assertThat(table.cell(name, "parameters")).as(name).isEqualTo(figure(learned(tuning) - head));
            assertThat(table.cell(name, "head")).as(name).isEqualTo(figure(head));
            assertThat(table.cell(name, "bytes of its tensors")).as(name).isEqualTo(figure(Float.BYTES * all));
        }
    }

    private static String figure(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }
}
