package dev.inlay.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Files with their parameters inside and beside them. */
@DisabledOnOs(value = OS.MAC, architectures = "x86_64") // ONNX Runtime has no natives there
class OnnxFileTest {
    private static final int IN = 70;
    private static final int OUT = 20;

    @TempDir
    private Path folder;

    private static OnnxGraph linear(Tensor weight, Tensor bias) {
        OnnxGraph graph = new OnnxGraph(Map.of("head.weight", weight, "head.bias", bias));
        graph.output("logits", graph.linear(graph.input("images", IN), "head"), OUT);
        return graph;
    }

    @Test
    void parametersLieBesideAFileThatWouldBeTooLarge() throws IOException {
        try (PointerScope scope = new PointerScope()) {
            Tensor weight = torch.randn(OUT, IN);
            Tensor bias = torch.randn(OUT);
            Tensor images = torch.randn(3, IN);
            Path whole = folder.resolve("whole.onnx");
            Path parted = folder.resolve("parted.onnx");
            OnnxFile.write(whole, linear(weight, bias), Map.of("key", "Wert"));
            OnnxFile.write(parted, linear(weight, bias), Map.of("key", "Wert"), 5000);
            assertThat(folder.resolve("whole.onnx.data")).doesNotExist();
            assertThat(folder.resolve("parted.onnx.data")).hasSize(4L * IN * OUT);
            assertThat(Files.size(parted)).isLessThan(1000);
            Tensor expected = torch.linear(images, weight, bias);
            for (Path file : new Path[] {whole, parted}) {
                Tensor found = OnnxRuntime.logits(file, images);
                assertThat(found.sub(expected).abs().max().item_double()).isLessThan(1e-5);
                assertThat(OnnxRuntime.metadata(file)).containsEntry("key", "Wert");
            }
        }
    }

    @Test
    void equalGraphsAreEqualFiles() throws IOException {
        try (PointerScope scope = new PointerScope()) {
            Tensor weight = torch.randn(OUT, IN);
            Tensor bias = torch.randn(OUT);
            OnnxFile.write(folder.resolve("a"), linear(weight, bias), Map.of());
            OnnxFile.write(folder.resolve("b"), linear(weight, bias), Map.of());
            assertThat(Files.mismatch(folder.resolve("a"), folder.resolve("b"))).isEqualTo(-1);
        }
    }
}
