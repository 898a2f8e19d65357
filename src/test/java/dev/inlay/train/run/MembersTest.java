package dev.inlay.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.Inlay;
import dev.inlay.backbone.Backbone;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.config.RunConfig;
import dev.inlay.error.ConfigException;
import dev.inlay.error.StoppedException;
import dev.inlay.inference.Evaluation;
import dev.inlay.inference.InferenceLoop;
import dev.inlay.inputs.Backbones;
import dev.inlay.inputs.RunData;
import dev.inlay.inputs.RunData.DataSplit;
import dev.inlay.progress.Progress;
import dev.inlay.record.MemberRecord;
import dev.inlay.record.RunRecord;
import dev.inlay.record.RunStatus;
import dev.inlay.task.TunedModel;
import dev.inlay.train.RunObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs whose task has several members. */
class MembersTest {
    private static final String CONFIG =
            """
            threads: 1
            backbone: {name: builtin}
            data: {type: builtin, task: orientation, train: 80, validation: 40, test: 60, workers: 1}
            method: {type: spt, budget: 9000, rank: 4}
            sensitivity: {batches: 1, batchSize: 16}
            train: {epochs: 2, batchSize: 40, journal: {everySteps: 1, everySeconds: 0}}
            baselines: {linear: false}
            """;

    private static final String LIST =
            """
            threads: 1
            backbone: {name: builtin}
            data: {type: builtin, task: orientation, train: 80, validation: 40, test: 60, workers: 1}
            method:
              members:
                - {type: lora, rank: 1, operations: [attn.q]}
                - {type: spt, budget: 3000, rank: 2}
                - {type: spt, budget: 4000, rank: 2, module: adapter}
            sensitivity: {batches: 1, batchSize: 16}
            train: {epochs: 1, batchSize: 40}
            baselines: {linear: false}
            """;

    @TempDir
    private Path folder;

    private RunConfig config(String text, String... overrides) {
        return RunConfig.parse(text, folder, List.of(overrides));
    }

    private RunRecord run(String name, String... overrides) {
        return Inlay.tune(config(CONFIG, overrides), folder.resolve(name));
    }

    @Test
    void allMembersTogetherStayWithinTheBudget() {
        RunRecord run = run("three", "method.members=3");
        assertThat(run.trainableParameters().withoutHead()).isBetween(3L, 9000L);
        assertThat(run.method()).isEqualTo("3 × spt");
        assertThat(run.plan().budget()).isEqualTo(3000);
        assertThat(run.members()).hasSize(3);
        assertThat(run.members()).extracting(MemberRecord::seed).doesNotHaveDuplicates();
        assertThat(run.members().stream()
                        .mapToLong(member -> member.trainableParameters().total())
                        .sum())
                .isEqualTo(run.trainableParameters().total());
        assertThat(run.trainableParameters().head())
                .isEqualTo(3 * run.members().get(0).trainableParameters().head());
        assertThat(folder.resolve("three")).isDirectoryContaining("glob:**/curves-3.csv");
    }

    @Test
    void theFirstMemberIsThePlainRunOfItsShareOfTheBudget() {
        run("three", "method.members=3");
        run("plain", "method.budget=3000");
        try (SafeTensorsFile three = SafeTensorsFile.open(folder.resolve("three/task.safetensors"));
                SafeTensorsFile plain = SafeTensorsFile.open(folder.resolve("plain/task.safetensors"))) {
            assertThat(plain.names()).isNotEmpty().allSatisfy(name -> assertThat(three.buffer("member.0." + name))
                    .as(name)
                    .isEqualTo(plain.buffer(name)));
            assertThat(three.buffer("member.1.head.weight")).isNotEqualTo(plain.buffer("head.weight"));
        }
    }

    @Test
    void whatIsReportedIsWhatTheTaskFileSays() {
        RunConfig config = config(CONFIG, "method.members=2", "train.calibrate=true");
        RunRecord run = Inlay.tune(config, folder.resolve("two"));
        try (Backbone backbone = Backbones.load(config);
                RunData data = RunData.load(
                        config.data(), EnumSet.allOf(DataSplit.class), 64, 64, config.seed(), Progress.NONE);
                TunedModel model = TunedModel.open(folder.resolve("two/task.safetensors"), backbone)) {
            Evaluation found = model.evaluate(
                    new InferenceLoop(16, 1, backbone.device()), data.splits().test(), "test", Progress.NONE);
            assertThat(found.score()).isEqualTo(run.test().score());
            assertThat(model.info().temperature()).isEqualTo(run.calibration().temperature());
        }
    }

