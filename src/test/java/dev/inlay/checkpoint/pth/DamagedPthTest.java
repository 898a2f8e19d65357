package dev.inlay.checkpoint.pth;

import static dev.inlay.checkpoint.pth.PickleText.START;
import static dev.inlay.checkpoint.pth.PickleText.archive;
import static dev.inlay.checkpoint.pth.PickleText.dictionary;
import static dev.inlay.checkpoint.pth.PickleText.little;
import static dev.inlay.checkpoint.pth.PickleText.tensor;
import static dev.inlay.checkpoint.pth.PickleText.text;
import static dev.inlay.checkpoint.pth.PickleText.tuple;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are broken, or made to break their reader. */
class DamagedPthTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden/vit_pth");

    @TempDir
    Path folder;

    @Test
    void whatTheTestsBuildIsRead() throws IOException {
        String pickle = dictionary(tensor(6, 1, tuple(2, 2), tuple(1, 3)));
        try (PthFile file = PthFile.open(archive(folder, pickle, 6))) {
            TensorView view = StateDict.of(file).tensors().get("w");
            assertThat(view.shape()).containsExactly(2L, 2L);
            assertThat(file.floats(view)).containsExactly(1, 4, 2, 5);
            assertThatThrownBy(() -> file.longs(view)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    static Stream<Arguments> faults() {
        String shape = tuple(2);
        String stride = tuple(1);
        return Stream.of(
                Arguments.of(
                        "a function by the stack",
                        "\u0080\u0004" + text("os") + text("system") + "\u0093.",
                        "os.system"),
                Arguments.of(
                        "a class that would be called",
                        START + "csubprocess\nPopen\n" + text("x") + "\u0085R.",
                        "subprocess.Popen"),
                Arguments.of("a class that is no function", START + "ctorch\nFloatStorage\n)R.", "do not fit"),
                Arguments.of("a name without an end", START + "c" + "a".repeat(300), "name of a class"),
                Arguments.of("the instruction INST", START + "(ios\nsystem\n.", "0x69"),
                Arguments.of("the instruction OBJ", START + "(cmine\nsystem\no.", "0x6f"),
                Arguments.of("the instruction EXT1", START + "\u0082\u0001.", "0x82"),
                Arguments.of("text longer than the file", START + "X" + little(Integer.MAX_VALUE), "only 0 left"),
                Arguments.of("text of 2^32 - 1 bytes", START + "X" + little(-1), "4294967295 bytes"),
                Arguments.of("bytes of a negative length", START + "\u008e" + little(-1) + little(-1), "-1 bytes"),
                Arguments.of("nothing", "", "do not fit"),
                Arguments.of("no end", START + "}", "do not fit"),
                Arguments.of("an empty stack", START + "\u0085.", "do not fit"),
                Arguments.of("a value never remembered", START + "h\u0007.", "do not fit"),
                Arguments.of("attributes of a list", START + "]}b.", "attributes"),
                Arguments.of("too many values within one another", START + "(".repeat(2_000), "1000 values within"),
                Arguments.of("too many values at once", START + "N".repeat(200_000), "100000 values at once"),
                Arguments.of(
                        "a storage that is not there",
                        dictionary(tensor(6, 0, shape, stride)).replace(text("0"), text("7")),
                        "storage '7'"),
                Arguments.of(
                        "a storage larger than its entry", dictionary(tensor(7, 0, shape, stride)), "found 24 bytes"),
                Arguments.of(
                        "a storage of fewer than 0 elements", dictionary(tensor(-1, 0, shape, stride)), "found -1"),
                Arguments.of("a negative offset", dictionary(tensor(6, -1, shape, stride)), "offset -1"),
                Arguments.of("a negative stride", dictionary(tensor(6, 3, shape, tuple(-1))), "strides [-1]"),
                Arguments.of("a stride past the end", dictionary(tensor(6, 0, shape, tuple(6))), "at 7"),
                Arguments.of("more strides than sizes", dictionary(tensor(6, 0, shape, tuple(1, 1))), "2 strides"),
                Arguments.of(
                        "sizes past counting",
                        dictionary(tensor(6, 0, tuple(1 << 30, 1 << 30, 1 << 30), tuple(0, 0, 0))),
                        "2^63"),
                Arguments.of(
                        "a view larger than any array",
                        dictionary(tensor(6, 0, tuple(1 << 30, 4), tuple(0, 0))),
                        "at most 2147483639"),
                Arguments.of("too many sizes", dictionary(tensor(6, 0, tuple(new int[65]), tuple(new int[65]))), "65"),
                Arguments.of("a shape of text", dictionary(tensor(6, 0, text("x"), stride)), "do not fit"),
                Arguments.of(
                        "a number of numpy in too few bytes",
                        START + "cnumpy._core.multiarray\nscalar\n(cnumpy\ndtype\n(" + text("i8") + "tRC\u0001xtR.",
                        "type 'i8' in 1 bytes"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void refusesAtOnceWithoutMuchMemory(String what, String pickle, String found) throws IOException {
        Path file = archive(folder, pickle, 6);
        assertThatThrownBy(() -> PthFile.open(file).close())
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(found);
    }

    @Test
    void aViewThatRepeatsElementsCannotFillTheMemory() throws IOException {
        String pickle = dictionary(tensor(6, 0, tuple(1 << 30), tuple(0)));
        try (PthFile file = PthFile.open(archive(folder, pickle, 6))) {
            TensorView view = (TensorView) ((Map<?, ?>) file.content()).get("w");
            assertThatThrownBy(() -> file.floats(view))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("8 times");
            assertThatThrownBy(() -> StateDict.of(file))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("8 times");
        }
    }

    @Test
    void aListThatContainsItselfDoesNoHarm() throws IOException {
        String pickle = START + "}" + text("model") + "}" + text("w") + tensor(6, 0, tuple(2), tuple(1)) + "s" + "s"
                + text("loop") + "]q\0h\0as.";
        try (PthFile file = PthFile.open(archive(folder, pickle, 6))) {
            assertThat(StateDict.of(file).tensors()).containsOnlyKeys("model.w");
            assertThat(StateDict.of(file).notes()).containsExactly("left out, not tensors: loop");
        }
    }

    /** Nothing is made or run, and no name reaches a terminal as it is. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "X\4\0\0\0mineX\6\0\0\0system\u0093",
                "cmine\nPopen\nX\1\0\0\0x\u0085R",
                "ctorch._utils\n_rebuild_sparse_tensor\n",
                "ca\u001b[31m\nb\n",
                "}q\0h\0h\0s"
            })
    void whatIsNotOnTheListIsAName(String value) throws IOException {
        try (PthFile file = PthFile.open(archive(folder, START + "}" + text("x") + value + "s.", 6))) {
            Object made = ((Map<?, ?>) file.content()).get("x");
            assertThat(made).isInstanceOfAny(Opaque.class, Map.class);
            assertThat(file.passedOver().keySet()).allMatch(name -> name.matches("[ -~]+"));
        }
    }

    @Test
    void namesThatWouldFillTheMemoryAreNotMade() throws IOException {
        String key = "X\0\0\1\0" + "a".repeat(1 << 16) + "q\0";
        StringBuilder pickle =
                new StringBuilder(START + "}" + text("w") + tensor(6, 0, tuple(2), tuple(1)) + "s" + key);
        int depth = 900;
        pickle.append("}h\0".repeat(depth))
                .append("}")
                .append("s".repeat(depth + 1))
                .append('.');
        try (PthFile file = PthFile.open(archive(folder, pickle.toString(), 6))) {
            assertThat(StateDict.of(file).tensors()).containsOnlyKeys("w");
        }
    }

    @Test
    void aFileWithoutTensorsIsRefused() throws IOException {
        try (PthFile file = PthFile.open(archive(folder, START + "}" + text("epoch") + "K\u0001s.", 6))) {
            assertThatThrownBy(() -> StateDict.of(file))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("expected tensors by name");
        }
        try (PthFile file = PthFile.open(archive(folder, START + "].", 6))) {
            assertThatThrownBy(() -> StateDict.of(file))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("expected tensors by name");
        }
    }

    @Test
    void aCompressedArchiveIsRefused() throws IOException {
        byte[] zeros = new byte[1 << 20];
        Path file = archive(folder, Map.of("a/data.pkl", zeros), ZipEntry.DEFLATED);
        assertThatThrownBy(() -> PthFile.open(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("a/data.pkl: expected plain bytes");
    }

    @Test
    void anArchiveOfAnotherKindIsNotOurs() throws IOException {
        Path file = archive(folder, Map.of("x.npy", new byte[8]), ZipEntry.STORED);
        assertThat(PthFile.recognises(file)).isFalse();
        assertThatThrownBy(() -> PthFile.open(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("found 0");
        assertThat(PthFile.recognises(GOLDEN.resolve("expected.safetensors"))).isFalse();
        assertThat(PthFile.recognises(folder.resolve("none"))).isFalse();
        assertThatThrownBy(() -> PthFile.open(folder.resolve("none")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no file");
    }

    @Test
    void bigEndianFilesAreRefused() throws IOException {
        Path file = archive(
                folder,
                Map.of("a/data.pkl", PickleText.bytes(START + "}."), "a/byteorder", PickleText.bytes("big")),
                ZipEntry.STORED);
        assertThatThrownBy(() -> PthFile.open(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("found big");
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain.pth", "legacy.pth", "strided_legacy.pth"})
    void aFileCutShortAnywhereIsRefused(String name) throws IOException {
        byte[] whole = Files.readAllBytes(GOLDEN.resolve(name));
        Path cut = folder.resolve(name);
        for (int length = 0; length < whole.length; length += 1 + whole.length / 300) {
            Files.write(cut, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> PthFile.open(cut).close())
                    .as("%d bytes", length)
                    .isInstanceOf(DataException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"strided_legacy.pth", "strided.pth", "spt_param_req.pth", "namespace.pth"})
    void changedBytesAreReadOrRefusedButNeverMore(String name) throws IOException {
        byte[] whole = Files.readAllBytes(GOLDEN.resolve(name));
        SplittableRandom random = new SplittableRandom(1);
        Path changed = folder.resolve(name);
        int refused = 0;
        for (int trial = 0; trial < 300; trial++) {
            byte[] bytes = whole.clone();
            for (int change = random.nextInt(1, 4); change > 0; change--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            Files.write(changed, bytes);
            try (PthFile file = PthFile.open(changed)) {
                for (TensorView view : List.copyOf(StateDict.of(file).tensors().values())) {
                    assertThat(view.isFloating() ? file.floats(view).length : file.longs(view).length)
                            .isEqualTo((int) view.elements());
                }
            } catch (DataException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(6, 294);
    }
}
