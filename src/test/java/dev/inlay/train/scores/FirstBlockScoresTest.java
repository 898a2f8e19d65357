package dev.inlay.train.scores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.SpecJson;
import dev.inlay.backbone.TinyBackbones;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.error.ConfigException;
import dev.inlay.plan.AllocationMode;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanSource;
import dev.inlay.plan.allocation.Allocator;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.method.Planned;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Scores from a block on, in every family of backbones. */
class FirstBlockScoresTest {
    static Iterable<String> families() {
        return TinyBackbones.SPECS.keySet();
    }

    private static Backbone backbone(String family) {
        var spec = SpecJson.parse(TinyBackbones.SPECS.get(family), family);
        return BackboneFamily.of(spec).random(family, spec, 1);
    }

    /** Every weight has the score of its place among the candidates. */
    private static Scores scores(Backbone backbone) {
        List<Candidate> candidates = Candidate.among(backbone.tunableParameters());
        float[][] values = new float[candidates.size()][];
        for (int i = 0; i < values.length; i++) {
            values[i] = new float[candidates.get(i).size()];
            Arrays.fill(values[i], i + 1);
        }
        return new Scores(
                candidates,
                values,
                TunableParameter.classToken(backbone.tunableParameters()),
                OptionalLong.empty(),
                new PlanSource(backbone.fingerprint(), "test"));
    }

    @ParameterizedTest
    @MethodSource("families")
    void everyStepBeforeTheBlockIsFrozenAndNoOther(String family) {
        try (Backbone backbone = backbone(family)) {
            Scores all = scores(backbone);
            Map<String, Integer> steps = backbone.tunableParameters().stream()
                    .collect(Collectors.toMap(TunableParameter::name, backbone::step));
            for (int block = 1; block < backbone.depth(); block++) {
                Scores from = all.from(block);
                int step = 1 + block;
                assertThat(from.candidates())
                        .isEqualTo(all.candidates().stream()
                                .filter(candidate -> steps.get(candidate.name()) >= step)
                                .toList());
                for (int i = 0; i < from.values().length; i++) {
                    int index = all.candidates().indexOf(from.candidates().get(i));
                    assertThat(from.values()[i]).isSameAs(all.values()[index]);
                }
                try (Tuning tuning = new Tuning(backbone, everything(from), 3, 0)) {
                    assertThat(tuning.frozenSteps()).isEqualTo(step);
                }
            }
        }
    }

    private static Planned everything(Scores scores) {
        AllocationRule rule =
                new AllocationRule(ModuleKind.LORA, Map.of(), 2, 10, 5, true, AllocationMode.BOTH, scores.classToken());
        Allocator allocator = new Allocator(scores.candidates(), scores.values(), scores.source());
        Plan plan = allocator.planForTau(rule, allocator.size());
        return new Planned(plan, 0, 0, Planned.Origin.PAPER);
    }

    @Test
    void fromBlockZeroNothingIsLeftOut() {
        try (Backbone backbone = backbone("vit")) {
            Scores all = scores(backbone);
            assertThat(all.from(0)).isSameAs(all);
            assertThat(all.classToken()).isEqualTo(24);
            assertThat(all.from(1).classToken()).isZero();
        }
    }

    @Test
    void refusesABlockThatIsNotThere() {
        try (Backbone backbone = backbone("vit")) {
            Scores all = scores(backbone);
            for (int block : new int[] {-1, 2}) {
                assertThatThrownBy(() -> all.from(block))
                        .isInstanceOf(ConfigException.class)
                        .hasMessage("first block: expected 0 to 1, the last block that was scored, found " + block);
            }
        }
    }
}
