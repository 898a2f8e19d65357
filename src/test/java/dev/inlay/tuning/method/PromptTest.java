package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.HookPoint;
import dev.inlay.backbone.SampleDropout;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.backbone.vit.VitSpec;
import dev.inlay.backbone.vit.VitVariants;
import dev.inlay.error.ConfigException;
import dev.inlay.golden.Golden;
import dev.inlay.random.Key;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Trainable;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Prompt.Depth;
import dev.inlay.tuning.method.Prompt.Pool;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What prompts are before they are trained: how many, where, and from which numbers they start. */
class PromptTest {
    private static Prompt prompt(Depth depth, int tokens) {
        return new Prompt(depth, tokens, 0, 0, false, List.of(), Pool.CLASS_TOKEN);
    }

    private static Sizes vit(String variant) {
        return Sizes.of(VitVariants.of(variant));
    }

    @ParameterizedTest
    @CsvSource({
        // depth, tokens, project, shared, blocks, prompts and projection
        "SHALLOW, 50, 0, false, '', 38400",
        "SHALLOW, 10, 64, false, '', 50560", // 10 · 64 + 64 · 768 + 768
        "DEEP, 50, 0, false, '', 460800",
        "DEEP, 1, 0, false, '', 9216",
        "DEEP, 10, 64, false, '', 57600", // 12 · 10 · 64 + 64 · 768 + 768
        "DEEP, 10, 0, true, '', 7680",
        "DEEP, 10, 0, false, '0 -1 11', 15360"
    })
    void parametersAreCountedByFormula(
            Depth depth, int tokens, int project, boolean shared, String blocks, long expected) {
        List<Integer> indices = Arrays.stream(blocks.split(" "))
                .filter(block -> !block.isEmpty())
                .map(Integer::valueOf)
                .toList();
        Prompt prompt = new Prompt(depth, tokens, 0, project, shared, indices, Pool.CLASS_TOKEN);
        try (Tuning tuning = new Tuning(vit("vit_base_patch16_224"), prompt, 2, 0)) {
            assertThat(tuning.count(Role.MODULE)).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource({"100, 6, 926214", "100, 10, 929290", "5, 397, 351373"}) // printed by the authors' demo
    void promptsAndHeadAreAllThatIsTrained(int tokens, int classes, long expected) {
        try (Tuning tuning = new Tuning(vit("vit_base_patch16_224"), prompt(Depth.DEEP, tokens), classes, 0)) {
            assertThat(tuning.trainables().values().stream()
                            .mapToLong(t -> t.tensor().numel())
                            .sum())
                    .isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "vit_base_patch16_224, 0, 0.0625",
        "vit_large_patch16_224, 0, 0.0578638",
        "vit_base_patch32_224, 0, 0.0395285",
        "vit_base_patch16_224, 100, 0.0832050" // √(6 / (768 + 100))
    })
    void promptsAreUniformWithinGlorotsBoundOfThePatchFilters(String variant, int project, double bound) {
        Prompt prompt = new Prompt(Depth.DEEP, 50, 0, project, false, List.of(0, 1), Pool.CLASS_TOKEN);
        try (Tuning tuning = new Tuning(vit(variant), prompt, 2, 3)) {
            double[] first = values(tuning, "prompt.blocks.0");
            assertThat(Arrays.stream(first).map(Math::abs).max().orElseThrow())
                    .isLessThanOrEqualTo(bound + 1e-7)
                    .isGreaterThan(0.995 * bound);
            assertThat(meanSquare(first)).isCloseTo(bound * bound / 3, within(0.05 * bound * bound / 3));
            assertThat(values(tuning, "prompt.blocks.1")).isNotEqualTo(first);
        }
    }

    @Test
    void theProjectionStartsAsTheAuthorsDo() {
        Prompt prompt = new Prompt(Depth.SHALLOW, 1, 0, 100, false, List.of(), Pool.CLASS_TOKEN);
        try (Tuning tuning = new Tuning(vit("vit_base_patch16_224"), prompt, 2, 3)) {
            assertThat(meanSquare(values(tuning, "prompt.project.weight"))).isCloseTo(2.0 / 768, within(5e-5));
            assertThat(Arrays.stream(values(tuning, "prompt.project.bias"))
                            .map(Math::abs)
                            .max()
                            .orElseThrow())
                    .isBetween(0.099, 0.1 + 1e-7);
        }
    }

    @Test
    void trainablesAreNamedByBlockAndAreTokens() {
        Prompt two = new Prompt(Depth.DEEP, 2, 0, 8, false, List.of(-1, 3), Pool.CLASS_TOKEN);
        Prompt same = new Prompt(Depth.DEEP, 2, 0, 0, true, List.of(), Pool.CLASS_TOKEN);
        Sizes sizes = vit("deit_tiny_patch16_224");
        try (Tuning tuning = new Tuning(sizes, two, 2, 0);
                Tuning shared = new Tuning(sizes, same, 2, 0)) {
            assertThat(tuning.trainables().keySet())
                    .containsExactlyInAnyOrder(
                            "prompt.blocks.3",
                            "prompt.blocks.11",
                            "prompt.project.weight",
                            "prompt.project.bias",
                            "head.weight",
                            "head.bias");
            Trainable prompts = tuning.trainables().get("prompt.blocks.11");
            assertThat(prompts.kind()).isEqualTo(Trainable.Kind.TOKEN);
            assertThat(Tensors.shapeOf(prompts.tensor())).containsExactly(1L, 2L, 8L);
            assertThat(shared.trainables().keySet()).containsExactly("prompt.shared", "head.weight", "head.bias");
        }
    }

    @ParameterizedTest
    @EnumSource(Depth.class)
    void theOrderOfPromptsDoesNotMatterButTheirValuesDo(Depth depth) {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit();
                Tuning tuning = new Tuning(vit, prompt(depth, 4), 2, 0)) {
            Tensor images = Golden.tensors("vpt/io.safetensors").get("images");
            float[] before = Tensors.floats(tuning.features(images, Dropout.NONE, 0));
            Tensor prompts = tuning.trainables().get("prompt.blocks.0").tensor();
            prompts.set_data(prompts.detach().roll(new long[] {1}, new long[] {1}));
            assertThat(Tensors.floats(tuning.features(images, Dropout.NONE, 0))).containsExactly(before, within(2e-5f));
            prompts.set_data(prompts.detach().mul(Tensors.of(new float[] {-1}, 1)));
            float[] others = Tensors.floats(tuning.features(images, Dropout.NONE, 0));
            assertThat(distance(before, others)).isGreaterThan(1e-3);
        }
    }

    @ParameterizedTest
    @EnumSource(Depth.class)
    void everyImageDropsItsOwnNumbers(Depth depth) {
        Prompt prompt = new Prompt(depth, 4, 0.5, 0, false, List.of(), Pool.CLASS_TOKEN);
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit();
                Tuning tuning = new Tuning(vit, prompt, 2, 0)) {
            Tensor image = Golden.tensors("vpt/io.safetensors").get("images").narrow(0, 0, 1);
            Tensor twice = Tensors.cat(List.of(image, image), 0);
            Key key = Key.of(1, "noise");
            Tensor different = tuning.features(twice, new SampleDropout(key, new int[] {0, 1}), 0);
            Tensor equal = tuning.features(twice, new SampleDropout(key, new int[] {1, 1}), 0);
            Tensor none = tuning.features(twice, Dropout.NONE, 0);
            assertThat(distance(row(different, 0), row(different, 1))).isGreaterThan(1e-3);
            assertThat(row(equal, 0)).containsExactly(row(different, 1), within(1e-5f));
            assertThat(row(none, 0)).containsExactly(row(none, 1), within(1e-5f));
        }
    }

