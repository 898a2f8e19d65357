package dev.inlay.tuning.mixed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.SpecJson;
import dev.inlay.backbone.TensorFingerprint;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.golden.Golden;
import dev.inlay.plan.AllocationMode;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.PlanSource;
import dev.inlay.plan.allocation.Allocator;
import dev.inlay.random.Key;
import dev.inlay.task.SampleTasks;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Activation;
import dev.inlay.tuning.Ensemble;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.SmallTuning;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Adapter;
import dev.inlay.tuning.method.AdapterPlus;
import dev.inlay.tuning.method.Bias;
import dev.inlay.tuning.method.ClassToken;
import dev.inlay.tuning.method.FullFineTuning;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.Lora;
import dev.inlay.tuning.method.MaskHead;
import dev.inlay.tuning.method.Members;
import dev.inlay.tuning.method.MethodSamples.Network;
import dev.inlay.tuning.method.Partial;
import dev.inlay.tuning.method.Planned;
import dev.inlay.tuning.method.Prompt;
import dev.inlay.tuning.method.Sum;
import dev.inlay.tuning.mixed.MixedBatch.Output;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a batch of many tasks computes of an image is what its task computes of it alone, whatever else is in the batch. */
class MixedBatchTest {
    private static final int ROUNDS = 12;
    private static final int MAX_IMAGES = 14;

    /** Backbones of every family, ViTs with every option among them. */
    enum On {
        VIT {
            @Override
            Backbone backbone() {
                return Golden.vit();
            }
        },
        VIT_OF_OTHER_OPTIONS {
            @Override
            Backbone backbone() {
                return random(
                        "\"rope\":true,\"regTokens\":2,\"layerScale\":true,\"qkvBias\":\"query_value\",\"mlp\":\"swiglu_split\"");
            }
        },
        VIT_OF_AVERAGED_PATCHES {
            @Override
            Backbone backbone() {
                return random("\"globalPool\":\"avg\",\"fcNorm\":true,\"layerScale\":true,\"regTokens\":3,"
                        + "\"noEmbedClass\":true,\"mlp\":\"swiglu\",\"preNorm\":true");
            }
        },
        SWIN {
            @Override
            Backbone backbone() {
                return Golden.swin("swin_padded");
            }
        },
        CONVNEXT {
            @Override
            Backbone backbone() {
                return Golden.convnext();
            }
        };

        abstract Backbone backbone();

        private static Backbone random(String options) {
            String sizes = "{\"height\":12,\"width\":16,\"patch\":4,\"dim\":24,\"depth\":4,\"heads\":3,\"hidden\":28,";
            var spec = SpecJson.parse(sizes + options + "}", "test");
            return BackboneFamily.of(spec).random("options", spec, 4);
        }

        /** Every method in several forms, and plans that tune everything there is. */
        Stream<TuningSpec> specs(Backbone backbone) {
            Stream<TuningSpec> methods = this == CONVNEXT
                    ? Network.CONVNEXT.specs()
                    : Network.SWIN.specs().filter(spec -> hasBlocks(spec, backbone.depth()));
            Stream<TuningSpec> samples = this == VIT ? SampleTasks.specs() : Stream.empty();
            Stream<TuningSpec> tokens =
                    this == VIT ? Stream.of(new ClassToken(true), deep(2), deep(5), shallow(2)) : Stream.empty();
            return Stream.of(methods, samples, tokens, plans(backbone), Stream.of(widths(backbone)))
                    .flatMap(specs -> specs);
        }
    }

    /** Whether all blocks that prompts name are there, the last among them if they are read out. */
    private static boolean hasBlocks(TuningSpec spec, int depth) {
        return !(spec instanceof Prompt prompt)
                || prompt.blocks().isEmpty()
                || Collections.max(prompt.blocks()) == depth - 1;
    }

    private static Prompt deep(int tokens) {
        return new Prompt(Prompt.Depth.DEEP, tokens, 0, 0, false, List.of(1, 2), Prompt.Pool.CLASS_TOKEN);
    }

