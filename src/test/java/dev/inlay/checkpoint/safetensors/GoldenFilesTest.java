package dev.inlay.checkpoint.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Files written by the reference implementation of the format. */
class GoldenFilesTest {
    private static final Path FOLDER = Path.of("src/test/resources/golden/vit_forward");

    @Test
    void weightsHaveTheNamesAndShapesOfTheModel() throws Exception {
        List<String> order = new ArrayList<>();
        for (JsonNode name :
                new ObjectMapper().readTree(new File(FOLDER + "/meta.json")).get("order")) {
            order.add(name.asText());
        }
        try (SafeTensorsFile weights = SafeTensorsFile.open(FOLDER.resolve("weights.safetensors"));
                SafeTensorsFile grads = SafeTensorsFile.open(FOLDER.resolve("grads.safetensors"))) {
            assertThat(weights.names()).containsExactlyInAnyOrderElementsOf(order);
            assertThat(weights.info("blocks.0.attn.qkv.weight"))
                    .isEqualTo(TensorInfo.of("blocks.0.attn.qkv.weight", Dtype.F32, 144, 48));
            assertThat(weights.metadata()).isEmpty();
            for (String name : order) {
                assertThat(grads.info(name)).isEqualTo(weights.info(name));
            }
        }
    }

    @Test
    void elementsAreEqualHoweverTheyAreRead() {
        try (SafeTensorsFile weights = SafeTensorsFile.open(FOLDER.resolve("weights.safetensors"))) {
            for (String name : weights.names()) {
                float[] floats = weights.floats(name);
                ByteBuffer mapped = weights.buffer(name);
                assertThat(mapped.remaining()).isEqualTo(floats.length * Float.BYTES);
                float[] viaMapping = new float[floats.length];
                mapped.asFloatBuffer().get(viaMapping);
                assertThat(viaMapping).isEqualTo(floats);
            }
        }
    }

    @Test
    void labelsAreClassesAndLogitsAgreeWithTheLoss() throws Exception {
        JsonNode meta = new ObjectMapper().readTree(new File(FOLDER + "/meta.json"));
        try (SafeTensorsFile io = SafeTensorsFile.open(FOLDER.resolve("io.safetensors"))) {
            long[] labels = io.longs("labels");
            float[] logits = io.floats("logits");
            assertThat(io.info("logits").shape()).containsExactly(5L, 7L);
            double loss = 0;
            for (int row = 0; row < 5; row++) {
                double sum = 0;
                for (int column = 0; column < 7; column++) {
                    sum += Math.exp(logits[row * 7 + column]);
                }
                loss += (Math.log(sum) - logits[row * 7 + (int) labels[row]]) / 5;
            }
            assertThat(loss).isCloseTo(meta.get("loss").asDouble(), within(1e-5));
        }
    }
}
