package dev.inlay.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.kernels.Kernels;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DoctorTest {
    @Test
    void findsLibTorchAndTheImageReaders() {
        Map<String, String> facts = Doctor.facts();
        assertThat(facts).containsKeys("java", "libtorch", "blas", "threads", "devices", "cache", "kernels");
        assertThat(facts.get("kernels")).startsWith(Kernels.describe()).contains(", ");
        assertThat(facts.get("imageReaders")).isEqualTo("bmp, gif, jpeg, png, tiff, webp");
    }

    @Test
    void trainsAStep() {
        assertThat(Doctor.trainSteps(dev.inlay.tensor.Device.CPU)).isPositive();
    }
}
