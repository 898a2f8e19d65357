package dev.inlay.plan.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.backbone.vit.VitVariants;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.golden.Golden;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.FlatIndices;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanCost;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The authors' released plans for ViT-B/16, re-counted and, from scores made to select the same weights, re-made. */
class ReleasedPlansTest {
    private static final List<Candidate> CANDIDATES = Scores.candidates(VitVariants.of("vit_base_patch16_224"));
    private static final int CLASS_TOKEN = 768;

    @Test
    void candidatesOfVitBase() {
        assertThat(CANDIDATES).hasSize(194);
        assertThat(CANDIDATES.stream().filter(candidate -> !candidate.isVector()))
                .hasSize(72);
        assertThat(CANDIDATES.stream().mapToLong(Candidate::size).sum()).isEqualTo(85_056_000);
        assertThat(CANDIDATES.stream()
                        .filter(Candidate::isVector)
                        .mapToLong(Candidate::size)
                        .sum())
                .isEqualTo(121_344);
    }

    @ParameterizedTest
    @CsvSource({
        "cifar_lora_0.4, LORA, 301056, 55296, 23789",
        "cifar_adapter_0.4, ADAPTER, 339592, 57600, 24753",
        "clevr_dist_lora_0.4, LORA, 337920, 56064, 30022",
        "clevr_dist_adapter_0.4, ADAPTER, 339568, 56064, 29435"
    })
    void remakesReleasedPlan(String file, ModuleKind module, long modules, long vectors, long sparse) {
        Released released = Released.read(file);
        AllocationRule rule = AllocationRule.published(module, CLASS_TOKEN);
        assertThat(released.json.get("alpha").asDouble()).isEqualTo(rule.alpha());
        assertThat(released.json.get("beta").asDouble()).isEqualTo(rule.beta());
        assertThat(released.json.get("rank").asInt()).isEqualTo(rule.rank());
        assertThat(CANDIDATES.size() - released.matrices.size() - released.vectors.size())
                .isEqualTo(released.json.get("tensorsListedUnstructured").asInt());
        Allocator allocator = new Allocator(CANDIDATES, released.scores(rule), Scores.SOURCE);

        Plan plan = allocator.planForTau(rule, released.selected(rule));

        assertThat(new HashSet<>(plan.matrices())).isEqualTo(released.matrices);
        assertThat(new HashSet<>(plan.vectors())).isEqualTo(released.vectors);
        assertThat(plan.sparse()).isEqualTo(released.sparse);
        assertThat(plan.cost()).isEqualTo(new PlanCost(modules, vectors, sparse, CLASS_TOKEN));
        assertThat(plan.cost().modules() + plan.cost().vectors())
                .isEqualTo(released.json.get("structuredIncludingVectors").asLong());
        assertThat(plan.cost().sparse())
                .isEqualTo(released.json.get("unstructured").asLong());
        assertThat(plan.cost().total() / 1e6f)
                .isEqualTo((float) released.json.get("totalMillions").asDouble());
    }

    @Test
    void cifarCountsAndWhatTheSeedDropsOfIt() {
        Released released = Released.read("cifar_lora_0.4");
        AllocationRule rule = AllocationRule.published(ModuleKind.LORA, CLASS_TOKEN);
        Allocator allocator = new Allocator(CANDIDATES, released.scores(rule), Scores.SOURCE);
        Plan plan = allocator.planForTau(rule, released.selected(rule));
        assertThat(plan.cost().total()).isEqualTo(380_909);

        assertThat(allocator.planWithin(rule, 380_909).cost()).isEqualTo(plan.cost());

        Plan trained = SeedSweep.asTrained(plan);

        assertThat(trained.cost()).isEqualTo(new PlanCost(301_056, 55_296, 23_618, 768));
        assertThat(trained.cost().total()).isEqualTo(380_738);
        assertThat(trained.sparse().keySet()).noneMatch(name -> name.contains("norm"));
        long weights = trained.sparse().entrySet().stream()
                .filter(entry -> entry.getKey().endsWith(".weight"))
                .mapToLong(entry -> entry.getValue().size())
                .sum();
        assertThat(weights).isEqualTo(21_639);
        assertThat(trained.matrices()).isEqualTo(plan.matrices());
        assertThat(trained.vectors()).isEqualTo(plan.vectors());
        assertThat(trained.notes()).anyMatch(note -> note.contains("drops 171"));
    }

    /** One decoded file of the authors. */
    private record Released(JsonNode json, Set<String> matrices, Set<String> vectors, Map<String, FlatIndices> sparse) {

        static Released read(String name) {
            String json = "spt_released/" + name + ".json";
            Map<String, FlatIndices> sparse = new LinkedHashMap<>();
            try (SafeTensorsFile file =
                    SafeTensorsFile.open(Golden.path("spt_released/" + name + ".sparse.safetensors"))) {
                file.names().forEach(tensor -> sparse.put(tensor, FlatIndices.ofLongs(file.longs(tensor))));
            }
            return new Released(
                    Golden.json(json),
                    Set.copyOf(Golden.names(json, "matrices")),
                    Set.copyOf(Golden.names(json, "vectors")),
                    sparse);
        }

        /** How many weights are selected at least: the sparse ones, and just enough of each structured tensor. */
        long selected(AllocationRule rule) {
            return CANDIDATES.stream()
                    .mapToLong(candidate -> selected(rule, candidate))
                    .sum();
        }

        /** Scores of 1 for the selected weights and 0 for all others. */
        float[][] scores(AllocationRule rule) {
            return CANDIDATES.stream()
                    .map(candidate -> {
                        float[] scores = new float[candidate.size()];
                        FlatIndices indices = sparse.get(candidate.name());
                        if (indices == null) {
                            Arrays.fill(scores, 0, Math.toIntExact(selected(rule, candidate)), 1);
                        } else {
                            indices.stream().forEach(index -> scores[index] = 1);
                        }
                        return scores;
                    })
                    .toArray(float[][]::new);
        }

        private long selected(AllocationRule rule, Candidate candidate) {
            if (matrices.contains(candidate.name()) || vectors.contains(candidate.name())) {
                return rule.threshold(candidate).orElseThrow();
            }
            return sparse.containsKey(candidate.name())
                    ? sparse.get(candidate.name()).size()
                    : 0;
        }
    }
}