    private static Prompt shallow(int tokens) {
        return new Prompt(Prompt.Depth.SHALLOW, tokens, 0, 0, false, List.of(), Prompt.Pool.CLASS_TOKEN);
    }

    private static Stream<TuningSpec> plans(Backbone backbone) {
        List<Candidate> candidates = Candidate.among(backbone.tunableParameters());
        List<float[]> scores = new ArrayList<>();
        candidates.forEach(c -> scores.add(Initial.uniform(Key.of(3, c.name()), c.size(), 0, 1)));
        Allocator allocator = new Allocator(candidates, scores.toArray(float[][]::new), new PlanSource("b", "s"));
        return Stream.of(
                        new AllocationRule(ModuleKind.LORA, 2, 10, 5, true, AllocationMode.BOTH, 0),
                        new AllocationRule(ModuleKind.ADAPTER, 3, 10, 5, true, AllocationMode.BOTH, 0),
                        new AllocationRule(ModuleKind.LORA, 2, 10, 5, false, AllocationMode.UNSTRUCTURED_ONLY, 0))
                .flatMap(rule -> Stream.of(3, 50).map(share -> allocator.planForTau(rule, allocator.size() / share)))
                .map(plan -> new Planned(plan, 0, 0, Planned.Origin.PAPER));
    }

    /** Bottlenecks behind blocks, each of its own width. */
    private static Planned widths(Backbone backbone) {
        List<Candidate> candidates = Candidate.among(backbone.tunableParameters());
        float[][] scores = candidates.stream()
                .map(c -> Initial.uniform(Key.of(3, c.name()), c.size(), 0, 2 + c.block()))
                .toArray(float[][]::new);
        AllocationRule rule = new AllocationRule(ModuleKind.ADAPTER_PLUS, 2, 10, 5, false, AllocationMode.BOTH, 0);
        Allocator allocator = new Allocator(candidates, scores, new PlanSource("b", "s"));
        return new Planned(allocator.planSpending(rule, 3000), 0, 0, Planned.Origin.PAPER);
    }

    private static float[] image(Backbone backbone, long number) {
        return Initial.normal(Key.of(number, "image"), 3L * backbone.height() * backbone.width(), 0, 1);
    }

    /** Heads on maps, alone and behind methods that leave nothing, something and the number of tokens as it is. */
    private static List<TuningSpec> maps(Backbone backbone) {
        MaskHead linear = new MaskHead(MaskHead.Decoder.LINEAR);
        List<TuningSpec> maps = new ArrayList<>(List.of(
                new Sum(List.of(new HeadOnly(), linear)),
                new Sum(List.of(new Bias(), new MaskHead(MaskHead.Decoder.SETR_PUP))),
                new Members(List.of(
                        new Sum(List.of(new Bias(), linear)), new Sum(List.of(new FullFineTuning(), linear))))));
        if (backbone instanceof VisionTransformer) {
            maps.add(new Sum(List.of(deep(3), linear)));
            maps.add(new Sum(List.of(new Lora(2, 2, 0, List.of(), List.of(1)), linear)));
        }
        return maps;
    }

