package dev.inlay.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.backbone.Backbone;
import dev.inlay.data.loading.Batch;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Precision;
import dev.inlay.tuning.Tuning;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every method where its tensors are not in main memory, and where products are not of float32, without a GPU: LibTorch's meta
 * device stands for one. It knows types, shapes and devices of tensors, but not enough operations to run a step.
 */
class MethodsOnDevicesTest {
    private static final Device META = new Device("meta", 0);

    static Stream<DeviceCases> cases() {
        return DeviceCases.all();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void whatATuningHoldsIsOnTheBackbonesDevice(DeviceCases on) {
        try (PointerScope scope = new PointerScope();
                Backbone loaded = on.backbone();
                Backbone backbone = loaded.on(META);
                Tuning tuning = on.tuning(backbone)) {
            assertThat(backbone.device()).isEqualTo(META);
            assertThat(loaded.device()).isEqualTo(Device.CPU);
            backbone.parameters()
                    .forEach((name, tensor) ->
                            assertThat(Device.of(tensor)).as(name).isEqualTo(META));
            assertThat(tuning.trainables()).containsKey(Tuning.HEAD_WEIGHT);
            tuning.trainables()
                    .forEach((name, trainable) ->
                            assertThat(Device.of(trainable.tensor())).as(name).isEqualTo(META));
            Batch batch = DeviceCases.batch(backbone);
            assertThat(Device.of(batch.input())).isEqualTo(META);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void whatIsTrainedStaysFloat32UnderBf16(DeviceCases on) {
        DeviceCases.Outcome exact = on.trained(Device.CPU, Precision.FLOAT32, false);
        DeviceCases.Outcome rounded = on.trained(Device.CPU, Precision.BF16, false);
        assertThat(rounded.losses()).isNotEqualTo(exact.losses());
        for (int i = 0; i < exact.losses().size(); i++) {
            assertThat(rounded.losses().get(i)).isCloseTo(exact.losses().get(i), within(0.05));
        }
        boolean isFine = rounded.tuned().values().stream().anyMatch(MethodsOnDevicesTest::hasMoreThanBf16);
        assertThat(isFine).isTrue();
    }

    /** Whether a number among these has bits that bfloat16 lacks. */
    private static boolean hasMoreThanBf16(float[] values) {
        for (float value : values) {
            if ((Float.floatToRawIntBits(value) & 0xffff) != 0) {
                return true;
            }
        }
        return false;
    }

    @Test
    void blocksThatAreComputedAgainUnderBf16GiveTheSame() {
        DeviceCases lora = new DeviceCases("vit", "lora");
        assertThat(lora.trained(Device.CPU, Precision.BF16, true).losses())
                .isEqualTo(lora.trained(Device.CPU, Precision.BF16, false).losses());
    }
}
