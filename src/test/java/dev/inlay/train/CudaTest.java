package dev.inlay.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Pass;
import dev.inlay.data.Examples;
import dev.inlay.data.loading.Batch;
import dev.inlay.data.loading.BatchLoader;
import dev.inlay.data.loading.Batches;
import dev.inlay.data.loading.Order;
import dev.inlay.golden.Golden;
import dev.inlay.kernels.SampledProduct;
import dev.inlay.random.Key;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import dev.inlay.tensor.WorkStream;
import dev.inlay.train.DeviceCases.Outcome;
import dev.inlay.tuning.Initial;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a GPU computes is what the CPU computes, up to rounding. Needs a build with the profile {@code gpu}. */
@Tag("gpu")
class CudaTest {
    private static final Device GPU = Device.cuda(0);

    @BeforeEach
    void needsAGpu() {
        assumeTrue(Device.available().contains(GPU), "SKIPPED: LibTorch sees no GPU here; build with mvn -Pgpu on one");
    }

    static Stream<DeviceCases> cases() {
        return DeviceCases.all();
    }

    @Test
    void logitsAreThoseOfTimm() {
        try (PointerScope scope = new PointerScope();
                Backbone loaded = Golden.vit();
                Backbone vit = loaded.on(GPU)) {
            Map<String, Tensor> io = Golden.tensors("vit_forward/io.safetensors");
            Map<String, Tensor> weights = Golden.tensors("vit_forward/weights.safetensors");
            Tensor features = vit.features(GPU.put(io.get("images")), Pass.BARE);
            Tensor logits =
                    torch.linear(features, GPU.put(weights.get("head.weight")), GPU.put(weights.get("head.bias")));
            assertThat(Tensors.floats(logits)).containsExactly(Tensors.floats(io.get("logits")), within(1e-3f));
            assertThat(vit.fingerprint()).isEqualTo(loaded.fingerprint());
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void stepsAreThoseOfTheProcessor(DeviceCases on) {
        Outcome expected = on.trained(Device.CPU, Precision.FLOAT32, false);
        Outcome found = on.trained(GPU, Precision.FLOAT32, false);
        for (int i = 0; i < expected.losses().size(); i++) {
            assertThat(found.losses().get(i)).isCloseTo(expected.losses().get(i), within(2e-3));
        }
        assertThat(found.tuned().keySet()).isEqualTo(expected.tuned().keySet());
        // AdamW moves by at most the learning rate a step, whatever a gradient's rounding
        found.tuned().forEach((name, values) -> assertThat(values)
                .as(name)
                .containsExactly(expected.tuned().get(name), within(7e-3f)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void bf16StaysNear(DeviceCases on) {
        Outcome expected = on.trained(Device.CPU, Precision.FLOAT32, false);
        Outcome found = on.trained(GPU, Precision.BF16, false);
        for (int i = 0; i < expected.losses().size(); i++) {
            assertThat(found.losses().get(i)).isCloseTo(expected.losses().get(i), within(0.05));
        }
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void blocksThatAreComputedAgainGiveTheSame(Precision precision) {
        DeviceCases planned = new DeviceCases("vit", DeviceCases.PLANNED);
        assertThat(planned.trained(GPU, precision, true).losses().get(2))
                .isCloseTo(planned.trained(GPU, precision, false).losses().get(2), within(1e-3));
    }

    @Test
    void batchesArriveWholeOnAStreamOfTheirOwn() {
        try (Examples examples = SmallTraining.examples(40);
                BatchLoader here = new BatchLoader(examples, 8, 2);
                BatchLoader there = new BatchLoader(examples, 8, 2, GPU);
                WorkStream stream = WorkStream.on(GPU);
                Batches expected = here.read(Order.sequential(40), 3, 0);
                Batches found = there.read(Order.sequential(40), 3, 0)) {
            while (expected.hasNext()) {
                try (PointerScope scope = new PointerScope()) {
                    Batch one = expected.next();
                    Batch other = found.next();
                    assertThat(Device.of(other.input())).isEqualTo(GPU);
                    assertThat(other.indices()).isEqualTo(one.indices());
                    assertThat(Tensors.floats(other.input())).isEqualTo(Tensors.floats(one.input()));
                    assertThat(Tensors.longs(other.labels())).isEqualTo(Tensors.longs(one.labels()));
                }
            }
            assertThat(found.hasNext()).isFalse();
            assertThat(WorkStream.current(GPU)).isNotZero();
        }
    }

    @Test
    void theKernelAgreesWithLibTorch() {
        int[] rows = {0, 0, 3, 7, 7, 9};
        int[] columns = {1, 5, 0, 2, 11, 4};
        try (PointerScope scope = new PointerScope();
                SampledProduct product = new SampledProduct(GPU, rows, columns)) {
            Tensor g = GPU.of(Initial.normal(Key.of(1, "g"), 2 * 300 * 10, 0, 1), 2, 300, 10);
            Tensor x = GPU.of(Initial.normal(Key.of(2, "x"), 2 * 300 * 12, 0, 1), 2, 300, 12);
            Tensor dense = g.view(-1, 10).t().mm(x.view(-1, 12));
            float[] found = Tensors.floats(product.gradient(g, x));
            for (int i = 0; i < rows.length; i++) {
                assertThat(found[i])
                        .isCloseTo(
                                dense.select(0, rows[i]).select(0, columns[i]).item_float(), within(2e-3f));
            }
        }
    }
}
