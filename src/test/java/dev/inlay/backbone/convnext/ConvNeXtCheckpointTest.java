package dev.inlay.backbone.convnext;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.backbone.Backbone;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.naming.CheckpointLayout;
import dev.inlay.checkpoint.naming.Layouts;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.golden.Golden;
import dev.inlay.inputs.Backbones;
import dev.inlay.tensor.Tensors;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Checkpoints of ConvNeXts under the names of others. */
class ConvNeXtCheckpointTest {
    static Stream<CheckpointLayout> layouts() {
        return Stream.of(Layouts.CONVNEXT, Layouts.CONVNEXT_AUTHORS);
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void othersNamesAreTakenAsTimms(CheckpointLayout layout, @TempDir Path folder) {
        Path file = folder.resolve("others.safetensors");
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> timm = Golden.tensors("convnext/weights.safetensors");
            Map<String, Tensor> others = layout.fromTimm(Tensors.shapesOf(timm)).read(timm::get);
            assertThat(others).doesNotContainKey("stem.0.weight").hasSameSizeAs(timm);
            SafeTensorsWriter.write(
                    file,
                    others.entrySet().stream()
                            .map(entry -> StoredTensors.entry(entry.getKey(), entry.getValue()))
                            .toList(),
                    Map.of());
        }
        try (Backbone timm = Golden.convnext();
                Backbone others = Backbones.load("test", Golden.convnextSpec(), file)) {
            assertThat(others.fingerprint()).isEqualTo(timm.fingerprint());
            assertThat(others.checkpointHead().orElseThrow().weight())
                    .containsExactly(timm.checkpointHead().orElseThrow().weight());
        }
    }
}
