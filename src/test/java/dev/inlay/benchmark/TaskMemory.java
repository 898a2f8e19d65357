package dev.inlay.benchmark;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Site;
import dev.inlay.backbone.vit.VitLoader;
import dev.inlay.backbone.vit.VitVariants;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Normalization;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.FlatIndices;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanSource;
import dev.inlay.plan.allocation.Allocator;
import dev.inlay.random.Key;
import dev.inlay.serve.Predictor;
import dev.inlay.task.BackboneInfo;
import dev.inlay.task.TaskFile;
import dev.inlay.task.TaskInfo;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.method.Planned;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;

/**
 * What a served task holds and how long it takes to put one: tasks of SPT on a ViT, as the published rule allocates them
 * from made-up scores, every file with positions and names of its own. Run with a heap that is resident from the start
 * ({@code -Xms6g -Xmx6g -XX:+AlwaysPreTouch}), so that the growth of resident memory is what is held outside of the heap.
 *
 * <p>Arguments: tasks (1,000), budget (50,000), classes (10), files (100; each is put under several ids), tasks that answer
 * an image (128), name of the ViT (vit_base_patch16_224).
 */
public final class TaskMemory {
    private static final double SPREAD = 0.4;
    private static final double VECTORS = 10;
    private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();
    private static final int WARM = 64;
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private TaskMemory() {}

