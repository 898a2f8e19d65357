package dev.inlay.checkpoint.naming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.inlay.checkpoint.npz.NpzFile;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.Tensors;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Resized tables against those of timm. */
class PositionTableTest {
    @ParameterizedTest
    @CsvSource({"vit_grid5, 3", "vit_grid5, 4", "vit_grid2, 3", "vit_grid2, 4"})
    void isResizedAsTimmDoes(String name, int columns) {
        Map<String, Tensor> expected = Golden.tensors("vit_npz/expected_positions.safetensors");
        JsonNode tolerance = JsonNodeFactory.instance
                .objectNode()
                .set(
                        "absolute",
                        Golden.json("vit_npz/meta.json").get("tolerance").get("positions"));
        try (PointerScope scope = new PointerScope();
                NpzFile file = NpzFile.open(Golden.path("vit_npz/" + name + ".npz"))) {
            Tensor table = GoogleVit.of(file).read().get("pos_embed");
            String key = name + ".to3x" + columns + ".timm_npz";
            Golden.assertClose(key, PositionTable.bilinear(table, 3, columns), expected.get(key), tolerance);
        }
    }

    @Test
    void onlySquaresHaveASide() {
        assertThat(PositionTable.side(197)).isEqualTo(14);
        assertThat(PositionTable.side(2)).isEqualTo(1);
        assertThat(PositionTable.side(13)).isZero();
        try (PointerScope scope = new PointerScope()) {
            Tensor table = Tensors.of(new float[3], 1, 3, 1);
            assertThatThrownBy(() -> PositionTable.bilinear(table, 1, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("expected 1 + side² rows, found a table of [1, 3, 1]");
        }
    }
}
