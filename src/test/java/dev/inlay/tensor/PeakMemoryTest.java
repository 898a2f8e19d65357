package dev.inlay.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class PeakMemoryTest {
    private static final int MEBIBYTE = 1 << 20;

    @Test
    void aPeakThatIsOverCanBeForgotten() {
        Assumptions.assumeTrue(PeakMemory.reset(), "this system does not let a peak be forgotten");
        BytePointer held = new BytePointer(256L * MEBIBYTE);
        for (long i = 0; i < held.capacity(); i += 4096) {
            held.put(i, (byte) 1);
        }
        long peak = PeakMemory.residentBytes().orElseThrow();
        held.deallocate();
        // the kernel counts pages per thread and sums them up now and then
        assertThat(PeakMemory.residentBytes().orElseThrow()).isGreaterThan(peak - 64L * MEBIBYTE);
        assertThat(PeakMemory.reset()).isTrue();
        assertThat(PeakMemory.residentBytes().orElseThrow()).isLessThan(peak - 128L * MEBIBYTE);
    }
}
