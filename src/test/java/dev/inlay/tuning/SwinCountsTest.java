package dev.inlay.tuning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.backbone.swin.SwinTransformer;
import dev.inlay.plan.Candidate;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.method.Bias;
import dev.inlay.tuning.method.FullFineTuning;
import dev.inlay.tuning.method.Lora;
import dev.inlay.tuning.method.Partial;
import dev.inlay.tuning.method.Prompt;
import dev.inlay.tuning.method.Prompt.Depth;
import dev.inlay.tuning.method.Prompt.Pool;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

/** How many parameters methods train on Swin-B, by shapes alone. */
class SwinCountsTest {
    private static final String SWIN_B = "swin_base_patch4_window7_224";

    /** Widths of the tokens of all 24 blocks, added up. */
    private static final long WIDTHS = 2 * 128 + 2 * 256 + 18 * 512 + 2 * 1024;

    private static long count(TuningSpec spec) {
        try (PointerScope scope = new PointerScope();
                SwinTransformer swin = SmallTuning.swin(SWIN_B);
                Tuning tuning = SmallTuning.of(swin, spec)) {
            return tuning.trainables().values().stream()
                    .filter(trainable -> trainable.role() != Role.HEAD)
                    .mapToLong(trainable -> trainable.tensor().numel())
                    .sum();
        }
    }

    private static Prompt prompt(Depth depth, int tokens) {
        return new Prompt(depth, tokens, 0, 0, false, List.of(), Pool.CLASS_TOKEN);
    }

    @Test
    void promptsAreAsWideAsTheirBlock() {
        assertThat(count(prompt(Depth.SHALLOW, 7))).isEqualTo(128 * 7);
        assertThat(count(prompt(Depth.DEEP, 7))).isEqualTo(12_032 * 7);
    }

    @Test
    void partialTrainsTheLastBlocksAndTheNormBehindThem() {
        long last = 12_603_680;
        assertThat(count(new Partial(1))).isEqualTo(last);
        long block = last - 2 * 1024;
        long merging = 1024 * 2048 + 2 * 2048;
        assertThat(count(new Partial(2))).isEqualTo(last + block + merging);
        long before = 12L * 512 * 512 + 13 * 512 + 169 * 16;
        assertThat(count(new Partial(4))).isEqualTo(last + block + merging + 2 * before);
    }

    @Test
    void biasTrainsWhateverIsAddedTheTablesOfPositionsToo() {
        long tables = 169 * (2 * 4 + 2 * 8 + 18 * 16 + 2 * 32);
        long norms = 128 + 512 + 1024 + 2048 + 1024;
        assertThat(count(new Bias()))
                .isEqualTo(11 * WIDTHS + tables + norms + 128)
                .isEqualTo(200_760);
    }

    @Test
    void loraSitsAtMergingsAsWell() {
        assertThat(count(new Lora(8, 8, 0, List.of("attn.q", "attn.v"), List.of())))
                .isEqualTo(8 * 4 * WIDTHS);
        assertThat(count(new Lora(8, 8, 0, List.of("downsample.reduction"), List.of())))
                .isEqualTo(8 * 3 * (256 + 512 + 1024));
        assertThat(count(new Lora(8, 8, 0, List.of(), List.of())))
                .isEqualTo(8 * (18 * WIDTHS + 3 * (256 + 512 + 1024)));
    }

    @Test
    void everythingButThePatchesCompetesForABudget() {
        try (PointerScope scope = new PointerScope();
                SwinTransformer swin = SmallTuning.swin(SWIN_B)) {
            List<Candidate> candidates = Candidate.among(swin.tunableParameters());
            assertThat(candidates.stream().filter(c -> c.kind() == Candidate.Kind.MATRIX))
                    .hasSize(24 * 6 + 3);
            assertThat(candidates.stream().filter(Candidate::isVector)).hasSize(24 * 11 + 3 * 2 + 2 + 2);
            assertThat(candidates)
                    .contains(new Candidate(
                            "layers.2.blocks.0.attn.relative_position_bias_table",
                            Candidate.Kind.VECTOR,
                            169 * 16,
                            1,
                            4,
                            "attn"));
            assertThat(candidates.stream().mapToLong(Candidate::size).sum())
                    .isEqualTo(swin.parameterCount() - 128 * (48 + 1));
        }
        assertThat(count(new FullFineTuning())).isEqualTo(86_743_224);
    }
}
