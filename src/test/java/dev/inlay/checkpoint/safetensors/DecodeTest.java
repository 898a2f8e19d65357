package dev.inlay.checkpoint.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DecodeTest {
    @Test
    void everyHalfHasTheValueOfItsFields() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            int exponent = (bits >> 10) & 31;
            int fraction = bits & 1023;
            double magnitude;
            if (exponent == 31) {
                magnitude = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
            } else if (exponent == 0) {
                magnitude = fraction * Math.pow(2, -24);
            } else {
                magnitude = (1 + fraction / 1024.0) * Math.pow(2, exponent - 15);
            }
            float expected = (float) (bits >> 15 == 1 ? -magnitude : magnitude);
            assertThat(Float.compare(Decode.half((short) bits), expected))
                    .as("bits %04x", bits)
                    .isZero();
        }
    }
}
