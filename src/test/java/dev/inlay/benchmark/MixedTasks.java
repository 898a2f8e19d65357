package dev.inlay.benchmark;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.Site;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.backbone.vit.VitLoader;
import dev.inlay.backbone.vit.VitVariants;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.PlanSource;
import dev.inlay.plan.allocation.Allocator;
import dev.inlay.random.Key;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Linear;
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
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What mixing tasks costs: batches drawn from K tasks of 100 classes, and the bare backbone on as many images, in turn in
 * one run. A quarter of the tasks each is a linear head, LoRA of rank 8 on query and value, SPT (0.2 M, on ViT-Ti 0.05 M; of
 * six plans from made-up scores), and 10 deep prompts; the lines with one kind only say which of them costs what, and
 * {@code lengths} is deep prompts of many lengths. Printed is the time of the bare backbone as a share of the time of the
 * mixed batch: median, lower and upper quartile of the rounds, of wall time and of processor time of the whole process.
 *
 * <p>Arguments: rounds (5), images per batch (32), name of the ViT (vit_tiny_patch16_224), and a regular expression that
 * chooses lines by what stands in front of them (all); or {@code turns} in the place of the rounds: then a turn of LoRA is
 * done for each line of standard input.
 */
public final class MixedTasks {
    private static final int CLASSES = 100;
    private static final int RANK = 8;
    private static final int PROMPTS = 10;
    private static final int[] LENGTHS = {1, 2, 5, 10, 20, 35, 50, 100};
    private static final int PLANS = 6;

    private final Backbone backbone;
    private final int batch;
    private final float[] pixels;
    private final Map<String, List<TuningSpec>> kinds = new HashMap<>();

    private MixedTasks(Backbone backbone, int batch) {
        this.backbone = backbone;
        this.batch = batch;
        this.pixels = Initial.normal(Key.of(0, "images"), 3L * batch * backbone.height() * backbone.width(), 0, 1);
    }

