package dev.inlay.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.config.RunConfig;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class Bf16AdviceTest {
    private static Backbone backbone;

    @BeforeAll
    static void load() {
        var spec = BackboneFamily.published().get("vit_tiny_patch16_224");
        backbone = BackboneFamily.of(spec).random("vit_tiny_patch16_224", spec, 0);
    }

    @AfterAll
    static void close() {
        backbone.close();
    }

    private static Optional<String> advice(String yaml) {
        RunConfig config = RunConfig.parse(yaml, Path.of("."), List.of());
        try (Backbone used = backbone.in(config.precision().on(Device.CPU))) {
            return Bf16Advice.of(config, used);
        }
    }

    @Test
    void whatAutoTookIsSaid() {
        assumeTrue(Precision.BF16.isNative(Device.CPU), "SKIPPED: this CPU has no instructions for bf16");
        assertThat(advice("precision: auto"))
                .hasValueSatisfying(text -> assertThat(text).endsWith("(precision: auto)"));
    }

    @Test
    void whoUsesFloat32IsToldHowMuchFasterItWouldBe() {
        assumeTrue(Precision.BF16.isNative(Device.CPU), "SKIPPED: this CPU has no instructions for bf16");
        advice("{}").ifPresent(text -> assertThat(text)
                .matches("this CPU computes in bf16: precision=bf16 is about [1-9]\\d*\\.\\d times as fast here"));
        assertThat(advice("precision: bf16")).isEmpty();
        assertThat(advice("train: {precision: bf16}")).isEmpty();
    }

    @Test
    void aCpuWithoutBf16HasNoAdvice() {
        assumeTrue(!Precision.BF16.isNative(Device.CPU), "SKIPPED: this CPU has instructions for bf16");
        assertThat(advice("{}")).isEmpty();
        assertThat(advice("precision: auto")).isEmpty();
    }
}
