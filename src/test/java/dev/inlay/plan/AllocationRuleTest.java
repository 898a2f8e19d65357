package dev.inlay.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.ConfigException;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AllocationRuleTest {
    @ParameterizedTest
    @CsvSource({
        "LORA, 768, 768, 12288, 1229",
        "LORA, 3072, 768, 30720, 3072",
        "LORA, 768, 3072, 30720, 3072",
        "ADAPTER, 768, 768, 13064, 1307",
        "ADAPTER, 3072, 768, 52232, 5224",
        "ADAPTER, 768, 3072, 13064, 1307"
    })
    void matricesOfVitBase(ModuleKind module, int rows, int cols, long cost, long threshold) {
        AllocationRule rule = AllocationRule.published(module, 768);
        Candidate matrix = new Candidate("m.weight", Candidate.Kind.MATRIX, rows, cols, 0, "m");
        assertThat(rule.structuredCost(matrix)).isEqualTo(cost);
        assertThat(rule.threshold(matrix)).hasValue(threshold);
    }

    @ParameterizedTest
    @CsvSource({"768, 154", "3072, 615", "10, 2", "11, 3"})
    void vectors(int length, long threshold) {
        AllocationRule rule = AllocationRule.published(ModuleKind.LORA, 0);
        assertThat(rule.structuredCost(vector(length))).isEqualTo(length);
        assertThat(rule.threshold(vector(length))).hasValue(threshold);
    }

    @Test
    void noThresholdWhereNothingCanBeStructured() {
        Candidate matrix = new Candidate("m.weight", Candidate.Kind.MATRIX, 3, 3, 0, "m");
        AllocationRule noVectors = new AllocationRule(ModuleKind.LORA, 1, 10, 5, false, AllocationMode.BOTH, 0);
        assertThat(noVectors.threshold(vector(9))).isEqualTo(OptionalLong.empty());
        assertThat(noVectors.threshold(matrix)).hasValue(1);
        AllocationRule single =
                new AllocationRule(ModuleKind.LORA, 1, 10, 5, true, AllocationMode.UNSTRUCTURED_ONLY, 0);
        assertThat(single.threshold(vector(9))).isEqualTo(OptionalLong.empty());
        assertThat(single.threshold(matrix)).isEqualTo(OptionalLong.empty());
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.99, 0, -3, Double.NaN, Double.POSITIVE_INFINITY})
    void refusesThresholdsThatCouldLowerTheCost(double value) {
        assertThatThrownBy(() -> new AllocationRule(ModuleKind.LORA, 0, value, value, true, AllocationMode.BOTH, -1))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("4 problems")
                .hasMessageContaining("rank: expected at least 1, found 0")
                .hasMessageContaining("alpha: expected a finite number of at least 1")
                .hasMessageContaining("beta: expected a finite number of at least 1")
                .hasMessageContaining("classToken: expected a length of 0 or more, found -1");
    }

    private static Candidate vector(int length) {
        return new Candidate("v.bias", Candidate.Kind.VECTOR, length, 1, 0, "v");
    }
}