    public static void main(String[] arguments) throws IOException {
        boolean turns = arguments.length > 0 && arguments[0].equals("turns");
        int rounds = arguments.length > 0 && !turns ? Integer.parseInt(arguments[0]) : 5;
        int batch = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 32;
        String name = arguments.length > 2 ? arguments[2] : "vit_tiny_patch16_224";
        Pattern chosen = Pattern.compile(arguments.length > 3 ? arguments[3] : "");
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = VitLoader.random(name, VitVariants.of(name), 0)) {
            MixedTasks mixed = new MixedTasks(vit, batch);
            if (turns) {
                mixed.turns();
            } else {
                System.out.printf(
                        "%s, %d rounds, batch %d, %d threads%n", name, rounds, batch, torch.get_num_threads());
                mixed.lines(chosen, rounds);
            }
        }
    }

    private void lines(Pattern chosen, int rounds) {
        Map<String, List<String>> lines = new LinkedHashMap<>();
        List<String> all = List.of("linear", "lora", "spt", "prompts");
        Stream.of(1, 8, 64, 1000).forEach(tasks -> lines.put(tasks + " of all", all));
        Stream.of(1, 64).forEach(tasks -> Stream.of("linear", "lora", "spt", "prompts", "lengths")
                .forEach(kind -> lines.put(tasks + " of " + kind, List.of(kind))));
        System.out.printf(
                "%16s %10s %10s %22s %22s%n", "tasks", "bare, s", "mixed, s", "bare/mixed", "of processor time");
        lines.forEach((line, of) -> {
            if (chosen.matcher(line).find()) {
                measure(line, Integer.parseInt(line.substring(0, line.indexOf(' '))), of, rounds);
            }
        });
    }

    /** A turn of LoRA for each line that says how many tasks there are; for scripts/peer_serving.py. */
    private void turns() throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        SplittableRandom random = new SplittableRandom(1);
        List<BatchableTuning> tunings = List.of();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            int tasks = Integer.parseInt(line.strip());
            if (tunings.size() != tasks) {
                tunings.forEach(member -> member.tuning().close());
                tunings = tunings(tasks, List.of("lora"));
            }
            double[] times = turn(tunings, random);
            System.out.printf(Locale.ROOT, "turn %f %f %f %f%n", times[0], times[1], times[2], times[3]);
        }
        tunings.forEach(member -> member.tuning().close());
    }

    private List<BatchableTuning> tunings(int tasks, List<String> of) {
        return IntStream.range(0, tasks)
                .mapToObj(i -> {
                    List<TuningSpec> specs = kinds.computeIfAbsent(of.get(i % of.size()), this::specs);
                    return new BatchableTuning(
                            new Tuning(backbone, specs.get(i / of.size() % specs.size()), CLASSES, i));
                })
                .toList();
    }

    /** Wall and processor seconds of the bare backbone, and of a batch of randomly drawn tasks. */
    private double[] turn(List<BatchableTuning> tunings, SplittableRandom random) {
        List<BatchableTuning> rows = new ArrayList<>();
        for (int i = 0; i < batch; i++) {
            rows.add(tunings.get(random.nextInt(tunings.size())));
        }
        double[] bare = seconds(this::bare);
        double[] mixed = seconds(() -> MixedBatch.compute(backbone, rows, pixels));
        return new double[] {bare[0], bare[1], mixed[0], mixed[1]};
    }

    private void measure(String line, int tasks, List<String> of, int rounds) {
        List<BatchableTuning> tunings = tunings(tasks, of);
        SplittableRandom random = new SplittableRandom(1);
        turn(tunings, random);
        double[][] turns =
                Stream.generate(() -> turn(tunings, random)).limit(rounds).toArray(double[][]::new);
        tunings.forEach(member -> member.tuning().close());
        System.out.printf(
                "%16s %10.3f %10.3f %22s %22s%n",
                line,
                quartile(of(turns, turn -> turn[0]), 2),
                quartile(of(turns, turn -> turn[2]), 2),
                spread(of(turns, turn -> turn[0] / turn[2])),
                spread(of(turns, turn -> turn[1] / turn[3])));
    }

    private static double[] of(double[][] turns, ToDoubleFunction<double[]> value) {
        return Arrays.stream(turns).mapToDouble(value).toArray();
    }

    private static String spread(double[] ratios) {
        return "%.3f (%.3f to %.3f)".formatted(quartile(ratios, 2), quartile(ratios, 1), quartile(ratios, 3));
    }

    private static double quartile(double[] values, int quarter) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[(sorted.length - 1) * quarter / 4];
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
            case "linear" -> List.of(new Linear());
            case "lora" -> List.of(new Lora(RANK, RANK, 0, List.of("attn.q", "attn.v"), List.of()));
            case "spt" -> IntStream.range(0, PLANS).mapToObj(this::plan).toList();
            case "prompts" -> List.of(prompts(PROMPTS));
            default -> Arrays.stream(LENGTHS).mapToObj(MixedTasks::prompts).toList();
        };
    }

    private static TuningSpec prompts(int tokens) {
        return new Prompt(Prompt.Depth.DEEP, tokens, 0, 0, false, List.of(), Prompt.Pool.CLASS_TOKEN);
    }

    /** Scores as spread as those of published plans: fourth powers of normal numbers, times how sensitive a tensor is. */
    private TuningSpec plan(int seed) {
        List<Candidate> candidates = Candidate.among(backbone.sites());
        float[][] scores = candidates.stream()
                .parallel()
                .map(candidate -> scores(candidate, Key.of(seed, candidate.name()).stream()))
                .toArray(float[][]::new);
        AllocationRule rule = AllocationRule.published(ModuleKind.LORA, Site.classToken(backbone.sites()));
        long budget = backbone.embedDim() < 384 ? 50_000 : 200_000;
        Allocator allocator = new Allocator(candidates, scores, new PlanSource(backbone.name(), "made up"));
        return new Planned(allocator.planWithin(rule, budget), 0, 0, Planned.Origin.PAPER);
    }

    private static float[] scores(Candidate candidate, RandomGenerator random) {
        double tensor = Math.exp(0.4 * random.nextGaussian()) * (candidate.isVector() ? 10 : 1);
        float[] scores = new float[candidate.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) (tensor * Math.pow(random.nextGaussian(), 4));
        }
        return scores;
    }

    /** Wall seconds and processor seconds of all threads. */
    private static double[] seconds(Runnable work) {
        double processor = processorSeconds();
        long start = System.nanoTime();
        work.run();
        double wall = (System.nanoTime() - start) / 1e9;
        return new double[] {wall, processorSeconds() - processor};
    }

    private static double processorSeconds() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis() / 1e3;
    }
}