    /** Stopped after every step, so in the second and third member, too. */
    @Test
    void aRunStoppedInAnyMemberResumesThere() {
        run("alone", "method.members=3");
        Path out = folder.resolve("stopped");
        RunRecord stopped = null;
        for (int attempt = 0; stopped == null; attempt++) {
            AtomicInteger steps = new AtomicInteger();
            try {
                stopped = Inlay.tune(
                        config(CONFIG, "method.members=3"),
                        out,
                        RunObserver.of(Progress.NONE, new RunStatus(), () -> steps.incrementAndGet() == 2));
            } catch (StoppedException e) {
                assertThat(attempt).isLessThan(20);
            }
        }
        assertThat(out.resolve("journal-3.safetensors")).exists();
        assertThat(out.resolve("task.safetensors")).hasSameBinaryContentAs(folder.resolve("alone/task.safetensors"));
        assertThat(stopped.provenance().resumed()).isGreaterThanOrEqualTo(6);
    }

    @Test
    void membersOfSeveralMethodsHavePlansOfTheirOwn() {
        RunRecord run = Inlay.tune(config(LIST), folder.resolve("list"));
        assertThat(run.method()).isEqualTo("lora + 2 × spt");
        assertThat(run.members()).extracting(MemberRecord::method).containsExactly("lora", "spt", "spt");
        assertThat(run.members().get(2).trainableParameters().withoutHead()).isBetween(1L, 4000L);
        assertThat(Files.exists(folder.resolve("list/plan-2.json"))).isTrue();
        assertThat(Files.exists(folder.resolve("list/plan-3.json"))).isFalse();
    }

    @Test
    void planOfWidthsIsTrainedReportedAndKept() {
        RunRecord run = run("widths", "method.module=adapterPlus", "method.members=2", "method.classToken=false");
        assertThat(run.plan().module()).isEqualTo("adapter-plus");
        assertThat(run.plan().blocks()).hasSize(4).anyMatch(block -> block.width() > 0);
        assertThat(run.plan().cost()).isBetween(1L, 4500L);
        assertThat(run.trainableParameters().modules()).isEqualTo(2 * run.plan().cost());
        assertThat(folder.resolve("widths/report.html")).content().contains("adapter-plus behind blocks");
    }

    @Test
    void aSearchTriesAllMembersAndRepeatsThem() {
        RunRecord run = run(
                "search",
                "method.members=2",
                "train.epochs=1",
                "search.grid={train.learningRate: [1e-3, 1e-2]}",
                "search.repeats=1");
        assertThat(run.search()).hasSize(2);
        assertThat(run.repeats()).hasSize(1);
        assertThat(run.members()).hasSize(2);
        assertThat(folder.resolve("search"))
                .isDirectoryNotContaining("glob:**/search-*")
                .isDirectoryNotContaining("glob:**/repeat-*");
    }

    @Test
    void membersTakeAnAverageASelectionAndAFirstBlock() {
        RunRecord run = run(
                "all",
                "method.members=2",
                "train.ema=0.5",
                "train.select=best",
                "method.firstBlock=auto",
                "train.epochs=1");
        assertThat(run.firstBlock()).isNotNull();
        assertThat(run.selection()).isNull();
        assertThat(run.members()).allMatch(member -> member.selection() != null);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "method.members=0 | method.members (override): expected a whole number from 1 to 64",
                "method={members: [{type: lora}]} | method.members (override): expected 2 to 64 methods in the list, found 1",
                "method={type: lora, members: [{type: lora}, {type: bias}]} | method.type (override): unknown key",
                "method={members: [{type: spt, firstBlock: auto}, {type: bias}]} | auto tries blocks for one method, and method.members",
                "method={type: spt, budget: 2, members: 3} | expected at least one parameter for each of 3 members, found 2",
                "method={type: spt, module: adapterPlus, tau: 50} | conflicts with module: adapterPlus, whose widths are chosen",
                "method={type: spt, module: adapterPlus, exceptions: {mlp.fc1: ssf}} | conflicts with module: adapterPlus, where no",
                "method={type: spt, exceptions: {mlp.fc1: adapterPlus}} | adapterPlus stands behind a block",
                "method={type: spt, module: adapterPlus, mode: unstructured} | unstructured conflicts with module: adapterPlus",
                "method={members: [{type: lora, members: 2}, {type: bias}]} | method.members[0].members (override): unknown key",
            })
    void whatDoesNotFitIsOneClearError(String override, String message) {
        assertThatThrownBy(() -> config(CONFIG, override))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message);
    }

    @Test
    void whatTheFirstCodeDidNotHaveConflictsWithIt() {
        assertThatThrownBy(() -> config(CONFIG, "method.module=adapterPlus", "compat=seed"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("method.module (override): adapterPlus is not in the code that compat: seed");
    }

    @Test
    void aBudgetBelowTheClassTokensOfAllMembersIsRefused() {
        assertThatThrownBy(() -> run("small", "method.members=3", "method.budget=280"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("method.budget: 93, for each of 3 members, does not cover the class token of 96");
    }
}
