package dev.inlay.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlanJsonTest {
    private static final AllocationRule RULE =
            new AllocationRule(ModuleKind.ADAPTER, 1, 2.5, 5, true, AllocationMode.BOTH, 6);
    private static final Candidate Q =
            new Candidate("blocks.0.attn.q.weight", Candidate.Kind.MATRIX, 2, 3, 0, "attn.q");
    private static final Candidate K =
            new Candidate("blocks.0.attn.k.weight", Candidate.Kind.MATRIX, 2, 3, 0, "attn.k");
    private static final Candidate NORM = new Candidate("norm.weight", Candidate.Kind.VECTOR, 4, 1, -1, "norm");

    @Test
    void writesAndReadsBack(@TempDir Path folder) {
        Path file = folder.resolve("plan.json");
        for (Plan plan : List.of(plan(OptionalLong.of(20)), plan(OptionalLong.empty()))) {
            PlanJson.write(file, plan);
            assertThat(PlanJson.read(file)).isEqualTo(plan);
            assertThat(PlanJson.read(file).sparse().keySet()).containsExactly(K.name());
        }
    }

    @Test
    void readsAPlanWrittenByHand() {
        Plan plan = new Plan(
                RULE,
                List.of("a.weight"),
                List.of("b.bias"),
                List.of(),
                Map.of("c.weight", FlatIndices.of(0, 7)),
                new PlanCost(10, 4, 2, 6),
                0,
                OptionalLong.empty(),
                List.of(),
                List.of(),
                new PlanSource("", ""));
        assertThat(PlanJson.parse(PlanJson.text(plan), "plan.json")).isEqualTo(plan);
    }

    @Test
    void oneLinePerSparseTensorAndPerCandidate() {
        assertThat(PlanJson.text(plan(OptionalLong.empty())).lines())
                .contains(
                        "    \"blocks.0.attn.k.weight\": [ 0, 3 ]",
                        "    \"norm.weight\": { \"kind\": \"vector\", \"rows\": 4, \"cols\": 1, \"block\": -1,"
                                + " \"operation\": \"norm\", \"selected\": 4, \"threshold\": 1 }",
                        "  \"budget\": null,");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"tau\": 9            | \"tau\": 9, \"extra\": 1          | unknown key 'extra'; allowed here: format, matrices",
                "\"tau\": 9,           | ''                                | key 'tau' is missing",
                "\"tau\": 9            | \"tau\": \"9\"                    | key 'tau': expected a whole number of at least 0, found \"9\"",
                "\"tau\": 9            | \"tau\": 9.5                      | key 'tau': expected a whole number of at least 0, found 9.5",
                "\"tau\": 9            | \"tau\": 1e30                     | key 'tau': expected a whole number of at least 0",
                "\"tau\": 9            | \"tau\": -9                       | key 'tau': expected a whole number of at least 0, found -9",
                "\"tau\": 9            | \"tau\": 8                        | tau is 8, but the candidates have 9",
                "\"tau\": 9            | \"tau\": 9, \"tau\": 9            | the key 'tau' is there twice at line 20",
                "[ 0, 3 ]              | [ 3, 0 ]                          | key 'sparse.blocks.0.attn.k.weight[1]': expected an index above 3",
                "[ 0, 3 ]              | [ 3, 3 ]                          | key 'sparse.blocks.0.attn.k.weight[1]': expected an index above 3",
                "[ 0, 3 ]              | [ -1, 3 ]                         | key 'sparse.blocks.0.attn.k.weight[0]': expected an index above -1",
                "[ 0, 3 ]              | [ 0, 3000000000 ]                 | key 'sparse.blocks.0.attn.k.weight[1]': expected an index above 0",
                "[ 0, 3 ]              | [ 0, 6 ]                          | sparse.blocks.0.attn.k.weight: index 6 is outside its 6 weights",
                "[ 0, 3 ]              | []                                | sparse.blocks.0.attn.k.weight is empty",
                "[ 0, 3 ]              | [ 0, 3, 4 ]                       | cost.sparse is 2, but sparse has 3",
                "[ 0, 3 ]              | 7                                 | key 'sparse.blocks.0.attn.k.weight': expected a list, found 7",
                "\"sparse\": {         | \"sparse\": {\"x\": [1],          | cost.sparse is 2, but sparse has 3",
                "\"total\": 19         | \"total\": 20                     | key 'cost.total': expected the sum of its parts, 19, found 20",
                "\"modules\": 7        | \"modules\": true                 | key 'cost.modules': expected a whole number of at least 0, found true",
                "\"module\": \"adapter\" | \"module\": \"prefix\"          | key 'rule.module': expected one of lora, adapter, ssf, adapter-plus, found \"prefix\"",
                "\"alpha\": 2.5        | \"alpha\": 0.5                    | alpha: expected a finite number of at least 1",
                "\"alpha\": 2.5        | \"alpha\": \"2.5\"                | key 'rule.alpha': expected a number, found \"2.5\"",
                "\"wholeVectors\": true | \"wholeVectors\": 1              | key 'rule.wholeVectors': expected true or false, found 1",
                "\"rank\": 1           | \"rank\": 0                       | key 'rule.rank': expected a whole number of at least 1, found 0",
                "\"rank\": 1           | \"rank\": 4294967297              | key 'rule.rank': expected a whole number of at least 1",
                "\"classToken\": 6,\\n    \"total\"  | \"classToken\": 5,\\n    \"total\" | key 'cost.total'",
                "inlay-plan-1          | inlay-plan-2                      | key 'format': expected \"inlay-plan-1\", found \"inlay-plan-2\"",
                "\"cost\": {           | \"cost\": {\"head\": 3,           | unknown key 'cost.head'; allowed here: modules",
                "\"selected\": 4       | \"selected\": 5                   | norm.weight: 5 selected of 4 weights",
                "\"rows\": 4           | \"rows\": \"4\"                   | key 'candidates.norm.weight.rows': expected a whole number",
                "\"kind\": \"vector\"  | \"kind\": \"tensor\"              | key 'candidates.norm.weight.kind': expected one of matrix, vector",
                "\"vectors\": [        | \"vectors\": [\"norm.weight\",    | norm.weight is named twice among matrices, vectors, prompts and sparse",
                "\"matrices\": [       | \"matrices\": [\"ghost.weight\",  | ghost.weight is not a candidate that can be among the matrices",
                "\"matrices\": [       | \"matrices\": [3,                 | key 'matrices[0]': expected text, found 3",
            })
    void refuses(String good, String bad, String message) {
        String text = PlanJson.text(plan(OptionalLong.of(20)));
        String broken = replaceFirst(text, good.replace("\\n", "\n"), bad.replace("\\n", "\n"));
        assertThatThrownBy(() -> PlanJson.parse(broken, "my.json"))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("my.json: ")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "3", "{", "{} {}", "{\"format\": \"inlay-plan-1\"}", "plan"})
    void refusesWhatIsNoPlan(String text) {
        assertThatThrownBy(() -> PlanJson.parse(text, "my.json"))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("my.json: ");
    }

    @Test
    void refusesEveryTruncation() {
        String text = PlanJson.text(plan(OptionalLong.of(20))).stripTrailing();
        for (int length = 0; length < text.length(); length++) {
            String truncated = text.substring(0, length);
            assertThatThrownBy(() -> PlanJson.parse(truncated, "my.json")).isInstanceOf(DataException.class);
        }
    }

    @Test
    void refusesFilesThatAreNoText(@TempDir Path folder) throws IOException {
        Path missing = folder.resolve("missing.json");
        assertThatThrownBy(() -> PlanJson.read(missing))
                .isInstanceOf(DataException.class)
                .hasMessage(missing + ": cannot be read: there is no such file or folder");
        Path bytes = Files.write(folder.resolve("bytes.json"), new byte[] {(byte) 0xC3, 0x28});
        assertThatThrownBy(() -> PlanJson.read(bytes))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("is not UTF-8 text");
        assertThatThrownBy(() -> PlanJson.read(folder))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("is a folder, not a file");
    }

    private static String replaceFirst(String text, String good, String bad) {
        int at = text.indexOf(good);
        assertThat(at).as("the plan has " + good).isNotNegative();
        return text.substring(0, at) + bad + text.substring(at + good.length());
    }

    private static Plan plan(OptionalLong budget) {
        Map<String, FlatIndices> sparse = new LinkedHashMap<>();
        sparse.put(K.name(), FlatIndices.of(0, 3));
        return new Plan(
                RULE,
                List.of(Q.name()),
                List.of(NORM.name()),
                List.of(),
                sparse,
                new PlanCost(7, 4, 2, 6),
                9,
                budget,
                List.of(
                        new Choice(Q, 3, OptionalLong.of(3)),
                        new Choice(K, 2, OptionalLong.of(3)),
                        new Choice(NORM, 4, OptionalLong.of(1))),
                List.of("A \"note\"."),
                new PlanSource("sha256:0", "scores.safetensors"));
    }
}
