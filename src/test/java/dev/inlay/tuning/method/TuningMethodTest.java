package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.ConfigException;
import dev.inlay.tuning.shift.ShiftMethod;
import org.junit.jupiter.api.Test;

/** Methods of tuning found on the class path. */
class TuningMethodTest {
    @Test
    void findsTheMethodsOfMainAndTestCode() {
        assertThat(TuningMethod.all().keySet())
                .containsExactly(
                        "adapter",
                        "adapterPlus",
                        "bias",
                        "classToken",
                        "convpass",
                        "dora",
                        "full",
                        "linear",
                        "lora",
                        "mlpHead",
                        "pad",
                        "partial",
                        "prompt",
                        "shift",
                        "spt",
                        "ssf",
                        "sum");
        assertThat(TuningMethod.named("full")).isInstanceOf(Full.Method.class);
        assertThat(TuningMethod.named("linear")).isInstanceOf(Linear.Method.class);
        assertThat(TuningMethod.named("shift")).isInstanceOf(ShiftMethod.class);
        assertThat(TuningMethod.named("spt")).isInstanceOf(PlannedMethod.class);
    }

    @Test
    void anUnknownNameListsTheKnownOnes() {
        assertThatThrownBy(() -> TuningMethod.named("prefix"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("'prefix'")
                .hasMessageContaining(String.join(", ", TuningMethod.all().keySet()));
    }
}
