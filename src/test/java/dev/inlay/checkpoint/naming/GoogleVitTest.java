package dev.inlay.checkpoint.naming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.checkpoint.Checkpoint;
import dev.inlay.checkpoint.npz.RawNpz;
import dev.inlay.error.DataException;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.Tensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Google's layout against {@code golden/vit_npz}, and files of it with something wrong. */
class GoogleVitTest {
    private static final String ATTENTION = "Transformer/encoderblock_1/MultiHeadDotProductAttention_1/";

    @TempDir
    Path folder;

    private final Map<String, byte[]> arrays = RawNpz.entries(Golden.path("vit_npz/vit.npz"));

    @ParameterizedTest
    @ValueSource(strings = {"vit", "vit_compressed_fortran", "vit_prefixed"})
    void givesExactlyTimmsWeights(String name) {
        Map<String, Tensor> expected = Golden.tensors("vit_npz/expected_weights.safetensors");
        try (PointerScope scope = new PointerScope();
                Checkpoint file = Checkpoint.open(Golden.path("vit_npz/" + name + ".npz"))) {
            GoogleVit vit = GoogleVit.of(file);
            assertThat(vit.sizes()).isEqualTo(new GoogleVit.Sizes(8, 24, 2, 3, 8, 40, 10, 6));
            Translation translation = vit.translation();
            Map<String, List<String>> mapped = mapped(translation);
            Map<String, Tensor> found = translation.read(file::read);
            assertThat(found.keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
            assertThat(mapped.keySet()).containsExactlyElementsOf(found.keySet());
            found.forEach((key, tensor) -> {
                assertThat(Tensors.shapeOf(tensor)).as(key).isEqualTo(Tensors.shapeOf(expected.get(key)));
                assertThat(Tensors.floats(tensor)).as(key).isEqualTo(Tensors.floats(expected.get(key)));
            });
            String prefix = name.equals("vit_prefixed") ? "opt/target/" : "";
            assertThat(translation.dropped().keySet())
                    .containsExactly(prefix + "pre_logits/kernel", prefix + "pre_logits/bias");
            assertThat(mapped)
                    .containsEntry("patch_embed.proj.weight", List.of(prefix + "embedding/kernel"))
                    .containsEntry(
                            "blocks.1.attn.qkv.bias",
                            List.of(
                                    prefix + ATTENTION + "query/bias",
                                    prefix + ATTENTION + "key/bias",
                                    prefix + ATTENTION + "value/bias"));
        }
    }

    @Test
    void theHeadMayBeAbsent() {
        arrays.keySet().removeIf(name -> name.startsWith("head/"));
        try (Checkpoint file = Checkpoint.open(write())) {
            GoogleVit vit = GoogleVit.of(file);
            assertThat(vit.sizes().classes()).isZero();
            assertThat(mapped(vit.translation()))
                    .doesNotContainKeys("head.weight", "head.bias")
                    .containsKey("norm.bias");
        }
    }

    @Test
    void theStateOfTheOptimiserIsDropped() {
        Map<String, byte[]> prefixed = RawNpz.entries(Golden.path("vit_npz/vit_prefixed.npz"));
        prefixed.put("opt/state/step.npy", RawNpz.floats("()", 1));
        try (Checkpoint file = Checkpoint.open(RawNpz.write(folder.resolve("a.npz"), prefixed))) {
            assertThat(GoogleVit.of(file).translation().dropped()).containsKey("opt/state/step");
        }
    }

    @Test
    void everyMissingAndEveryUnexplainedArrayIsListed() {
        arrays.remove("cls.npy");
        arrays.remove(ATTENTION + "key/bias.npy");
        arrays.put("conv_root/kernel.npy", RawNpz.floats("(2, 1)", 1, 2));
        refuses("expected the arrays of a ViT of depth 2 in Google's layout, found others (3 differ):\n"
                + "  - missing cls\n"
                + "  - missing " + ATTENTION + "key/bias\n"
                + "  - unexplained conv_root/kernel [2, 1]");
    }

    @Test
    void blocksAreCountedFromZero() {
        arrays.keySet().removeIf(name -> name.startsWith("Transformer/encoderblock_0/"));
        assertThatThrownBy(this::open)
                .isInstanceOf(DataException.class)
                .hasMessageContaining("of depth 1")
                .hasMessageContaining("missing Transformer/encoderblock_0/LayerNorm_0/scale")
                .hasMessageContaining("unexplained Transformer/encoderblock_1/")
                .hasMessageEndingWith(" more");
    }

    @Test
    void aHeadWithoutItsOtherHalfIsRefused() {
        arrays.remove("head/bias.npy");
        refuses("expected the arrays of a ViT of depth 2 in Google's layout, found others (1 differs):\n"
                + "  - missing head/bias");
        arrays.put("head/bias.npy", RawNpz.floats("(6,)", 1, 2, 3, 4, 5, 6));
        arrays.remove("head/kernel.npy");
        refuses("expected the arrays of a ViT of depth 2 in Google's layout, found others (1 differs):\n"
                + "  - unexplained head/bias [6]");
    }

    @Test
    void arraysOfOtherShapesAreListed() {
        arrays.put("cls.npy", RawNpz.floats("(1, 1, 2)", 1, 2));
        arrays.put(ATTENTION + "out/bias.npy", RawNpz.floats("(1,)", 1));
        refuses("expected arrays that agree with each other, found others (2 differ):\n"
                + "  - cls: expected [1, 1, 24], found [1, 1, 2]\n"
                + "  - " + ATTENTION + "out/bias: expected [24], found [1]");
    }

    @Test
    void headsMustDivideTheWidth() {
        arrays.put(
                "Transformer/encoderblock_0/MultiHeadDotProductAttention_1/query/kernel.npy",
                RawNpz.floats("(24, 1, 5)", new float[120]));
        assertThatThrownBy(this::open)
                .isInstanceOf(DataException.class)
                .hasMessageContaining("query/kernel: expected heads that divide D = 24, found 1 heads of width 5");
    }

    @Test
    void anArrayThatSaysASizeNeedsItsRank() {
        arrays.put("embedding/kernel.npy", RawNpz.floats("(2,)", 1, 2));
        refuses("embedding/kernel: expected (patch, patch, 3, D), found [2]");
    }

    private static Map<String, List<String>> mapped(Translation translation) {
        Map<String, List<String>> mapped = new LinkedHashMap<>();
        translation.steps().forEach(step -> mapped.put(step.to().get(0), step.from()));
        return mapped;
    }

    private Path write() {
        return RawNpz.write(folder.resolve("a.npz"), arrays);
    }

    private void open() {
        try (Checkpoint file = Checkpoint.open(write())) {
            GoogleVit.of(file);
        }
    }

    private void refuses(String message) {
        assertThatThrownBy(this::open)
                .isInstanceOf(DataException.class)
                .hasMessage(folder.resolve("a.npz") + ": " + message);
    }
}