    public static void main(String[] arguments) throws IOException {
        int tasks = argument(arguments, 0, 1000);
        int budget = argument(arguments, 1, 50_000);
        int classes = argument(arguments, 2, 10);
        int files = Math.min(tasks, argument(arguments, 3, 100));
        int used = Math.min(tasks, argument(arguments, 4, 128));
        String name = arguments.length > 5 ? arguments[5] : "vit_base_patch16_224";
        Path folder = Files.createTempDirectory("tasks");
        try (Backbone backbone = VitLoader.random(name, VitVariants.of(name), 0)) {
            List<Path> written = write(folder, backbone, plan(backbone, budget), classes, files);
            measure(backbone, written, tasks, used);
        } finally {
            try (var left = Files.list(folder)) {
                for (Path file : left.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }

    private static int argument(String[] arguments, int index, int otherwise) {
        return arguments.length > index ? Integer.parseInt(arguments[index]) : otherwise;
    }

    private static void measure(Backbone backbone, List<Path> files, int tasks, int used) throws IOException {
        long fileBytes = 0;
        for (Path file : files) {
            fileBytes += Files.readAllBytes(file).length; // and all are in the page cache
        }
        fileBytes /= files.size();
        try (Predictor predictor = new Predictor(backbone)) {
            for (int i = 0; i < 200; i++) { // the JVM gets to know the way
                predictor.put("warm", files.get(i % files.size()));
            }
            predictor.remove("warm");
            State before = State.now();
            double[] millis = new double[tasks];
            long work = CLOCK.getCurrentThreadCpuTime();
            for (int i = 0; i < tasks; i++) {
                long start = System.nanoTime();
                predictor.put("task-" + i, files.get(i % files.size()));
                millis[i] = (System.nanoTime() - start) / 1e6;
            }
            work = CLOCK.getCurrentThreadCpuTime() - work;
            State put = State.now();
            System.out.printf("%d tasks, a file has %,d bytes%n", tasks, fileBytes);
            report("put", put, before, tasks, fileBytes);
            System.out.printf("put: %s; %.2f ms of processor time each%n", times(millis), work / 1e6 / tasks);
            double[] again = new double[Math.min(tasks, 300)];
            for (int i = 0; i < again.length; i++) {
                long start = System.nanoTime();
                predictor.put("task-" + i, files.get((i + 1) % files.size()));
                again[i] = (System.nanoTime() - start) / 1e6;
            }
            System.out.printf("put in the place of one, %d there: %s%n", tasks, times(again));
            float[] image = Initial.normal(Key.of(0, "image"), 3L * backbone.height() * backbone.width(), 0, 1);
            if (used > WARM) {
                answer(predictor, 0, WARM, image); // what a batch needs while it is computed is there from now on
                State first = State.now();
                answer(predictor, WARM, used, image);
                report("more when used", State.now(), first, used - WARM, fileBytes);
            }
            for (int i = 0; i < tasks; i++) {
                predictor.remove("task-" + i);
            }
            report("left when removed", State.now(), before, tasks, fileBytes);
        }
    }

    private static void answer(Predictor predictor, int from, int to, float[] image) {
        List<CompletableFuture<?>> answers = new ArrayList<>();
        for (int i = from; i < to; i++) {
            answers.add(predictor.predictPixels("task-" + i, List.of(image), PATIENCE));
        }
        answers.forEach(CompletableFuture::join);
    }

    private static void report(String what, State now, State before, int tasks, long fileBytes) {
        double nativeBytes = (double) (now.resident - before.resident) / tasks;
        double heapBytes = (double) (now.heap - before.heap) / tasks;
        System.out.printf(
                "%s, bytes per task: %,.0f native + %,.0f heap = %,.0f, %.2f of its file%n",
                what, nativeBytes, heapBytes, nativeBytes + heapBytes, (nativeBytes + heapBytes) / fileBytes);
    }

    private static String times(double[] millis) {
        String first = String.format(
                "first %d: %s", Math.min(100, millis.length), quantiles(millis, 0, Math.min(100, millis.length)));
        int last = Math.max(0, millis.length - 1000);
        return first + String.format("; last %d: %s", millis.length - last, quantiles(millis, last, millis.length));
    }

    private static String quantiles(double[] millis, int from, int to) {
        double[] sorted = Arrays.copyOfRange(millis, from, to);
        Arrays.sort(sorted);
        return String.format(
                "median %.2f ms, p99 %.2f ms", sorted[sorted.length / 2], sorted[(int) (sorted.length * 0.99)]);
    }

    /** What the process holds: physical memory, and the part of the heap that is in use after a collection. */
    private record State(long resident, long heap) {
        static State now() {
            for (int i = 0; i < 3; i++) {
                System.gc();
            }
            return new State(
                    LibTorch.residentBytes(),
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
    }

    private static List<Path> write(Path folder, Backbone backbone, Plan plan, int classes, int files) {
        List<Path> written = new ArrayList<>();
        for (int file = 0; file < files; file++) {
            SplittableRandom random = new SplittableRandom(file);
            Planned spec = new Planned(elsewhere(plan, random), 0, 0, Planned.Origin.PAPER);
            int number = file;
            List<String> names = IntStream.range(0, classes)
                    .mapToObj(label -> "class " + label + " of the customer " + number)
                    .toList();
            TaskInfo info = new TaskInfo(
                    spec,
                    BackboneInfo.of(backbone),
                    names,
                    Optional.of(ImageTransform.direct(
                            backbone.height(), backbone.width(), Normalization.IMAGENET, ExifOrientation.APPLY)),
                    new TreeMap<>(Map.of("test.top1", random.nextDouble())),
                    new TreeMap<>(Map.of("config", "made up; ".repeat(100), "seed", Integer.toString(file))));
            try (PointerScope scope = new PointerScope();
                    Tuning tuning = new Tuning(backbone, spec, classes, file)) {
                written.add(folder.resolve("task" + file + ".safetensors"));
                TaskFile.write(written.get(file), info, tuning);
            }
        }
        return written;
    }

    /** A plan of the same sizes with single weights at other positions. */
    private static Plan elsewhere(Plan plan, SplittableRandom random) {
        Map<String, Integer> sizes = new LinkedHashMap<>();
        plan.choices()
                .forEach(choice ->
                        sizes.put(choice.candidate().name(), choice.candidate().size()));
        Map<String, FlatIndices> sparse = new LinkedHashMap<>();
        plan.sparse()
                .forEach((name, indices) -> sparse.put(
                        name,
                        FlatIndices.of(random.ints(0, sizes.get(name))
                                .distinct()
                                .limit(indices.size())
                                .sorted()
                                .toArray())));
        return new Plan(
                plan.rule(),
                plan.matrices(),
                plan.vectors(),
                plan.prompts(),
                sparse,
                plan.cost(),
                plan.tau(),
                plan.budget(),
                plan.choices(),
                plan.notes(),
                plan.source());
    }

    /** Scores that no gradients stand behind, spread so that a plan looks like those published for SPT. */
    private static Plan plan(Backbone backbone, long budget) {
        List<Candidate> candidates = Candidate.among(backbone.sites());
        float[][] scores = candidates.stream()
                .map(candidate ->
                        scores(candidate, new SplittableRandom(candidate.name().hashCode())))
                .toArray(float[][]::new);
        AllocationRule rule = AllocationRule.published(ModuleKind.LORA, Site.classToken(backbone.sites()));
        Plan plan =
                new Allocator(candidates, scores, new PlanSource(backbone.name(), "made up")).planWithin(rule, budget);
        System.out.printf(
                "%s: %d modules, %d vectors, %d single weights in %d tensors%n",
                backbone.name(),
                plan.matrices().size(),
                plan.vectors().size(),
                plan.cost().sparse(),
                plan.sparse().size());
        return plan;
    }

    private static float[] scores(Candidate candidate, SplittableRandom random) {
        double tensor = Math.exp(SPREAD * random.nextGaussian()) * (candidate.isVector() ? VECTORS : 1);
        float[] scores = new float[candidate.size()];
        for (int i = 0; i < scores.length; i++) {
            double normal = random.nextGaussian();
            scores[i] = (float) (tensor * normal * normal * normal * normal);
        }
        return scores;
    }
}
