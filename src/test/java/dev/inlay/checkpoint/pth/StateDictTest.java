package dev.inlay.checkpoint.pth;

import static dev.inlay.checkpoint.pth.PickleText.START;
import static dev.inlay.checkpoint.pth.PickleText.tensor;
import static dev.inlay.checkpoint.pth.PickleText.text;
import static dev.inlay.checkpoint.pth.PickleText.tuple;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.DataException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tensors in what training programs save, and what is read past. */
class StateDictTest {
    private static final String TENSOR = tensor(6, 0, tuple(2), tuple(1));

    @TempDir
    Path folder;

    @Test
    void tensorsAreNamedAfterTheKeysThatLeadToThem() throws IOException {
        StateDict state = of("}" + text("model") + "}" + text("b") + TENSOR + "s" + text("a") + TENSOR + "ss"
                + text("optimizer") + "}K\u0003}" + text("exp") + TENSOR + "sss" + text("epoch") + "K\u0001s");
        assertThat(state.tensors().keySet()).containsExactly("model.b", "model.a", "optimizer.3.exp");
        assertThat(state.notes()).containsExactly("left out, not tensors: epoch");
    }

    @Test
    void ofAWholeModuleTheParametersAreTaken() throws IOException {
        String layer = "cmine\nLayer\n)\u0081}" + text("_parameters") + "ccollections\nOrderedDict\n)R" + text("weight")
                + TENSOR + "ss" + text("_buffers") + "}" + text("mean") + TENSOR + "ss" + text("training") + "\u0089sb";
        StateDict state = of("cmine\nNet\n)\u0081}" + text("_modules") + "}" + text("fc") + layer + "ssb");
        assertThat(state.tensors().keySet()).containsExactly("fc.weight", "fc.mean");
        assertThat(state.notes())
                .containsExactly("left out, not tensors: fc", "passed over, never made: mine.Net, mine.Layer");
    }

    /** TorchScript writes storages first, and modules as objects whose attributes are tensors and modules. */
    @Test
    void anArchiveOfTorchScriptIsRead() throws IOException {
        String net = START + "c__torch__\nNet\n)\u0081}(" + text("training") + "\u0089" + text("proj")
                + "c__torch__\nConv\n)\u0081}" + text("weight") + TENSOR + "sbub.";
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("a/data/0", new byte[6 * Float.BYTES]);
        entries.put("a/data.pkl", PickleText.bytes(net));
        entries.put("a/constants.pkl", PickleText.bytes(START + ")."));
        Path archive = PickleText.archive(folder, entries, ZipEntry.STORED);
        assertThat(PthFile.recognises(archive)).isTrue();
        try (PthFile file = PthFile.open(archive)) {
            assertThat(StateDict.of(file).tensors()).containsOnlyKeys("proj.weight");
        }
    }

    @Test
    void theClassOfAModuleMayComeWithItsSource() throws IOException {
        String module = "(" + text("module") + "cmine\nNet\n" + text("net.py") + text("class Net: pass") + "tQ)\u0081}"
                + text("_parameters") + "}" + text("w") + TENSOR + "ssb";
        assertThat(of(module).tensors()).containsOnlyKeys("w");
    }