    @Test
    void everyBlockDropsItsOwnNumbersAndScalesTheOthers() {
        Prompt prompt = new Prompt(Depth.DEEP, 40, 0.25, 0, true, List.of(), Pool.CLASS_TOKEN);
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit();
                Tuning tuning = new Tuning(vit, prompt, 2, 0)) {
            SampleDropout noise = new SampleDropout(Key.of(1, "noise"), new int[] {0});
            float[] values =
                    Tensors.floats(tuning.trainables().get("prompt.shared").tensor());
            float[] first = Tensors.floats(tuning.hooks().context(0, noise).orElseThrow());
            float[] second = Tensors.floats(tuning.hooks().context(1, noise).orElseThrow());
            assertThat(first).isNotEqualTo(second);
            int dropped = 0;
            for (int i = 0; i < values.length; i++) {
                if (first[i] == 0) {
                    dropped++;
                } else {
                    assertThat(first[i]).isEqualTo(values[i] * (float) (1 / 0.75));
                }
            }
            assertThat(dropped / (double) values.length).isCloseTo(0.25, within(0.04));
        }
    }

    @Test
    void whatMakesNoSenseIsRefusedAtOnce() {
        Prompt shallow = new Prompt(Depth.SHALLOW, 0, 0, 0, true, List.of(1), Pool.CLASS_TOKEN);
        assertThatThrownBy(() -> attach(shallow))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("method prompt: 3 problems")
                .hasMessageContaining("method.tokens: expected at least 1, found 0")
                .hasMessageContaining(
                        "method.blocks: shallow prompts enter in front of the first block only, found [1]")
                .hasMessageContaining("method.shared");
        assertThatThrownBy(() -> attach(new Prompt(Depth.DEEP, 4, 0, 0, false, List.of(0, 2), Pool.PROMPTS)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(
                        "method.pool: prompts needs prompts in the last block of sizes, found blocks [0, 2]");
        assertThatThrownBy(() -> attach(new Prompt(Depth.DEEP, 4, 0, 0, false, List.of(12), Pool.CLASS_TOKEN)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("method.blocks: sizes has blocks 0 to 11, found 12");
        Prompt deep = prompt(Depth.DEEP, 4);
        assertThatThrownBy(() -> attach(new Sum(List.of(deep, deep))))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("prompt.blocks.0");
    }

    @Test
    void aBackboneWithoutPatchesIsRefused() {
        VitSpec spec = VitVariants.of("deit_tiny_patch16_224");
        List<HookPoint> noPatches = Sizes.of(spec).hookPoints().stream()
                .filter(hookPoint -> hookPoint.kind() != HookPoint.Kind.PATCHES)
                .toList();
        assertThatThrownBy(() -> new Tuning(new Sizes(spec, noPatches), prompt(Depth.DEEP, 1), 2, 0))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(
                        "method prompt needs places of the kind patches, and the backbone sizes has none");
    }

    private static void attach(TuningSpec spec) {
        new Tuning(vit("deit_tiny_patch16_224"), spec, 2, 0).close();
    }

    private static double[] values(Tuning tuning, String name) {
        return Tensors.doubles(tuning.trainables().get(name).tensor());
    }

    private static double meanSquare(double[] values) {
        return Arrays.stream(values).map(x -> x * x).average().orElseThrow();
    }

    private static float[] row(Tensor features, int image) {
        return Tensors.floats(features.select(0, image));
    }

    private static double distance(float[] first, float[] second) {
        double largest = 0;
        for (int i = 0; i < first.length; i++) {
            largest = Math.max(largest, Math.abs(first[i] - second[i]));
        }
        return largest;
    }
}
