package dev.inlay.bench.study;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Pass;
import dev.inlay.bench.BenchBackbones;
import dev.inlay.bench.Rounds;
import dev.inlay.bench.SyntheticPlans;
import dev.inlay.bench.Workload;
import dev.inlay.plan.ModuleKind;
import dev.inlay.random.Key;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.Lora;
import dev.inlay.tuning.method.Planned;
import dev.inlay.tuning.method.Prompt;
import dev.inlay.tuning.mixed.BatchableTuning;
import dev.inlay.tuning.mixed.MixedBatch;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What mixing tasks costs: batches drawn from K tasks of 100 classes, and the bare backbone on as many images. A quarter of the
 * tasks each is a linear head, LoRA of rank 8 on query and value, SPT (0.2 M, below ViT-S 0.05 M; of six synthetic plans), and
 * 10 deep prompts; the lines with one kind only say which of them costs what, and {@code lengths} is deep prompts of many
 * lengths.
 */
@Command(
        name = "mixed-tasks",
        description =
                "Batches that mix tasks and the bare backbone in turn; the share is that of the mixed batch's time.")
public final class MixedTasks extends Study {
    private static final int RANK = 8;
    private static final int PROMPTS = 10;
    private static final int[] LENGTHS = {1, 2, 5, 10, 20, 35, 50, 100};
    private static final int PLANS = 6;
    private static final String BARE = "the bare backbone";

    private final Map<String, List<TuningSpec>> kinds = new HashMap<>();
    private Backbone backbone;
    private float[] pixels;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "5", description = "Turns of each; ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "32", description = "Images; ${DEFAULT-VALUE}.")
    private int batch;

    @Option(
            names = "--backbone",
            paramLabel = "NAME",
            defaultValue = "vit_tiny_patch16_224",
            description = "timm's name of a ViT; ${DEFAULT-VALUE}.")
    private String name;

    @Option(
            names = "--precision",
            paramLabel = "float32|bf16",
            defaultValue = "FLOAT32",
            description = "What the backbone multiplies with; float32.")
    private Precision precision;

    @Option(
            names = "--only",
            paramLabel = "REGEX",
            defaultValue = "",
            description = "Only lines in whose name this is found, such as '64 of lora'.")
    private Pattern only;

    @Option(
            names = "--turns",
            hidden = true,
            description =
                    "For each number of tasks on standard input a turn of LoRA; for bench/python/peer_serving.py.")
    private boolean turns;

    @Override
    void measure() throws IOException {
        try (PointerScope scope = new PointerScope();
                Backbone opened = BenchBackbones.random(name, precision)) {
            backbone = opened;
            pixels = Initial.normal(Key.of(0, "images"), 3L * batch * opened.height() * opened.width(), 0, 1);
            if (turns) {
                turns();
            } else {
                print("%s in %s, %d rounds, batch %d, %d threads", name, precision, rounds, batch, LibTorch.threads());
                lines();
            }
        }
    }

    private void lines() {
        Map<String, List<String>> lines = new LinkedHashMap<>();
        List<String> all = List.of("linear", "lora", "spt", "prompts");
        Stream.of(1, 8, 64, 1000).forEach(tasks -> lines.put(tasks + " of all", all));
        Stream.of(1, 64).forEach(tasks -> Stream.of("linear", "lora", "spt", "prompts", "lengths")
                .forEach(kind -> lines.put(tasks + " of " + kind, List.of(kind))));
        print(Turns.HEAD);
        lines.forEach((line, of) -> {
            if (only.matcher(line).find()) {
                List<BatchableTuning> tunings = tunings(Integer.parseInt(line.substring(0, line.indexOf(' '))), of);
                Turns.measure(rounds, 1, ways(line, tunings, new SplittableRandom(1)))
                        .lines()
                        .forEach(this::print);
                tunings.forEach(member -> member.ensemble().close());
            }
        });
    }

    private void turns() throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        SplittableRandom random = new SplittableRandom(1);
        List<BatchableTuning> tunings = List.of();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            int tasks = Integer.parseInt(line.strip());
            if (tunings.size() != tasks) {
                tunings.forEach(member -> member.ensemble().close());
                tunings = tunings(tasks, List.of("lora"));
                Turns.round(1, ways("", tunings, random));
            }
            Turns turn = Turns.round(1, ways("", tunings, random));
            Rounds bare = turn.ways().get(BARE);
            Rounds mixed = turn.ways().get("");
            print("turn %f %f %f %f", bare.median(), bare.medianProcessor(), mixed.median(), mixed.medianProcessor());
        }
        tunings.forEach(member -> member.ensemble().close());
    }

    /** Batches of randomly synthetic tasks, and the bare backbone. */
    private Map<String, Runnable> ways(String line, List<BatchableTuning> tunings, SplittableRandom random) {
        Map<String, Runnable> ways = new LinkedHashMap<>();
        ways.put(line, () -> {
            List<BatchableTuning> rows = new ArrayList<>();
            for (int i = 0; i < batch; i++) {
                rows.add(tunings.get(random.nextInt(tunings.size())));
            }
            MixedBatch.compute(backbone, rows, pixels);
        });
        ways.put(BARE, this::bare);
        return ways;
    }

    private List<BatchableTuning> tunings(int tasks, List<String> of) {
        return IntStream.range(0, tasks)
                .mapToObj(i -> {
                    List<TuningSpec> specs = kinds.computeIfAbsent(of.get(i % of.size()), this::specs);
                    return new BatchableTuning(
                            new Tuning(backbone, specs.get(i / of.size() % specs.size()), Workload.CLASSES, i));
                })
                .toList();
    }

    private void bare() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor images = Tensors.of(pixels, batch, 3, backbone.height(), backbone.width());
            Tensors.floats(backbone.features(images, Pass.BARE));
        }
    }

    private List<TuningSpec> specs(String kind) {
        return switch (kind) {
            case "linear" -> List.of(new HeadOnly());
            case "lora" -> List.of(new Lora(RANK, RANK, 0, List.of("attn.q", "attn.v"), List.of()));
            case "spt" -> IntStream.range(0, PLANS).mapToObj(this::plan).toList();
            case "prompts" -> List.of(prompts(PROMPTS));
            default -> Arrays.stream(LENGTHS).mapToObj(MixedTasks::prompts).toList();
        };
    }

    private static TuningSpec prompts(int tokens) {
        return new Prompt(Prompt.Depth.DEEP, tokens, 0, 0, false, List.of(), Prompt.Pool.CLASS_TOKEN);
    }

    private TuningSpec plan(int seed) {
        long budget = backbone.embedDim() < 384 ? 50_000 : 200_000;
        return new Planned(SyntheticPlans.within(backbone, ModuleKind.LORA, budget, seed), 0, 0, Planned.Origin.PAPER);
    }
}
