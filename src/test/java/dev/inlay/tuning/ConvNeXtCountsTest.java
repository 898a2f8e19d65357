package dev.inlay.tuning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.backbone.convnext.ConvNeXt;
import dev.inlay.plan.Candidate;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.method.Bias;
import dev.inlay.tuning.method.FullFineTuning;
import dev.inlay.tuning.method.Lora;
import dev.inlay.tuning.method.Partial;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

/** How many parameters methods train on ConvNeXt-B, by shapes alone. */
class ConvNeXtCountsTest {
    private static final String CONVNEXT_B = "convnext_base";

    /** Widths of the tokens of all 36 blocks, added up. */
    private static final long WIDTHS = 3 * 128 + 3 * 256 + 27 * 512 + 3 * 1024;

    private static long count(TuningSpec spec) {
        try (PointerScope scope = new PointerScope();
                ConvNeXt convnext = SmallTuning.convnext(CONVNEXT_B);
                Tuning tuning = SmallTuning.of(convnext, spec)) {
            return tuning.trainables().values().stream()
                    .filter(trainable -> trainable.role() != Role.HEAD)
                    .mapToLong(trainable -> trainable.tensor().numel())
                    .sum();
        }
    }

    private static long block(long d) {
        return 49 * d + d + 2 * d + d + 8 * d * d + 5 * d;
    }

    @Test
    void partialTrainsTheLastBlocksAndTheNormBehindThem() {
        assertThat(count(new Partial(1))).isEqualTo(block(1024) + 2 * 1024).isEqualTo(8_450_048);
        long halving = 4 * 512 * 1024 + 1024 + 2 * 512;
        assertThat(count(new Partial(4))).isEqualTo(3 * block(1024) + 2 * 1024 + halving + block(512));
    }

    @Test
    void biasTrainsWhateverIsAdded() {
        long between = 128 + 256 + 512 + 256 + 512 + 1024;
        assertThat(count(new Bias()))
                .isEqualTo(7 * WIDTHS + between + 2 * 128 + 1024)
                .isEqualTo(130_304);
    }

    @Test
    void loraSitsBetweenStagesAsWell() {
        assertThat(count(new Lora(8, 8, 0, List.of("mlp.fc1", "mlp.fc2"), List.of())))
                .isEqualTo(8 * 10 * WIDTHS);
        assertThat(count(new Lora(8, 8, 0, List.of("downsample.1"), List.of()))).isEqualTo(8 * 6 * (128 + 256 + 512));
    }

    @Test
    void everythingButThePatchesCompetesForABudget() {
        try (PointerScope scope = new PointerScope();
                ConvNeXt convnext = SmallTuning.convnext(CONVNEXT_B)) {
            List<Candidate> candidates = Candidate.among(convnext.tunableParameters());
            assertThat(candidates.stream().filter(c -> c.kind() == Candidate.Kind.MATRIX))
                    .hasSize(36 * 2 + 3)
                    .contains(new Candidate(
                            "stages.3.downsample.1.weight", Candidate.Kind.MATRIX, 1024, 4 * 512, 33, "downsample.1"));
            assertThat(candidates)
                    .contains(new Candidate(
                            "stages.3.blocks.0.conv_dw.weight", Candidate.Kind.VECTOR, 49 * 1024, 1, 33, "conv_dw"));
            assertThat(candidates.stream().mapToLong(Candidate::size).sum())
                    .isEqualTo(convnext.parameterCount() - 128 * (48 + 1));
        }
        assertThat(count(new FullFineTuning())).isEqualTo(87_566_464);
    }
}
