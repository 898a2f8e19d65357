package dev.inlay.checkpoint.pth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.error.DataException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files written by torch itself, and harmful ones. */
class GoldenPthTest {
    private static final Path FOLDER = Path.of("src/test/resources/golden/vit_pth");

    @ParameterizedTest
    @CsvSource({
        "plain.pth, expected, true",
        "mae.pth, expected, false",
        "deit.pth, expected, true",
        "deit_torch16.pth, expected, true",
        "moco.pth.tar, expected, true",
        "parameters.pth, expected, true",
        "namespace.pth, expected, true",
        "legacy.pth, expected, true",
        "legacy_plain.pth, expected, false",
        "half.pth, expected_half, true",
        "bfloat16.pth, expected_bfloat16, true",
        "strided.pth, expected_strided, false",
        "strided_legacy.pth, expected_strided, false",
    })
    void holdsExactlyWhatTorchSaved(String name, String expectedName, boolean head) {
        Path file = FOLDER.resolve(name);
        assertThat(PthFile.recognises(file)).isTrue();
        try (PthFile stored = PthFile.open(file);
                SafeTensorsFile expected = SafeTensorsFile.open(FOLDER.resolve(expectedName + ".safetensors"))) {
            Map<String, TensorView> tensors = new LinkedHashMap<>();
            StateDict.of(stored)
                    .tensors()
                    .forEach((key, view) ->
                            tensors.put(key.replaceFirst("^(model|state_dict|module)\\.(module\\.)?", ""), view));
            tensors.keySet().removeAll(List.of("best_acc1", "optimizer.state.0.momentum_buffer"));
            assertThat(tensors.keySet())
                    .containsExactlyInAnyOrderElementsOf(expected.names().stream()
                            .filter(tensor -> head || !tensor.startsWith("head."))
                            .collect(Collectors.toSet()));
            tensors.forEach((key, view) -> {
                assertThat(view.shape()).as(key).isEqualTo(expected.info(key).shape());
                if (expected.info(key).dtype().isFloating()) {
                    assertThat(stored.floats(view)).as(key).containsExactly(expected.floats(key));
                } else {
                    assertThat(stored.longs(view)).as(key).containsExactly(expected.longs(key));
                }
            });
        }
    }

    @Test
    void saysWhatIsNoTensor() {
        try (PthFile moco = PthFile.open(FOLDER.resolve("moco.pth.tar"));
                PthFile deit = PthFile.open(FOLDER.resolve("namespace.pth"));
                PthFile plain = PthFile.open(FOLDER.resolve("plain.pth"))) {
            assertThat(StateDict.of(moco).notes()).containsExactly("left out, not tensors: epoch, arch, optimizer");
            assertThat(StateDict.of(deit).notes())
                    .containsExactly(
                            "left out, not tensors: epoch, args × 3",
                            "passed over, never made: argparse.Namespace × 2");
            assertThat(StateDict.of(plain).notes()).isEmpty();
        }
    }

    @Test
    void anAllocationOfTheAuthorsIsReadWhole() {
        try (PthFile stored = PthFile.open(FOLDER.resolve("spt_param_req.pth"));
                SafeTensorsFile expected = SafeTensorsFile.open(FOLDER.resolve("expected_spt_param_req.safetensors"))) {
            Map<?, ?> content = (Map<?, ?>) stored.content();
            assertThat(stored.longs((TensorView) content.get("unstructured_indexes")))
                    .containsExactly(expected.longs("unstructured_indexes"));
            assertThat(stored.floats((TensorView) content.get("unstructured_params")))
                    .containsExactly(12);
            assertThat(content.get("structured_params")).isEqualTo(864L);
            Map<?, ?> shapes = (Map<?, ?>) content.get("unstructured_name_shapes");
            assertThat((Object[]) shapes.get("blocks.0.norm1.weight")).containsExactly(12);
            assertThat(((Map<?, ?>) content.get("unstructured_name_shapes_int")).values())
                    .hasSize(shapes.size())
                    .allMatch(size -> size.equals(12L));
            assertThat((List<?>) content.get("tuned_matrices")).first().isEqualTo(List.of(1, 1, 1, 1, 1, 1));
            assertThat((List<?>) content.get("tuned_vectors"))
                    .hasSize(14)
                    .last()
                    .isEqualTo("norm.bias");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "refuse_system.pth, posix.system",
        "refuse_system_legacy.pth, posix.system",
        "refuse_eval.pth, __builtin__.eval",
        "refuse_truncated.pth, zip",
        "refuse_out_of_bounds.pth, storage '0'",
        "refuse_bad_offset.pth, storage '0'",
    })
    void refusesWhatIsHarmfulAndSaysWhatItFound(String name, String found) {
        PrintStream out = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        List<ProcessHandle> before = children();
        try {
            assertThat(PthFile.recognises(FOLDER.resolve(name))).isTrue();
            assertThatThrownBy(() -> {
                        try (PthFile file = PthFile.open(FOLDER.resolve(name))) {
                            StateDict.of(file);
                        }
                    })
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining(name)
                    .hasMessageContaining(found);
        } finally {
            System.setOut(out);
        }
        assertThat(printed.size()).isZero();
        assertThat(children()).isEqualTo(before);
    }

    private static List<ProcessHandle> children() {
        return ProcessHandle.current().descendants().toList();
    }
}
