package dev.inlay.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.tensor.Device;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class GpuProofTest {
    @Test
    void passesOnTheCpu() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, false, StandardCharsets.UTF_8);
        boolean passes = GpuProof.passes(Device.CPU, "tiny", 4, 4, out);
        String printed = bytes.toString(StandardCharsets.UTF_8);
        assertThat(printed.lines().filter(line -> line.startsWith("FAIL"))).isEmpty();
        assertThat(printed.lines().filter(line -> line.startsWith("PASS"))).hasSize(9);
        assertThat(printed.lines().filter(line -> line.startsWith("CSV inlay,tiny,")))
                .hasSize(3);
        assertThat(passes).isTrue();
        assertThat(printed).endsWith("ALL PASSED" + System.lineSeparator());
    }

    @Test
    void failsWhereThereIsNoSuchDevice() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, false, StandardCharsets.UTF_8);
        boolean passes = GpuProof.passes(Device.cuda(99), "tiny", 1, 1, out);
        assertThat(passes).isFalse();
        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .contains("FAIL the device is there")
                .doesNotContain("PASS")
                .endsWith("FAILED" + System.lineSeparator());
    }
}
