package dev.inlay.plan.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.plan.AllocationMode;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanJson;
import dev.inlay.plan.PlanSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The page about plan files shows a true plan and its true table. */
class PlanFormatTest {
    private static final Path PAGE = Path.of("docs", "plan-format.md");

    @Test
    void thePageShowsATruePlan() throws IOException {
        String page = Files.readString(PAGE);
        Plan plan = example();
        assertThat(page).contains("```json\n" + PlanJson.text(plan) + "```");
        assertThat(page).contains("```text\n" + PlanTable.of(plan) + "```");
        int from = page.indexOf("```json\n") + "```json\n".length();
        assertThat(PlanJson.parse(page.substring(from, page.indexOf("```\n", from)), PAGE.toString()))
                .isEqualTo(plan);
    }

    /** One block of width 4, hidden 8. */
    private static Plan example() {
        List<Candidate> candidates = List.of(
                vector("norm1.weight", 4),
                vector("norm1.bias", 4),
                matrix("attn.q", 4, 4),
                vector("attn.q.bias", 4),
                matrix("attn.v", 4, 4),
                vector("attn.v.bias", 4),
                matrix("mlp.fc1", 8, 4),
                vector("mlp.fc1.bias", 8));
        float[][] scores = new float[candidates.size()][];
        for (int tensor = 0; tensor < scores.length; tensor++) {
            scores[tensor] = new float[candidates.get(tensor).size()];
            for (int i = 0; i < scores[tensor].length; i++) {
                scores[tensor][i] = (1 + tensor * 5 % 8) * ((i * 7 + tensor * 3) % 11);
            }
        }
        AllocationRule rule = new AllocationRule(ModuleKind.LORA, 1, 2, 2, true, AllocationMode.BOTH, 4);
        return new Allocator(candidates, scores, new PlanSource("sha256:5f0c…", "scores.safetensors"))
                .planWithin(rule, 39);
    }

    private static Candidate matrix(String operation, int rows, int cols) {
        return new Candidate("blocks.0." + operation + ".weight", Candidate.Kind.MATRIX, rows, cols, 0, operation);
    }

    private static Candidate vector(String name, int length) {
        String operation = name.substring(0, name.lastIndexOf('.'));
        return new Candidate("blocks.0." + name, Candidate.Kind.VECTOR, length, 1, 0, operation);
    }
}
