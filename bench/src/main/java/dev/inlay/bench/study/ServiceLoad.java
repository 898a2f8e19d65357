package dev.inlay.bench.study;

import dev.inlay.backbone.Backbone;
import dev.inlay.bench.BenchBackbones;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * A service in a process of its own under more load than it can bear: what it can bear is measured first, with as many
 * requests under way as fill two batches; then requests come at random moments (Poisson) at a multiple of that rate, whatever
 * becomes of those before. Every answer is compared with the task's alone.
 */
@Command(
        name = "service-load",
        description =
                "A service under more load than it can bear: requests per second, their times, memory over the quarters;"
                        + " every answer is compared with its task's alone.")
public final class ServiceLoad extends Study {
    private static final int IMAGES = 8;
    private static final int UNDER_WAY = 64;
    private static final int CAPACITY_SECONDS = 20;

    private final SplittableRandom random = new SplittableRandom(1);
    private KnownAnswers known;

    @Option(names = "--minutes", paramLabel = "M", defaultValue = "10", description = "How long; ${DEFAULT-VALUE}.")
    private double minutes;

    @Option(
            names = "--load",
            paramLabel = "X",
            defaultValue = "1.5",
            description = "Requests as a multiple of what it can bear; ${DEFAULT-VALUE}.")
    private double multiple;

    @Option(names = "--tasks", paramLabel = "N", defaultValue = "64", description = "Tasks; ${DEFAULT-VALUE}.")
    private int tasks;

    @Option(
            names = "--backbone",
            paramLabel = "NAME",
            defaultValue = "vit_tiny_patch16_224",
            description = "timm's name of a ViT; ${DEFAULT-VALUE}.")
    private String name;

    @Parameters(paramLabel = "KEY=VALUE", description = "Settings of the service, such as serving.queueCapacity=128.")
    private List<String> settings = List.of();

    @Override
    void measure() throws IOException, InterruptedException {
        Path home = Files.createTempDirectory("inlay-load");
        Path folder = Files.createDirectory(home.resolve("tasks"));
        try (Backbone vit = BenchBackbones.random(name)) {
            known = new KnownAnswers(vit, IMAGES);
            for (long task = 0; task < tasks; task++) {
                known.write(folder.resolve("t" + task + ".safetensors"), task);
            }
        }
        List<String> all = new ArrayList<>(List.of("tasks=" + folder, "backbone.name=" + name, "backbone.random=true"));
        all.addAll(settings);
        try (ServiceProcess service = new ServiceProcess(home.resolve("log.txt"), all, out())) {
            double capacity = capacity(service);
            print(
                    "%s, %d tasks, %d images: %.1f requests per second with %d under way",
                    name, tasks, IMAGES, capacity, UNDER_WAY);
            run(service, multiple * capacity, Math.round(minutes * 60));
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
        client.print(out());
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
        print(
                "%d requests in %.0f s, %.1f per second (meant: %.1f); %.1f answered per second",
                all.size(), sent, all.size() / sent, rate, answered);
        client.print(out());
        for (int quarter = 0; quarter < 4; quarter++) {
            double[] part =
                    resident.subList(resident.size() * quarter / 4, resident.size() * (quarter + 1) / 4).stream()
                            .mapToDouble(one -> one)
                            .sorted()
                            .toArray();
            print(
                    "resident, quarter %d: median %.0f MB, least %.0f, most %.0f",
                    quarter + 1, part[part.length / 2], part[0], part[part.length - 1]);
        }
    }
}