    /** The logits of one image by its task alone; the features behind them. Of a map, the logits as they are. */
    private static float[] alone(BatchableTuning member, float[] image) {
        Ensemble tuned = member.ensemble();
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            var pixels = Tensors.of(
                    image, 1, 3, tuned.backbone().height(), tuned.backbone().width());
            if (tuned.members().get(0).hooks().readsMap()) {
                return Tensors.floats(tuned.mean(pixels, 0, Tuning::logitMap));
            }
            return joined(
                    Tensors.floats(tuned.mean(pixels, 0, (tuning, features) -> features)),
                    Tensors.floats(tuned.logits(pixels, 0)));
        }
    }

    private static float[] joined(float[] first, float[] second) {
        float[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static List<Output> compute(Backbone backbone, List<BatchableTuning> tunings, List<float[]> images) {
        float[] pixels = images.stream().reduce(new float[0], MixedBatchTest::joined);
        return MixedBatch.compute(backbone, tunings, pixels);
    }

    private static void assertSame(String what, Output actual, float[] alone) {
        double largest = IntStream.range(0, alone.length)
                .mapToDouble(i -> Math.abs(alone[i]))
                .max()
                .orElseThrow();
        assertThat(joined(actual.features(), actual.logits())).as(what).containsExactly(alone, offset((float)
                (1e-4 * Math.max(1, largest))));
    }

    @ParameterizedTest
    @EnumSource
    void anImagesNumbersAreThoseOfItsTaskAlone(On on) {
        try (PointerScope scope = new PointerScope();
                Backbone backbone = on.backbone()) {
            String before = TensorFingerprint.of(backbone.parameters());
            List<TuningSpec> single = on.specs(backbone).toList();
            List<TuningSpec> specs = new ArrayList<>(single);
            List<BatchableTuning> tunings = new ArrayList<>();
            for (int i = 0; i < specs.size(); i++) {
                Tuning tuning = new Tuning(backbone, specs.get(i), 2 + i % 5, i);
                SmallTuning.disturb(tuning);
                tuning.stepped();
                tunings.add(new BatchableTuning(tuning));
            }
            for (int i = 0; i + 1 < single.size(); i += 3) {
                Members members = new Members(single.subList(i, Math.min(i + 3, single.size())));
                specs.add(members);
                tunings.add(new BatchableTuning(ensemble(backbone, members.members(), 4)));
            }
            for (TuningSpec map : maps(backbone)) {
                specs.add(map);
                tunings.add(new BatchableTuning(ensemble(backbone, map.members(), 3)));
                assertThat(tunings.get(tunings.size() - 1).ownPasses())
                        .isEqualTo(map.members().size() - 1);
            }
            SplittableRandom random = new SplittableRandom(11);
            for (int round = 0; round < ROUNDS; round++) {
                List<BatchableTuning> rows = new ArrayList<>();
                List<float[]> images = new ArrayList<>();
                int size = 1 + random.nextInt(MAX_IMAGES);
                int different = 1 + random.nextInt(specs.size());
                int shift = random.nextInt(specs.size());
                for (int i = 0; i < size; i++) {
                    rows.add(tunings.get((shift + random.nextInt(different)) % specs.size()));
                    images.add(image(backbone, random.nextInt(1000)));
                }
                List<Output> outputs = compute(backbone, rows, images);
                assertThat(outputs).hasSize(size);
                for (int i = 0; i < size; i++) {
                    TuningSpec spec = specs.get(tunings.indexOf(rows.get(i)));
                    assertSame(
                            "round " + round + ", row " + i + ", " + spec,
                            outputs.get(i),
                            alone(rows.get(i), images.get(i)));
                }
            }
            // every task was there beside every other
            List<float[]> images = IntStream.range(0, specs.size())
                    .mapToObj(i -> image(backbone, i))
                    .toList();
            List<Output> outputs = compute(backbone, tunings, images);
            for (int i = 0; i < specs.size(); i++) {
                assertSame("all, " + specs.get(i), outputs.get(i), alone(tunings.get(i), images.get(i)));
            }
            assertThat(TensorFingerprint.of(backbone.parameters())).isEqualTo(before);
            tunings.forEach(member -> member.ensemble().close());
        }
    }

    private static Ensemble ensemble(Backbone backbone, List<TuningSpec> members, int classes) {
        List<Tuning> tunings = new ArrayList<>();
        for (TuningSpec spec : members) {
            Tuning tuning = new Tuning(backbone, spec, classes, tunings.size());
            SmallTuning.disturb(tuning);
            tuning.stepped();
            tunings.add(tuning);
        }
        return Ensemble.of(tunings);
    }

    @Test
    void anEnsembleSaysTheMeanOfItsMembersLogits() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone backbone = Golden.vit();
                Ensemble ensemble = ensemble(
                        backbone,
                        List.of(new Lora(2, 2, 0, List.of(), List.of(2)), new Bias(), new AdapterPlus(3, 0, List.of())),
                        4)) {
            float[] image = image(backbone, 3);
            float[] logits = new float[4];
            for (Tuning member : ensemble.members()) {
                float[] own = alone(new BatchableTuning(member), image);
                for (int c = 0; c < 4; c++) {
                    logits[c] += own[own.length - 4 + c] / 3;
                }
            }
            Output output = compute(backbone, List.of(new BatchableTuning(ensemble)), List.of(image))
                    .get(0);
            assertThat(output.logits()).containsExactly(logits, offset(1e-5F));
        }
    }

    @Test
    void stepsThatAllMembersLeaveAsTheyAreAreComputedOnceForAnImage() {
        List<String> passes = new ArrayList<>();
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone golden = Golden.vit()) {
            Backbone backbone = (Backbone) Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {Backbone.class}, (proxy, method, args) -> {
                        if (method.getName().equals("run")) {
                            passes.add(((Tensor) args[0]).size(0) + " rows, steps " + args[1] + " to " + args[2]);
                        }
                        return method.invoke(golden, args);
                    });
            Lora last = new Lora(2, 2, 0, List.of(), List.of(2));
            try (Ensemble three = ensemble(backbone, List.of(last, last, new AdapterPlus(3, 0, List.of(1))), 4);
                    Tuning one = SmallTuning.of(backbone, new Bias())) {
                BatchableTuning members = new BatchableTuning(three);
                BatchableTuning bias = new BatchableTuning(one);
                List<float[]> images = List.of(image(golden, 1), image(golden, 2), image(golden, 3));
                passes.clear();
                compute(backbone, List.of(members, bias, members), images);
                assertThat(passes).containsExactly("3 rows, steps 0 to 2", "7 rows, steps 2 to 5");
                passes.clear();
                three.logits(Tensors.of(images.get(0), 1, 3, golden.height(), golden.width()), 0);
                assertThat(passes)
                        .containsExactly(
                                "1 rows, steps 0 to 2",
                                "1 rows, steps 2 to 5",
                                "1 rows, steps 2 to 5",
                                "1 rows, steps 2 to 5");
            }
        }
    }

    /** In bf16 the two round in other orders: individual weights are added to products here, and are part of a matrix there. */
    @ParameterizedTest
    @EnumSource
    void inBf16TheyAreThoseUpToRounding(On on) {
        try (PointerScope scope = new PointerScope();
                Backbone loaded = on.backbone();
                Backbone backbone = loaded.in(Precision.BF16)) {
            List<BatchableTuning> tunings = on.specs(backbone)
                    .map(spec -> new BatchableTuning(SmallTuning.of(backbone, spec)))
                    .toList();
            List<float[]> images = IntStream.range(0, tunings.size())
                    .mapToObj(i -> image(backbone, i))
                    .toList();
            List<Output> outputs = compute(backbone, tunings, images);
            for (int i = 0; i < tunings.size(); i++) {
                float[] alone = alone(tunings.get(i), images.get(i));
                float[] together =
                        joined(outputs.get(i).features(), outputs.get(i).logits());
                double off = 0;
                double size = 0;
                for (int k = 0; k < alone.length; k++) {
                    off += Math.pow(together[k] - alone[k], 2);
                    size += Math.pow(alone[k], 2);
                }
                assertThat(Math.sqrt(off / size)).as("tuning " + i).isLessThan(0.03);
            }
            tunings.forEach(member -> member.ensemble().close());
        }
    }

    @Test
    void moreTasksThanImagesOfManyRanksLengthsAndHeads() {
        try (PointerScope scope = new PointerScope();
                Backbone backbone = Golden.vit()) {
            List<TuningSpec> specs = new ArrayList<>(plans(backbone).toList());
            for (int i = 1; i <= 4; i++) {
                List<Integer> blocks = i % 2 == 0 ? List.of() : List.of(1);
                specs.add(new Lora(i, 2 * i, 0, List.of("attn.q", "attn.v"), blocks));
                specs.add(new Lora(i, i, 0, List.of(), List.of()));
                specs.add(new Adapter(Adapter.Placement.HOULSBY, i, Activation.GELU, 1, 0, blocks));
                specs.add(new Adapter(
                        Adapter.Placement.PARALLEL,
                        2,
                        i % 2 == 0 ? Activation.GELU : Activation.RELU,
                        0.1 * i,
                        0,
                        List.of()));
                specs.add(new AdapterPlus(i, 0, blocks));
                specs.add(new Bias());
                specs.add(new HeadOnly());
                specs.add(deep(i));
                specs.add(shallow(i));
                specs.add(new Sum(List.of(new Lora(i, i, 0, List.of("attn.q"), List.of()), deep(2))));
            }
            List<BatchableTuning> tunings = new ArrayList<>();
            for (int i = 0; i < specs.size(); i++) {
                Tuning tuning = new Tuning(backbone, specs.get(i), 1 + i % 9, i);
                SmallTuning.disturb(tuning);
                tuning.stepped();
                tunings.add(new BatchableTuning(tuning));
            }
            int plans = (int) specs.stream().filter(Planned.class::isInstance).count();
            SplittableRandom random = new SplittableRandom(5);
            for (int round = 0; round < 15; round++) {
                int from = round % 3 == 0 ? 0 : plans;
                List<Integer> rows = random.ints(11, from, specs.size()).boxed().toList();
                List<float[]> images = rows.stream()
                        .map(row -> image(backbone, random.nextInt(1000)))
                        .toList();
                List<Output> outputs =
                        compute(backbone, rows.stream().map(tunings::get).toList(), images);
                for (int i = 0; i < rows.size(); i++) {
                    assertSame(
                            "round " + round + ", row " + i + ", " + specs.get(rows.get(i)),
                            outputs.get(i),
                            alone(tunings.get(rows.get(i)), images.get(i)));
                }
            }
            tunings.forEach(member -> member.ensemble().close());
        }
    }

    @Test
    void onlyMatricesFiltersAndImagesOfTheirOwnKeepTasksApart() {
        try (PointerScope scope = new PointerScope();
                Backbone backbone = Golden.vit()) {
            List<TuningSpec> together = List.of(
                    new HeadOnly(),
                    new Bias(),
                    new ClassToken(false),
                    new Lora(2, 2, 0, List.of(), List.of()),
                    deep(3),
                    shallow(3),
                    SampleTasks.specs().findFirst().orElseThrow());
            together.forEach(spec ->
                    assertThat(runsApart(backbone, spec)).as(spec.toString()).isFalse());
            List.of(new FullFineTuning(), new Partial(1), new Sum(List.of(new Partial(1), deep(1))))
                    .forEach(spec -> assertThat(runsApart(backbone, spec))
                            .as(spec.toString())
                            .isTrue());
        }
    }

    private static boolean runsApart(Backbone backbone, TuningSpec spec) {
        try (Tuning tuning = SmallTuning.of(backbone, spec)) {
            return new BatchableTuning(tuning).ownPasses() > 0;
        }
    }

    @Test
    void nothingStaysBehind() {
        try (PointerScope scope = new PointerScope();
                Backbone backbone = Golden.vit()) {
            List<BatchableTuning> tunings = On.VIT
                    .specs(backbone)
                    .map(spec -> new BatchableTuning(SmallTuning.of(backbone, spec)))
                    .toList();
            List<float[]> images = IntStream.range(0, tunings.size())
                    .mapToObj(i -> image(backbone, i))
                    .toList();
            compute(backbone, tunings, images);
            System.gc(); // what earlier tests left to it does not count
            long before = Pointer.totalCount();
            for (int i = 0; i < 20; i++) {
                compute(backbone, tunings, images);
            }
            assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
            tunings.forEach(member -> member.ensemble().close());
        }
    }

    @Test
    void pixelsOrTuningsThatDoNotFitAreRefused() {
        try (PointerScope scope = new PointerScope();
                Backbone backbone = Golden.vit();
                Backbone other = Golden.vit();
                Tuning tuning = SmallTuning.of(backbone, new HeadOnly())) {
            BatchableTuning member = new BatchableTuning(tuning);
            List<BatchableTuning> two = List.of(member, member);
            assertThatThrownBy(() -> MixedBatch.compute(backbone, two, image(backbone, 0)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected 2 x 3 x 24 x 32 numbers, found 2304");
            assertThatThrownBy(() -> MixedBatch.compute(other, List.of(member), image(backbone, 0)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("one backbone");
        }
    }
}
