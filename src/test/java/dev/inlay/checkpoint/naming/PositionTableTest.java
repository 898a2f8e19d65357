package dev.inlay.checkpoint.naming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.inlay.checkpoint.Checkpoint;
import dev.inlay.checkpoint.naming.PositionTable.Resampling;
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
    @CsvSource({
        "vit_grid5, 3, BILINEAR, timm_npz",
        "vit_grid5, 4, BILINEAR, timm_npz",
        "vit_grid2, 3, BILINEAR, timm_npz",
        "vit_grid2, 4, BILINEAR, timm_npz",
        "vit_grid5, 3, BICUBIC_ANTIALIASED, timm_state_dict",
        "vit_grid5, 4, BICUBIC_ANTIALIASED, timm_state_dict",
        "vit_grid2, 3, BICUBIC_ANTIALIASED, timm_state_dict",
        "vit_grid2, 4, BICUBIC_ANTIALIASED, timm_state_dict",
    })
    void isResizedAsTimmDoes(String name, int columns, Resampling resampling, String how) {
        Map<String, Tensor> expected = Golden.tensors("vit_npz/expected_positions.safetensors");
        JsonNode tolerance = JsonNodeFactory.instance
                .objectNode()
                .set(
                        "absolute",
                        Golden.json("vit_npz/meta.json").get("tolerance").get("positions"));
        try (PointerScope scope = new PointerScope();
                Checkpoint file = Checkpoint.open(Golden.path("vit_npz/" + name + ".npz"))) {
            Tensor table = GoogleVit.of(file).translation().read(file::read).get("pos_embed");
            String key = name + ".to3x" + columns + "." + how;
            Golden.assertClose(
                    key, PositionTable.resize(table, 1, 3, columns, resampling), expected.get(key), tolerance);
        }
    }

    @Test
    void rowsBeforeTheCellsStay() {
        try (PointerScope scope = new PointerScope()) {
            Tensor table = Tensors.of(new float[] {-1, -2, 4, 4, 4, 4}, 1, 6, 1);
            for (Resampling resampling : Resampling.values()) {
                assertThat(Tensors.floats(PositionTable.resize(table, 2, 1, 3, resampling)))
                        .containsExactly(-1, -2, 4, 4, 4);
                assertThat(Tensors.floats(PositionTable.resize(table.narrow(1, 2, 4), 0, 1, 3, resampling)))
                        .containsExactly(4, 4, 4);
            }
        }
    }

    @Test
    void onlySquaresHaveASide() {
        assertThat(PositionTable.side(196)).isEqualTo(14);
        assertThat(PositionTable.side(1)).isEqualTo(1);
        assertThat(PositionTable.side(12)).isZero();
        try (PointerScope scope = new PointerScope()) {
            Tensor table = Tensors.of(new float[3], 1, 3, 1);
            assertThatThrownBy(() -> PositionTable.resize(table, 1, 1, 1, Resampling.BILINEAR))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("expected 1 + side² rows, found a table of [1, 3, 1]");
        }
    }
}
