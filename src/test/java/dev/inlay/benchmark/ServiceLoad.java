package dev.inlay.benchmark;

import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.backbone.vit.VitLoader;
import dev.inlay.backbone.vit.VitVariants;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.PointerScope;

/**
 * A service in a process of its own under more load than it can bear: what it can bear is measured first, with as many
 * requests under way as fill two batches; then requests come at random moments (Poisson) at a multiple of that rate, whatever
 * becomes of those before. Every answer is compared with the task's alone. Resident memory is printed over the quarters.
 *
 * <p>Arguments: minutes (10), multiple of the capacity (1.5), tasks (64), name of the ViT (vit_tiny_patch16_224), further
 * settings of the service such as {@code serving.queueCapacity=128}.
 */
public final class ServiceLoad {
    private static final int IMAGES = 8;
    private static final int UNDER_WAY = 64;
    private static final int CAPACITY_SECONDS = 20;

    private final KnownAnswers known;
    private final int tasks;
    private final SplittableRandom random = new SplittableRandom(1);

    private ServiceLoad(KnownAnswers known, int tasks) {
        this.known = known;
        this.tasks = tasks;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Locale.setDefault(Locale.ROOT);
        double minutes = arguments.length > 0 ? Double.parseDouble(arguments[0]) : 10;
        double multiple = arguments.length > 1 ? Double.parseDouble(arguments[1]) : 1.5;
        int tasks = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 64;
        String name = arguments.length > 3 ? arguments[3] : "vit_tiny_patch16_224";
        Path home = Files.createTempDirectory("inlay-load");
        Path folder = Files.createDirectory(home.resolve("tasks"));
        ServiceLoad load;
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = VitLoader.random(name, VitVariants.of(name), 0)) {
            load = new ServiceLoad(new KnownAnswers(vit, IMAGES), tasks);
            for (long task = 0; task < tasks; task++) {
                load.known.write(folder.resolve("t" + task + ".safetensors"), task);
            }
        }
        List<String> settings =
                new ArrayList<>(List.of("tasks=" + folder, "backbone.name=" + name, "backbone.random=true"));
        settings.addAll(Arrays.asList(arguments).subList(Math.min(4, arguments.length), arguments.length));
        try (ServiceProcess service = new ServiceProcess(home.resolve("log.txt"), settings)) {
            double capacity = load.capacity(service);
            System.out.printf(
                    "%s, %d tasks, %d images: %.1f requests per second with %d under way%n",
                    name, tasks, IMAGES, capacity, UNDER_WAY);
            load.run(service, multiple * capacity, Math.round(minutes * 60));
        }
    }

    private CompletableFuture<Void> ask(CheckedClient client, long due) {
        long task = random.nextInt(tasks);
        return client.ask("t" + task, random.nextInt(IMAGES), List.of(task), due);
    }

    /** Answers per second. */
    private double capacity(ServiceProcess service) throws InterruptedException {
        CheckedClient client = new CheckedClient(service.url(), known);
        List<Thread> askers = new ArrayList<>();
        long start = System.nanoTime();
        long end = start + TimeUnit.SECONDS.toNanos(2 * CAPACITY_SECONDS);
        for (int i = 0; i < UNDER_WAY; i++) {
            Thread asker = new Thread(() -> {
                while (System.nanoTime() < end) {
                    next(client).join();
                }
            });
            asker.start();
            askers.add(asker);
        }
        TimeUnit.SECONDS.sleep(CAPACITY_SECONDS);
        long warm = client.answered();
        long from = System.nanoTime();
        for (Thread asker : askers) {
            asker.join();
        }
        double capacity = (client.answered() - warm) / ((System.nanoTime() - from) / 1e9);
        client.print();
        return capacity;
    }

    private synchronized CompletableFuture<Void> next(CheckedClient client) {
        return ask(client, System.nanoTime());
    }

    private void run(ServiceProcess service, double rate, long seconds) throws IOException, InterruptedException {
        CheckedClient client = new CheckedClient(service.url(), known);
        List<CompletableFuture<Void>> all = new ArrayList<>();
        List<Double> resident = new ArrayList<>();
        long start = System.nanoTime();
        long due = start;
        while (due - start < TimeUnit.SECONDS.toNanos(seconds)) {
            due += (long) (-Math.log(1 - random.nextDouble()) / rate * 1e9);
            TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
            all.add(ask(client, due));
            if ((System.nanoTime() - start) / 1e9 > resident.size()) {
                resident.add(service.residentMegabytes());
            }
        }
        double sent = (System.nanoTime() - start) / 1e9;
        all.forEach(CompletableFuture::join);
        double answered = client.answered() / ((System.nanoTime() - start) / 1e9);
        System.out.printf(
                "%d requests in %.0f s, %.1f per second (meant: %.1f); %.1f answered per second%n",
                all.size(), sent, all.size() / sent, rate, answered);
        client.print();
        for (int quarter = 0; quarter < 4; quarter++) {
            double[] part =
                    resident.subList(resident.size() * quarter / 4, resident.size() * (quarter + 1) / 4).stream()
                            .mapToDouble(one -> one)
                            .sorted()
                            .toArray();
            System.out.printf(
                    "resident, quarter %d: median %.0f MB, least %.0f, most %.0f%n",
                    quarter + 1, part[part.length / 2], part[0], part[part.length - 1]);
        }
    }
}
