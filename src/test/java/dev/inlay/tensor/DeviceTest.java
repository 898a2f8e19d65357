package dev.inlay.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.inlay.error.ConfigException;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class DeviceTest {
    private static final Device META = new Device("meta", 0);

    @Test
    void theProcessorIsAlwaysThere() {
        assertThat(Device.available()).startsWith(Device.CPU);
        assertThat(Device.CPU.required()).isEqualTo(Device.CPU);
        assertThat(Device.CPU.toString()).isEqualTo("cpu");
        assertThat(Device.cuda(1).toString()).isEqualTo("cuda:1");
    }

    @Test
    void theFastestIsTheFirstGpuIfThereIsOne() {
        List<Device> all = Device.available();
        assertThat(Device.fastest()).isEqualTo(all.size() > 1 ? Device.cuda(0) : Device.CPU);
    }

    @Test
    void aGpuThatCannotBeUsedSaysWhatToDo() {
        LibTorch.load();
        assumeFalse(torch.hasCUDA(), "SKIPPED: this build is for GPUs");
        assertThatThrownBy(() -> Device.cuda(0).required())
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll("device: cuda:0", "-Pgpu", "device: cpu");
        assertThat(LibTorch.describe().get("devices")).startsWith("cpu").contains("profile gpu");
    }

    @Test
    void aGpuThatIsNotThereIsNamed() {
        assumeTrue(Device.available().size() > 1, "SKIPPED: LibTorch sees no GPU here; build with mvn -Pgpu on one");
        assertThatThrownBy(() -> Device.cuda(64).required())
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll("cuda:64 is not there", "cuda:0");
    }

    @Test
    void tensorsAreMadeWhereTheyAreWanted() {
        for (Device device : List.of(Device.CPU, META)) {
            try (PointerScope scope = new PointerScope()) {
                Tensor[] made = {
                    device.of(new float[] {1, 2}, 2),
                    device.of(new long[] {1, 2}, 2),
                    device.of(new byte[] {0, 1}, 2),
                    device.indices(new int[] {0, 1}),
                    device.zeros(2),
                    device.ones(2),
                    device.empty(2)
                };
                ScalarType[] types = {
                    ScalarType.Float,
                    ScalarType.Long,
                    ScalarType.Byte,
                    ScalarType.Long,
                    ScalarType.Float,
                    ScalarType.Float,
                    ScalarType.Float
                };
                for (int i = 0; i < made.length; i++) {
                    assertThat(Device.of(made[i])).as("%d", i).isEqualTo(device);
                    assertThat(made[i].scalar_type().intern()).as("%d", i).isEqualTo(types[i]);
                    assertThat(Tensors.shape(made[i])).containsExactly(2);
                }
            }
        }
    }

    @Test
    void whatIsThereIsNotCopied() {
        try (PointerScope scope = new PointerScope()) {
            Tensor here = Device.CPU.of(new float[] {1, 2}, 2);
            assertThat(Device.CPU.put(here)).isSameAs(here);
            assertThat(Device.of(META.put(here))).isEqualTo(META);
        }
    }
}
