package dev.inlay.checkpoint.naming;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.backbone.BiasGrid;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.Tensors;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Resized tables of position biases against those of timm. */
class BiasTableTest {
    @ParameterizedTest
    @CsvSource({"4, 7, 7", "7, 4, 4", "12, 7, 7", "7, 7, 5", "3, 1, 4", "2, 12, 12", "1, 2, 2"})
    void isResizedAsTimmDoes(int window, int height, int width) {
        JsonNode tolerance = Golden.json("swin_bias/meta.json").get("tolerance");
        String name = window + "to" + height + "x" + width;
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tables = Golden.tensors("swin_bias/tables.safetensors");
            Tensor resized =
                    BiasTable.resize(tables.get(name + ".table"), 2 * window - 1, BiasGrid.ofWindow(height, width));
            Golden.assertClose(name, resized, tables.get(name + ".resized"), tolerance);
        }
    }

    @Test
    void theBiasOfNoDistanceStays() {
        try (PointerScope scope = new PointerScope()) {
            Tensor table = Tensors.of(new float[] {0, 0, 0, 0, 7, 0, 0, 0, 0}, 9, 1);
            float[] resized = Tensors.floats(BiasTable.resize(table, 3, BiasGrid.ofWindow(3, 2)));
            assertThat(resized).hasSize(15);
            assertThat(resized[7]).isEqualTo(7);
        }
    }
}
