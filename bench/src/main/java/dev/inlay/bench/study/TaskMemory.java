package dev.inlay.bench.study;

import dev.inlay.backbone.Backbone;
import dev.inlay.bench.BenchBackbones;
import dev.inlay.bench.SyntheticPlans;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Normalization;
import dev.inlay.plan.FlatIndices;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
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
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What a served task holds and how long it takes to put one: tasks of SPT on a ViT, as the published rule allocates them
 * from made-up scores, every file with positions and names of its own. Run with a heap that is resident from the start
 * ({@code INLAY_JAVA_OPTS='-Xms6g -Xmx6g -XX:+AlwaysPreTouch'}), so that the growth of resident memory is what is held outside
 * of the heap.
 */
@Command(
        name = "task-memory",
        description =
                "What served tasks of SPT hold, and how long it takes to put one. Give Java a heap that is resident from"
                        + " the start: INLAY_JAVA_OPTS='-Xms6g -Xmx6g -XX:+AlwaysPreTouch'.")
public final class TaskMemory extends Study {
    private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();
    private static final int WARM = 64;
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @Option(names = "--tasks", paramLabel = "N", defaultValue = "1000", description = "Tasks; ${DEFAULT-VALUE}.")
    private int tasks;

    @Option(
            names = "--budget",
            paramLabel = "N",
            defaultValue = "50000",
            description = "Trained parameters of each, the head aside; ${DEFAULT-VALUE}.")
    private int budget;

    @Option(names = "--classes", paramLabel = "N", defaultValue = "10", description = "Classes; ${DEFAULT-VALUE}.")
    private int classes;

    @Option(
            names = "--files",
            paramLabel = "N",
            defaultValue = "100",
            description = "Files, each put under several names; ${DEFAULT-VALUE}.")
    private int files;

    @Option(
            names = "--used",
            paramLabel = "N",
            defaultValue = "128",
            description = "Tasks that answer an image; ${DEFAULT-VALUE}.")
    private int used;

    @Option(
            names = "--backbone",
            paramLabel = "NAME",
            defaultValue = "vit_base_patch16_224",
            description = "timm's name of a ViT; ${DEFAULT-VALUE}.")
    private String name;

    @Override
    void measure() throws IOException {
        Path folder = Files.createTempDirectory("tasks");
        try (Backbone backbone = BenchBackbones.random(name)) {
            measure(backbone, write(folder, backbone, plan(backbone)));
        } finally {
            try (var left = Files.list(folder)) {
                for (Path file : left.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }

    private void measure(Backbone backbone, List<Path> files) throws IOException {
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
            print("%d tasks, a file has %,d bytes", tasks, fileBytes);
            report("put", put, before, tasks, fileBytes);
            print("put: %s; %.2f ms of CPU time each", times(millis), work / 1e6 / tasks);
            double[] again = new double[Math.min(tasks, 300)];
            for (int i = 0; i < again.length; i++) {
                long start = System.nanoTime();
                predictor.put("task-" + i, files.get((i + 1) % files.size()));
                again[i] = (System.nanoTime() - start) / 1e6;
            }
            print("put in the place of one, %d there: %s", tasks, times(again));
            float[] image = Initial.normal(Key.of(0, "image"), 3L * backbone.height() * backbone.width(), 0, 1);
            int answering = Math.min(tasks, used);
            if (answering > WARM) {
                answer(predictor, 0, WARM, image); // what a batch needs while it is computed is there from now on
                State first = State.now();
                answer(predictor, WARM, answering, image);
                report("more when used", State.now(), first, answering - WARM, fileBytes);
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

    private void report(String what, State now, State before, int tasks, long fileBytes) {
        double nativeBytes = (double) (now.resident - before.resident) / tasks;
        double heapBytes = (double) (now.heap - before.heap) / tasks;
        print(
                "%s, bytes per task: %,.0f native + %,.0f heap = %,.0f, %.2f of its file",
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

    private List<Path> write(Path folder, Backbone backbone, Plan plan) {
        List<Path> written = new ArrayList<>();
        for (int file = 0; file < Math.min(files, tasks); file++) {
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

    /** A plan of the same sizes with individual weights at other positions. */
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
        return SyntheticPlans.withSparse(plan, sparse);
    }

    private Plan plan(Backbone backbone) {
        Plan plan = SyntheticPlans.within(backbone, ModuleKind.LORA, budget, 0);
        print(
                "%s: %d modules, %d vectors, %d individual weights in %d tensors",
                backbone.name(),
                plan.matrices().size(),
                plan.vectors().size(),
                plan.cost().sparse(),
                plan.sparse().size());
        return plan;
    }
}