    /** As pickle writes them, in protocol 2 and 4. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "c__builtin__\nset\n]K\u0001a\u0085R",
                "\u008f(K\u0001\u0090",
                "(K\u0001K\u0002\u0091",
                "c__builtin__\nfrozenset\n]K\u0001a\u0085R",
                "ctorch\ndevice\nX\4\0\0\0cudaK\0\u0086R",
                "ctorch\nfloat16\n",
                "ctorch\nSize\nK\1K\2\u0086\u0085R",
                "cpathlib\nPosixPath\nX\1\0\0\0/X\1\0\0\0a\u0086R",
                "cargparse\nNamespace\n)R}X\1\0\0\0aK\1sb",
                "cargparse\nNamespace\n)\u0081}X\1\0\0\0aK\1sb",
                "ccollections\ndefaultdict\nc__builtin__\nlist\n\u0085RX\1\0\0\0a]s",
                "ccollections\nCounter\n}X\1\0\0\0aK\1s\u0085R",
                "ccollections\ndeque\n)RK\1a",
                "cyacs.config\nCfgNode\n)\u0081X\1\0\0\0aK\1s}X\1\0\0\0bK\1sb",
                "comegaconf.dictconfig\nDictConfig\n)\u0081}X\1\0\0\0aNsb",
                "cmine\nKind\nK\1\u0085R",
                "c__builtin__\ngetattr\ncmine\nKind\nX\1\0\0\0A\u0086R",
                "cdatetime\ndatetime\nC\2ab\u0085R",
                "cfunctools\npartial\ncmine\nf\n\u0085R(cmine\nf\n)}NtbX\1\0\0\0a0",
                "cmine\nList\n)\u0081]K\1ab",
                "ccopy_reg\n_reconstructor\ncmine\nA\nc__builtin__\nobject\nN\u0087R}X\1\0\0\0aK\1sb",
                "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\u0085C\1b\u0087R(K\1K\2\u0085"
                        + "cnumpy\ndtype\nX\2\0\0\0f4K\0K\1\u0087R(K\3X\1\0\0\0<NNNJ\u00ff\u00ff\u00ff\u00ffJ\u00ff\u00ff\u00ff\u00ffK\0tb"
                        + "\u0089C\10abcdefghtb",
                "cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nX\2\0\0\0U1K\0K\1\u0087RC\4abcd\u0086R",
                "cnumpy\ndtype\nX\2\0\0\0i8K\0K\1\u0087R(K\3X\1\0\0\0>NNNJ\u00ff\u00ff\u00ff\u00ffJ\u00ff\u00ff\u00ff\u00ffK\0tb",
                "ctorch._C\nGenerator\n)\u0081}X\1\0\0\0aK\1sb",
                "c__builtin__\ncomplex\nG\0\0\0\0\0\0\0\0G\0\0\0\0\0\0\0\0\u0086R",
                "cmine\nA\n)}\u0092",
                "\u008b\3\0\0\0abc",
                "\u0096\2\0\0\0\0\0\0\0ab",
                "C\3abc",
                "(K\1]}NX\1\0\0\0at",
                "}]Ns",
                "}K\1K\2\u0086Ns"
            })
    void whatIsBesideTheWeightsIsReadPast(String value) throws IOException {
        StateDict state = of("}" + text("before") + value + "s" + text("model") + "}" + text("w") + TENSOR + "ss"
                + text("after") + value + "s");
        assertThat(state.tensors()).containsOnlyKeys("model.w");
    }

    @Test
    void whatWasPassedOverIsCounted() throws IOException {
        StateDict state = of("}" + text("w") + TENSOR + "s" + text("a")
                + "(ctorch\ndevice\nX\3\0\0\0cpu\u0085Rctorch\ndevice\nX\3\0\0\0cpu\u0085Rcmine\nA\nts");
        assertThat(state.notes())
                .containsExactly("left out, not tensors: a", "passed over, never made: torch.device × 2, mine.A");
    }

    @Test
    void tensorsOfKindsThatAreNotReadAreNamed() throws IOException {
        String quantised = "ctorch._utils\n_rebuild_qtensor\n" + tuple(1) + "R";
        String complex = "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nComplexFloatStorage\n"
                + text("1") + text("cpu") + "K\1tQK\0K\1\u0085K\1\u0085tR";
        StateDict state = of("}" + text("w") + TENSOR + "s" + text("q") + quantised + "s" + text("c") + complex + "s");
        assertThat(state.opaque())
                .containsExactly(
                        Map.entry("q", "torch._utils._rebuild_qtensor"),
                        Map.entry("c", "a tensor of torch.ComplexFloatStorage"));
    }

    @Test
    void aStorageOfUnknownSizeHidesWhatIsBehindItInTheOlderLayout() throws IOException {
        String complex = "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nComplexFloatStorage\n"
                + text("1") + text("cpu") + "K\1tQK\0K\1\u0085K\1\u0085tR";
        Path file = PickleText.legacy(folder, START + "}" + text("w") + TENSOR + "s" + text("c") + complex + "s.", 6);
        assertThatThrownBy(() -> PthFile.open(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("expected storages of plain numbers, found torch.ComplexFloatStorage");
    }

    @Test
    void aListOrTupleIsADictionaryByPosition() throws IOException {
        assertThat(of("}" + text("w") + TENSOR + "sK\1\u0086").tensors()).containsOnlyKeys("0.w");
        assertThat(of("](K\1}" + text("w") + TENSOR + "se").tensors()).containsOnlyKeys("1.w");
    }

    @Test
    void aDictionaryOfAnUnknownClassHoldsTensors() throws IOException {
        assertThat(of("cmine\nDict\n)\u0081" + text("w") + TENSOR + "s").tensors())
                .containsOnlyKeys("w");
        assertThat(of("ccollections\ndefaultdict\n)R" + text("w") + TENSOR + "s")
                        .tensors())
                .containsOnlyKeys("w");
    }

    @Test
    void parametersAndSubclassesOfTensorsAreTensors() throws IOException {
        String state = "ctorch._utils\n_rebuild_parameter_with_state\n(" + TENSOR + "\u0089}}tR";
        String subclass = "ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\ncmine\nT\n(("
                + text("storage") + "ctorch\nFloatStorage\n" + text("0") + text("cpu") + "K\6tQK\0" + tuple(2)
                + tuple(1)
                + "t}tR";
        assertThat(of("}" + text("p") + state + "s" + text("s") + subclass + "s")
                        .tensors())
                .containsOnlyKeys("p", "s");
    }

    @Test
    void whereThereIsNoTensorTheClassesAreNamed() {
        assertThatThrownBy(() -> of("cmine\nsystem\nX\4\0\0\0evil\u0085R"))
                .isInstanceOf(DataException.class)
                .hasMessageEndingWith("expected tensors by name in dictionaries, found none, but mine.system, of which"
                        + " nothing was made or run; save model.state_dict()");
    }

    @Test
    void theOrderIsThatOfTheFile() throws IOException {
        StringBuilder tensors = new StringBuilder("}");
        for (String name : new String[] {"b", "z", "a", "q", "aa"}) {
            tensors.append(text(name)).append(TENSOR).append('s');
        }
        assertThat(of(tensors.toString()).tensors().keySet()).containsExactly("b", "z", "a", "q", "aa");
    }

    private StateDict of(String value) throws IOException {
        try (PthFile file = PthFile.open(PickleText.archive(folder, START + value + ".", 6))) {
            return StateDict.of(file);
        }
    }
}
