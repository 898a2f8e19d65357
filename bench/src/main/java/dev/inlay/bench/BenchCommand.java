package dev.inlay.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.inlay.bench.study.DecodingStudy;
import dev.inlay.bench.study.FrozenBlocks;
import dev.inlay.bench.study.InferenceThroughput;
import dev.inlay.bench.study.KernelStudy;
import dev.inlay.bench.study.LinearGrid;
import dev.inlay.bench.study.MixedTasks;
import dev.inlay.bench.study.ServiceFaults;
import dev.inlay.bench.study.ServiceLoad;
import dev.inlay.bench.study.SparseSteps;
import dev.inlay.bench.study.TaskMemory;
import dev.inlay.cli.ConsoleProgress;
import dev.inlay.cli.Main;
import dev.inlay.cli.Misuse;
import dev.inlay.cli.ProvidedCommand;
import dev.inlay.error.ConfigException;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.Precision;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code inlay bench}: what the stages and methods cost on this machine. */
@Command(
        name = "bench",
        description = "Measures stage 1, allocation, training steps, evaluation and prediction with random weights and"
                + " images of noise: time, memory and where the time goes. docs/performance.md says how.",
        subcommands = {
            InferenceThroughput.class,
            KernelStudy.class,
            SparseSteps.class,
            FrozenBlocks.class,
            LinearGrid.class,
            DecodingStudy.class,
            MixedTasks.class,
            TaskMemory.class,
            ServiceLoad.class,
            ServiceFaults.class
        })
public final class BenchCommand implements ProvidedCommand {
    private static final Duration SAMPLING = Duration.ofSeconds(2);
    private static final Duration PRODUCTS = Duration.ofMillis(500);

    @Spec
    private CommandSpec spec;

    @Option(names = "--quick", description = "Fewer cases, and three rounds unless --rounds says otherwise.")
    private boolean quick;

    @Option(
            names = {"--only", "--cases"},
            paramLabel = "REGEX",
            description = "Only cases in whose name this is found; --list prints the names.")
    private Pattern only = Pattern.compile("");

    @Option(
            names = "--precision",
            paramLabel = "PRECISION",
            split = ",",
            description = "Only cases in float32 or bf16; both where the CPU has products in bf16, else float32.")
    private List<Precision> precisions;

    @Option(names = "--rounds", paramLabel = "N", description = "How often each case is timed; 7 unless --quick.")
    private Integer rounds;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads of one LibTorch operation; 0, the default, is one per physical core.")
    private int threads;

    @Option(names = "--json", paramLabel = "FILE", description = "Also writes everything that was measured.")
    private Path json;

    @Option(names = "--list", description = "Prints the names of the cases and measures nothing.")
    private boolean list;

    @Option(names = "--serve", hidden = true, description = "Measures what lines of JSON on standard input ask for.")
    private boolean serve;

    @Override
    public void run() {
        Misuse.requireFile(spec.commandLine(), "--json", json);
        Misuse.requireAtLeast(spec.commandLine(), "--threads", 0, threads);
        if (rounds != null) {
            Misuse.requireAtLeast(spec.commandLine(), "--rounds", 1, rounds);
        }
        PrintWriter out = spec.commandLine().getOut();
        LibTorch.threads(threads);
        if (serve) {
            WorkerLoop.serve(new BufferedReader(new InputStreamReader(System.in, UTF_8)), out);
            return;
        }
        List<Precision> wanted = precisions != null ? precisions : BenchBackbones.precisions();
        List<BenchCase> cases = (quick ? BenchSuite.quick() : BenchSuite.full())
                .stream()
                        .filter(work -> wanted.contains(work.precision()))
                        .filter(work -> only.matcher(work.name()).find())
                        .toList();
        if (cases.isEmpty()) {
            throw new ConfigException("--only " + only + ": no case is called so; --list prints the names");
        }
        if (list) {
            cases.forEach(work -> out.println(work.name()));
            return;
        }
        List<String> child = List.of(Main.class.getName(), "bench", "--serve", "--threads=" + threads);
        int times = rounds != null ? rounds : quick ? 3 : 7;
        Bench bench = new Bench(() -> new ChildWorker(child), times, SAMPLING, PRODUCTS);
        BenchReport report = bench.run(cases, ConsoleProgress.of(spec));
        out.print(BenchText.table(report));
        if (json != null) {
            BenchJson.write(json, report);
        }
        out.flush();
    }
}
