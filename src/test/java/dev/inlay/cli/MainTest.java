package dev.inlay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class MainTest {
    private static final String SCORES = "src/test/resources/golden/spt_allocation/scores.safetensors";

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void helpAndVersionEndWithZero() {
        assertThat(inlay("--help")).isZero();
        assertThat(out.toString()).contains("allocate").contains("Exit codes:").contains("130");
        assertThat(inlay("allocate", "--help")).isZero();
        assertThat(out.toString()).contains("--whole-vectors");
        assertThat(inlay("--version")).isZero();
        assertThat(out.toString()).contains("inlay ").contains("Java ");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void helpListsEveryCommandOnceInItsGroup() {
        assertThat(inlay("--help")).isZero();
        String help = out.toString();
        assertThat(help).containsSubsequence("Train:", "  tune ", "Use a task:", "  evaluate ", "Files:", "  inspect ");
        assertThat(help).doesNotContain("More:", "\u001b");
        new CommandLine(new Main()).getSubcommands().keySet().forEach(name -> assertThat(help)
                .containsOnlyOnce("\n  " + name + " "));
        assertThat(help.lines()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void aShellCompletesCommandsAndOptions() {
        assertThat(inlay("generate-completion")).isZero();
        assertThat(out.toString())
                .startsWith("#!/usr/bin/env bash")
                .contains("complete -F _complete_inlay", "evaluate", "'--metrics-port'", "'--quiet'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | Missing command",
                "alocate | there is no command 'alocate'; did you mean allocate?",
                "allocate | Missing required parameter: 'SCORES'",
                "allocate " + SCORES + " | Missing required argument (specify one of these): (--budget=N | --tau=N)",
                "allocate " + SCORES + " --budget 9 --tau 9 | mutually exclusive",
                "alocate --help | there is no command 'alocate'; did you mean allocate?",
                "quux --help | there is no command 'quux'; expected one of tune, compare",
                "tune --hepl | 'inlay tune' has no option --hepl; did you mean --help?",
                "tune run.yaml --ot runs | 'inlay tune' has no option --ot; did you mean --out?",
                "tune run.yaml --ot=runs --help | 'inlay tune' has no option --ot; did you mean --out?",
                "tune run.yaml --out runs --nproc 2k | --nproc: expected a whole number, found 2k",
                "tune run.yaml --out runs --nproc 0 | --nproc: expected a whole number of at least 1, found 0",
                "tune configs/run/quickstart.yaml | Missing required option: '--out=DIR'",
                "tune configs/run/quickstart.yaml --dry-run --nproc 2 | --dry-run measures one process",
                "tune configs/run/quickstart.yaml --out o --tensorboard --engine spark --nproc 2 | --tensorboard and --mlflow follow",
                "init src --name deit_tiny_patch16_224 | --name goes with --backbone",
                "tune epochs=3 --out runs | give the config first",
                "tune configs/run/quickstart.yaml --out runs --engine sparc | expected one of here, spark, found sparc; did"
                        + " you mean spark?",
                "tune run.yaml --out ${HOME}/runs | --out: expected a path, found ${HOME}/runs; variables are not",
                "predict --task t --format jsno x | --format: expected one of json, csv, parquet, found jsno; did you mean",
                "predict --task t --partition 3 x | --partition goes with --out",
                "similar x | give an IMAGE to find similar ones of, --duplicates S or --by-class",
                "similar x --by-class --duplicates 0.9 | --by-class and --duplicates are two questions; ask one",
                "similar x --by-class y | leave out IMAGE",
                "similar x y | IMAGE goes with --task FILE, the task that the folder was made with",
                "similar x y --duplicates 0.9 | leave out IMAGE",
                "similar x --duplicates 0.9 --task t | --duplicates needs no --task",
                "similar x --duplicates 98 | expected a similarity above 0 and at most 1, found 98.0",
                "suite configs/benchmark/structured-8.yaml --dry-run --aggregate-only | exclude each other",
                "export t --to pefd --out o | --to: expected one of peft, timm, transformers, onnx, found pefd; did you mean peft",
                "bench --quick | bench: its artifact, dev.inlay:inlay-bench, is not on the class path; in a checkout",
                "inspect a b | unexpected argument 'b'; expected FILE alone",
                "allocate " + SCORES + " --tau 9 --out src | --out: expected a file to write, found the folder src",
                "sensitivity configs/run/quickstart.yaml --out src | --out: expected a file to write, found the folder",
                "sensitivity configs/run/quickstart.yaml --out pom.xml/a | because ",
                "pretrain x --out src | --out: expected a file to write, found the folder src; add a name",
                "import x --out src | --out: expected a file to write, found the folder src; add a name",
                "predict --task src src | src: expected the file of a task, found a folder",
                "export src --to peft --out x | src: expected the file of a task, found a folder",
                "doctor now | unexpected argument 'now'; expected none",
                "import a --out o data.root=x --backbone builtin | settings are laid over a config, and --backbone builtin",
                "import src/test/resources/golden/peft_lora/timm_adapter --out o --backbone ${HOME}/b.yaml | --backbone: expected a"
                        + " path, found ${HOME}/b.yaml; variables are not",
                "serve ${HOME}/serve.yaml | CONFIG: expected a path, found ${HOME}/serve.yaml; variables are not",
                "allocate " + SCORES
                        + " --budget many | --budget: expected a number of parameters above 0 such as 50000",
                "allocate " + SCORES + " --budget -1 | or a share such as 0.5%, found -1",
                "allocate " + SCORES + " --budget 101% | or a share such as 0.5%, found 101%",
                "allocate " + SCORES + " --budget 2% | does not say; give a number of parameters",
                "allocate " + SCORES + " --tau 9 --spend-rest | --spend-rest goes with --budget",
                "allocate " + SCORES + " --tau 9 --alpha NaN | alpha: expected a finite number of at least 1",
                "allocate " + SCORES + " --tau 9 --exception mlp.fc3=ssf | found mlp.fc3; did you mean mlp.fc1",
                "allocate " + SCORES + " --tau 9 --exception mlp.fc1=sff | found sff; did you mean ssf?",
                "allocate " + SCORES + " --budget 23 | does not cover the class token of 24",
                "allocate " + SCORES + " --tau 9 --rank 0 | rank: expected at least 1, found 0",
                "allocate " + SCORES + " --tau 9 --alpha 0.5 | alpha: expected a finite number of at least 1",
                "allocate " + SCORES
                        + " --tau 9 --module lara | expected one of lora, adapter, ssf, adapterPlus, found lara; did you mean lora?",
                "allocate " + SCORES + " --tau 9 --structured-only --unstructured-only | mutually exclusive",
                "allocate " + SCORES
                        + " --tau 9 --whole-vectors perhaps | --whole-vectors: expected true or false, found perhaps",
                "doctor --fast | 'inlay doctor' has no option --fast",
            })
    void badUsageEndsWithTwo(String command, String message) {
        assertThat(inlay(command.isEmpty() ? new String[0] : command.split(" ")))
                .isEqualTo(2);
        assertThat(err.toString())
                .startsWith("inlay: ")
                .doesNotContain("Error:")
                .contains(message)
                .doesNotContain("\tat ");
    }

    @Test
    void badDataEndsWithThree() throws Exception {
        Path broken = Files.writeString(folder.resolve("broken"), "not tensors");
        for (List<String> command : List.of(
                List.of("allocate", "missing.safetensors", "--tau", "9"),
                List.of("allocate", broken.toString(), "--tau", "9"),
                List.of("inspect", "missing"),
                List.of("inspect", broken.toString()),
                List.of("inspect", folder.toString()))) {
            assertThat(inlay(command.toArray(String[]::new))).isEqualTo(3);
            assertThat(err.toString())
                    .startsWith("inlay: ")
                    .contains(command.get(1))
                    .hasLineCount(1);
            err.getBuffer().setLength(0);
        }
    }

    @Test
    void aPlanThatCannotBeWrittenIsRefusedFirst() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");
        Path below = file.resolve("plan.json");
        assertThat(inlay("allocate", SCORES, "--tau", "9", "--out", below.toString()))
                .isEqualTo(2);
        assertThat(err.toString()).startsWith("inlay: --out: " + below + " cannot be written, because " + file);
    }

    @Test
    void verboseShowsWhere() {
        assertThat(inlay("inspect", "missing", "--verbose")).isEqualTo(3);
        assertThat(err.toString())
                .contains("inlay: missing: expected a safetensors file, found no file")
                .contains("\tat dev.inlay.task.Inspection");
    }

    @Test
    void allocateWritesThePlanThatItPrints() {
        Path file = folder.resolve("plan.json");
        assertThat(inlay("allocate", SCORES, "--budget", "600", "--rank", "2", "--out", file.toString()))
                .isZero();
        Plan plan = PlanJson.read(file);
        assertThat(plan.cost().total()).isBetween(1L, 600L);
        assertThat(plan.cost().classToken()).isEqualTo(24);
        assertThat(out.toString()).contains("of a budget of 600, tau " + plan.tau());

        out.getBuffer().setLength(0);
        assertThat(inlay("inspect", file.toString())).isZero();
        assertThat(out.toString()).contains("of a budget of 600, tau " + plan.tau());
    }

    @Test
    void allocateKnowsEveryOption() {
        Path file = folder.resolve("plan.json");
        String options =
                " --tau 500 --module adapter --rank 3 --alpha 2 --beta 2 --whole-vectors false --class-token false"
                        + " --structured-only --out ";
        assertThat(inlay(("allocate " + SCORES + options + file).split(" "))).isZero();
        Plan plan = PlanJson.read(file);
        assertThat(plan.tau()).isEqualTo(500);
        assertThat(plan.vectors()).isEmpty();
        assertThat(plan.sparse()).isEmpty();
        assertThat(plan.matrices()).isNotEmpty();
        assertThat(plan.rule().rank()).isEqualTo(3);
        assertThat(plan.tunesClassToken()).isFalse();
        assertThat(inlay(("allocate " + SCORES + " --tau 500 --unstructured-only --out " + file).split(" ")))
                .isZero();
        assertThat(PlanJson.read(file).matrices()).isEmpty();
    }

    @Test
    void inspectDescribesTensors() {
        assertThat(inlay("inspect", SCORES)).isZero();
        assertThat(out.toString()).startsWith("sensitivity scores " + SCORES).contains("blocks.2.mlp.fc1.weight");

        out.getBuffer().setLength(0);
        assertThat(inlay("inspect", "--json", SCORES)).isZero();
        assertThat(out.toString()).contains("\"tensors\":56").hasLineCount(1);
    }

    private int inlay(String... args) {
        return Main.run(new PrintWriter(out), new PrintWriter(err), args);
    }

    @ParameterizedTest
    @CsvSource({
        "tune, configs/run/quickstart.yaml",
        "compare, configs/compare/builtin.yaml",
        "suite, configs/benchmark/structured-8.yaml"
    })
    void anOutputFolderThatIsAFileIsSaidInWords(String command, Path config) throws IOException {
        Path file = Files.writeString(folder.resolve("taken"), "mine");
        Cli cli = Cli.inlay(command, config, "--out", file);
        assertThat(cli.code()).isNotZero();
        assertThat(cli.err()).contains(file.toString()).doesNotContain("Exception");
        assertThat(file).hasContent("mine");
    }
}
