package dev.inlay.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.config.ExperimentConfig.Run;
import dev.inlay.error.ConfigException;
import dev.inlay.plan.ModuleKind;
import dev.inlay.publishing.Markdown;
import dev.inlay.record.RunKey;
import dev.inlay.tuning.method.Lora;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ExperimentConfigTest {
    private static final Path FOLDER = Path.of("/configs");

    private static ExperimentConfig parse(String yaml, String... overrides) {
        return ExperimentConfig.comparison(yaml, FOLDER, List.of(overrides));
    }

    private static Run run(ExperimentConfig config, String task, String method, long seed) {
        return config.runs().stream()
                .filter(run -> run.key().equals(new RunKey(task, method, seed)))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aRunIsTheBaseUnderItsTaskUnderItsMethod() {
        ExperimentConfig config = parse(
                """
                name: two by two
                threads: 1
                data: {type: builtin, size: 32, train: 50}
                train: {epochs: 3, learningRate: 1e-3, batchSize: 16}
                sensitivity: {batches: 2}
                method: {type: lora, rank: 4}
                tasks:
                  - {name: count, data: {task: count}}
                  - {name: shape, data: {task: shape, train: 70}, train: {learningRate: 2e-3, batchSize: 8}}
                methods:
                  - {name: LoRA, method: {alpha: 2}, train: {learningRate: 5e-3}}
                  - {name: Bias, method: {type: bias}}
                seeds: [0, 7]
                """);
        assertThat(config.name()).isEqualTo("two by two");
        assertThat(config.methods()).containsExactly("LoRA", "Bias");
        assertThat(config.taskNames()).containsExactly("count", "shape");
        assertThat(config.seeds()).containsExactly(0L, 7L);
        assertThat(config.runs())
                .extracting(run -> run.folder().toString())
                .containsExactly(
                        "runs/count/LoRA/seed-0",
                        "runs/count/Bias/seed-0",
                        "runs/count/LoRA/seed-7",
                        "runs/count/Bias/seed-7",
                        "runs/shape/LoRA/seed-0",
                        "runs/shape/Bias/seed-0",
                        "runs/shape/LoRA/seed-7",
                        "runs/shape/Bias/seed-7");

        RunConfig lora = run(config, "shape", "LoRA", 7).config();
        assertThat(lora.seed()).isEqualTo(7);
        assertThat(lora.threads()).isEqualTo(1);
        assertThat(lora.data().source()).isEqualTo(new DataSource.Builtin("shape", 32, 70, 200, 1000));
        assertThat(((MethodConfig.Stated) lora.method()).spec())
                .isEqualTo(new Lora(4, 2, 0, List.of("attn.q", "attn.v"), List.of()));
        assertThat(lora.train().epochs()).isEqualTo(3);
        assertThat(lora.train().learningRate()).isEqualTo(5e-3);
        assertThat(lora.train().batchSize()).isEqualTo(8);
        assertThat(lora.baselines().linear()).isFalse();

        RunConfig bias = run(config, "count", "Bias", 0).config();
        assertThat(bias.method().name()).isEqualTo("bias");
        assertThat(bias.data().source()).isEqualTo(new DataSource.Builtin("count", 32, 50, 200, 1000));
        assertThat(bias.train().learningRate()).isEqualTo(1e-3);
    }

    @Test
    void budgetsAreRowsOfTheMethodsThatLeaveThemOpen() {
        ExperimentConfig config = parse(
                """
                tasks: [{name: a}]
                methods:
                  - {name: LoRA, method: {type: lora}}
                  - {name: SPT, method: {module: adapter}}
                  - {name: fixed, method: {type: spt, budget: 3%}}
                budgets: [5000, 0.5%, {parametersOf: LoRA}]
                """);
        assertThat(config.methods())
                .containsExactly("LoRA", "SPT, budget 5000", "SPT, budget 0.5%", "SPT, budget of LoRA", "fixed");
        assertThat(allocation(run(config, "a", "SPT, budget 5000", 0))).isEqualTo(new Allocation.Budget(5000));
        assertThat(allocation(run(config, "a", "SPT, budget 0.5%", 0))).isEqualTo(new Allocation.Share(0.005));
        assertThat(allocation(run(config, "a", "fixed", 0))).isEqualTo(new Allocation.Share(0.03));

        Run reference = run(config, "a", "SPT, budget of LoRA", 0);
        assertThat(reference.parametersOf()).contains("LoRA");
        Run budgeted = reference.within(12_288);
        assertThat(budgeted.parametersOf()).isEqualTo(Optional.empty());
        assertThat(allocation(budgeted)).isEqualTo(new Allocation.Budget(12_288));
        assertThat(((MethodConfig.Spt) budgeted.config().method()).module()).isEqualTo(ModuleKind.ADAPTER);
        assertThat(budgeted.folder()).isEqualTo(reference.folder());
    }

    private static Allocation allocation(Run run) {
        return ((MethodConfig.Spt) run.config().method()).allocation();
    }

    @Test
    void aSectionOfAnotherTypeReplacesTheOneBelow() {
        ExperimentConfig config = parse(
                """
                method: {type: spt, rank: 4, budget: 2%}
                data: {type: builtin, task: count}
                tasks: [{name: drawn}, {name: photos, data: {type: folder, root: photos}}]
                methods: [{name: linear, method: {type: linear}}, {name: spt, method: {rank: 2}}]
                """);
        assertThat(run(config, "photos", "spt", 0).config().data().source())
                .isEqualTo(new DataSource.Folder(
                        FOLDER.resolve("photos"), new SplitConfig(0.1, 0.2, true, 0, 0), Optional.empty()));
        assertThat(allocation(run(config, "drawn", "spt", 0))).isEqualTo(new Allocation.Share(0.02));
        assertThat(run(config, "drawn", "linear", 0).config().method().name()).isEqualTo("linear");
    }

    @Test
    void everyProblemIsToldOnceAndWhereItIs() {
        assertThatThrownBy(
                        () -> parse(
                                """
                        seed: 1
                        seeds: [0, 0]
                        trian: {epochs: 1}
                        train: {batchSize: 0}
                        baselines: {linear: true}
                        tasks:
                          - {name: a, data: {size: 4}}
                          - data: {type: folder}
                          - {name: b, method: {type: lora}}
                        methods:
                          - {name: fine, method: {type: linear}}
                          - {name: fine, train: {epochs: none}}
                          - name: 'LoRA (q)'
                            method:
                              type: lora
                              rnak: 2
                              rank: -1
                          - {name: 'LoRA [q]', method: {type: lora}}
                          - {name: '?', method: {budget: {parametersOf: SPT}}}
                          - {name: of, method: {type: sum, of: [{type: bias}, {type: lora, rank: 0}]}}
                          - {name: seeded, seed: 3}
                        """))
                .isInstanceOf(ConfigException.class)
                .satisfies(e -> assertThat(e.getMessage().lines().skip(1).map(line -> line.substring(4)))
                        .satisfiesExactlyInAnyOrder(
                                line -> assertThat(line).startsWith("seed (line 1): conflicts with seeds"),
                                line -> assertThat(line).startsWith("seeds (line 2): expected at least one, all"),
                                line -> assertThat(line).isEqualTo("trian (line 3): unknown key; did you mean train?"),
                                line -> assertThat(line).startsWith("train.batchSize (line 4): expected a whole"),
                                line -> assertThat(line).startsWith("baselines (line 5): a comparison has none"),
                                line -> assertThat(line).startsWith("tasks[0].data.size (line 7): expected a whole"),
                                line -> assertThat(line).startsWith("tasks[1].name: missing"),
                                line -> assertThat(line).startsWith("tasks[1].data.root: missing"),
                                line -> assertThat(line).startsWith("tasks[2].method (line 9): unknown key"),
                                line -> assertThat(line)
                                        .isEqualTo("methods: fine is there twice; give each its own name"),
                                line -> assertThat(line)
                                        .startsWith("methods[1].train.epochs (line 12): expected a whole"),
                                line -> assertThat(line).startsWith("methods[2].method.rnak (line 16): unknown key"),
                                line -> assertThat(line)
                                        .startsWith("methods[2].method.rank (line 17): expected a whole"),
                                line -> assertThat(line)
                                        .startsWith("methods: LoRA [q] and LoRA (q) would share a folder"),
                                line -> assertThat(line).startsWith("methods: a name needs a letter or digit, found ?"),
                                line -> assertThat(line)
                                        .startsWith("methods[4].method.budget (line 19): expected a number")
                                        .contains("(fine; LoRA (q); LoRA [q]; of)")
                                        .endsWith("found {\"parametersOf\":\"SPT\"}"),
                                line -> assertThat(line)
                                        .startsWith("methods[5].method.of[1].rank (line 20): expected a whole"),
                                line -> assertThat(line).startsWith("methods[6].seed (line 21): unknown key")));
    }

    @Test
    void missingListsAndBudgetsThatNobodyTakesAreProblems() {
        assertThatThrownBy(() -> parse("budgets: [100]\nmethods: [{name: a, method: {type: bias}}]"))
                .hasMessageContaining("tasks: expected a list")
                .hasMessageContaining("budgets (line 1): no method takes them");
        assertThatThrownBy(() -> parse("methods: 3\ntasks: []\nbudgets: 5"))
                .hasMessageContaining("methods (line 1): expected a list of sections, found 3")
                .hasMessageContaining("tasks (line 2): expected")
                .hasMessageContaining("budgets (line 3): expected a list such as");
    }

    @Test
    void theCompleteExampleOfItsPageIsAConfig() throws IOException {
        Markdown page = Markdown.of("docs/compare.md");
        String example = page.code("yaml").get(0);
        ExperimentConfig config = parse(example);
        assertThat(config.methods())
                .containsExactly(
                        "Linear",
                        "LoRA-8 (q, v)",
                        "SPT, as many as LoRA",
                        "SPT-Adapter, budget 5000",
                        "SPT-Adapter, budget 2%");
        for (String key : List.of("name", "tasks", "methods", "seeds", "budgets")) {
            assertThat(example).containsPattern("(?m)^" + key + ":");
            assertThat(page.listed(List.of("seeds", "budgets"))).contains(key);
        }
    }

    @Test
    void overridesReachTheBase() {
        String yaml =
                """
                train: {epochs: 3}
                tasks: [{name: a}]
                methods: [{name: fast, train: {epochs: 1}, method: {type: linear}}, {name: slow, method: {type: bias}}]
                """;
        ExperimentConfig config = parse(yaml, "train.epochs=2", "seeds=[4, 5]", "data.task=count");
        assertThat(config.seeds()).containsExactly(4L, 5L);
        assertThat(run(config, "a", "fast", 4).config().train().epochs()).isEqualTo(1);
        assertThat(run(config, "a", "slow", 5).config().train().epochs()).isEqualTo(2);
        assertThatThrownBy(() -> parse(yaml, "train.epochs=none", "tasks=[{name: a, data: {size: 1}}]"))
                .hasMessageContaining("train.epochs (override): expected a whole")
                .hasMessageContaining("tasks[0].data.size (override): expected a whole");
    }
}
