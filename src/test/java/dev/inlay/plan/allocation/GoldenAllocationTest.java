package dev.inlay.plan.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.golden.Golden;
import dev.inlay.plan.AllocationMode;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.Choice;
import dev.inlay.plan.FlatIndices;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GoldenAllocationTest {
    private static final JsonNode CASES = Golden.json("spt_allocation/cases.json");
    private static final JsonNode META = Golden.json("spt_allocation/meta.json");
    private static final Allocator ALLOCATOR = Scores.golden();

    static Stream<Integer> cases() {
        return IntStream.range(0, CASES.size()).boxed();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void matchesCase(int number) {
        JsonNode expected = CASES.get(number);
        JsonNode given = expected.get("case");

        Plan plan = ALLOCATOR.planForTau(rule(given), given.get("tau").asLong());

        assertThat(plan.matrices()).isEqualTo(texts(expected.get("matrices")));
        assertThat(plan.vectors()).isEqualTo(texts(expected.get("vectors")));
        assertThat(selected(plan)).isEqualTo(counts(expected.get("selected")));
        assertThat(plan.sparse()).isEqualTo(sparse(number + "."));
        assertThat(plan.cost().modules())
                .isEqualTo(expected.get("matrix_params").asLong());
        assertThat(plan.cost().vectors())
                .isEqualTo(expected.get("vector_params").asLong());
        assertThat(plan.cost().sparse()).isEqualTo(expected.get("sparse_params").asLong());
        assertThat(plan.cost().total()).isEqualTo(expected.get("total").asLong());
    }

    @Test
    void countsOnlyCandidates() {
        assertThat(ALLOCATOR.size()).isEqualTo(META.get("candidates").asLong());
    }

    @Test
    void matchesModuleSizes() {
        Map<String, Candidate> candidates = new LinkedHashMap<>();
        Scores.goldenCandidates().forEach(candidate -> candidates.put(candidate.name(), candidate));
        Map<String, Integer> actual = new LinkedHashMap<>();
        META.get("module_size").fieldNames().forEachRemaining(example -> {
            String[] words = example.split(" ");
            Candidate matrix = candidates.get(words[1]);
            int rank = Integer.parseInt(words[2].substring(1));
            long size = kind(words[0]).parameters(matrix.rows(), matrix.cols(), rank);
            actual.put(example, Math.toIntExact(size));
        });
        assertThat(actual).isEqualTo(counts(META.get("module_size"))).isNotEmpty();
    }

    @Test
    void matchesTheSeedsSweep() {
        JsonNode sweep = META.get("sweep");
        AllocationRule rule = new AllocationRule(ModuleKind.LORA, 2, 10, 5, true, AllocationMode.BOTH, 0);
        SeedSweep seed = new SeedSweep(
                ALLOCATOR, rule, longs(sweep.get("taus")), sweep.get("extra").asLong());
        sweep.get("budgets").properties().forEach(budget -> {
            JsonNode expected = budget.getValue();
            SeedSweep.Match match = expected.get("tau").isNull()
                    ? null
                    : new SeedSweep.Match(
                            expected.get("tau").asLong(), expected.get("size").asLong());
            assertThat(seed.match(Long.parseLong(budget.getKey())).orElse(null))
                    .as("budget " + budget.getKey())
                    .isEqualTo(match);
        });
    }

    @Test
    void triesTheAuthorsTaus() {
        assertThat(SeedSweep.authorTaus()).isEqualTo(longs(META.get("author_taus")));
    }

    private static AllocationRule rule(JsonNode given) {
        return new AllocationRule(
                kind(given.get("kind").asText()),
                given.get("rank").asInt(),
                given.get("alpha").asDouble(),
                given.get("beta").asDouble(),
                given.get("whole_vectors").asBoolean(),
                given.get("structured_only").asBoolean() ? AllocationMode.STRUCTURED_ONLY : AllocationMode.BOTH,
                0);
    }

    private static ModuleKind kind(String label) {
        return ModuleKind.valueOf(label.toUpperCase(Locale.ROOT));
    }

    private static Map<String, Integer> selected(Plan plan) {
        Map<String, Integer> selected = new LinkedHashMap<>();
        for (Choice choice : plan.choices()) {
            if (choice.selected() > 0) {
                selected.put(choice.candidate().name(), choice.selected());
            }
        }
        return selected;
    }

    private static Map<String, FlatIndices> sparse(String prefix) {
        Map<String, FlatIndices> sparse = new LinkedHashMap<>();
        try (SafeTensorsFile file = SafeTensorsFile.open(Golden.path("spt_allocation/sparse.safetensors"))) {
            for (String name : file.names()) {
                if (name.startsWith(prefix)) {
                    sparse.put(name.substring(prefix.length()), FlatIndices.ofLongs(file.longs(name)));
                }
            }
        }
        return sparse;
    }

    private static Map<String, Integer> counts(JsonNode object) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        object.properties()
                .forEach(entry -> counts.put(entry.getKey(), entry.getValue().asInt()));
        return counts;
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    private static long[] longs(JsonNode array) {
        long[] longs = new long[array.size()];
        for (int i = 0; i < longs.length; i++) {
            longs[i] = array.get(i).asLong();
        }
        return longs;
    }
}
