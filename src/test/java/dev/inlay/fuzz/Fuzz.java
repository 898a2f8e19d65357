package dev.inlay.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Fuzzes every reader for a time or a number of files, on every core, and keeps what was found.
 *
 * <p>Arguments: {@code seconds=300} or {@code files=10000000} (of all readers together), {@code seed=0}, {@code
 * keep=target/fuzz} for the files that were not taken as they should be. Exit code 1 if there is one.
 */
public final class Fuzz {
    private static final int MAX_FINDINGS = 20;
    private static final Path MEMORY = Path.of("/dev/shm");

    private final long filesEach;
    private final long nanosEach;
    private final long seed;
    private final Path folder;
    private final List<Finding> findings = Collections.synchronizedList(new ArrayList<>());

    private Fuzz(long filesEach, long nanosEach, long seed, Path folder) {
        this.filesEach = filesEach;
        this.nanosEach = nanosEach;
        this.seed = seed;
        this.folder = folder;
    }

    public static void main(String[] arguments) throws Exception {
        long seconds = argument(arguments, "seconds", Long.MAX_VALUE);
        long files = argument(arguments, "files", Long.MAX_VALUE);
        long seed = argument(arguments, "seed", 0);
        Path keep = Path.of("target", "fuzz");
        List<Target> targets = Targets.all();
        int threads = Runtime.getRuntime().availableProcessors();
        long parts = (long) targets.size() * threads;
        long filesEach = files == Long.MAX_VALUE ? files : (files + parts - 1) / parts;
        long nanosEach = seconds == Long.MAX_VALUE ? seconds : TimeUnit.SECONDS.toNanos(seconds) / targets.size();
        Path folder = Files.isWritable(MEMORY)
                ? Files.createTempDirectory(MEMORY, "inlay-fuzz")
                : Files.createTempDirectory("inlay-fuzz");
        boolean clean;
        try {
            clean = new Fuzz(filesEach, nanosEach, seed, folder).run(targets, threads, keep);
        } finally {
            delete(folder);
        }
        System.exit(clean ? 0 : 1);
    }

    private static long argument(String[] arguments, String key, long otherwise) {
        return Stream.of(arguments)
                .filter(argument -> argument.startsWith(key + "="))
                .map(argument -> Long.parseLong(argument.substring(key.length() + 1)))
                .findFirst()
                .orElse(otherwise);
    }

    private boolean run(List<Target> targets, int threads, Path keep) throws Exception {
        System.out.printf("%-24s %12s %12s %16s %10s%n", "", "files", "read", "past the frame", "files/s");
        long all = 0;
        ExecutorService workers = Executors.newFixedThreadPool(threads);
        try {
            for (Target target : targets) {
                all += attack(target, threads, workers);
            }
        } finally {
            workers.shutdownNow();
        }
        System.out.printf(Locale.ROOT, "%,d damaged files, %d not taken as they should be%n", all, findings.size());
        keep(keep);
        return findings.isEmpty();
    }

    private long attack(Target target, int threads, ExecutorService workers) throws Exception {
        long start = System.nanoTime();
        List<Future<Attack>> running = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Attack attack = new Attack(target, folder, seed * threads + i);
            running.add(workers.submit(() -> attack(attack, start)));
        }
        long tried = 0;
        long read = 0;
        double framed = 0;
        for (Future<Attack> run : running) {
            tried += run.get().tried();
            read += run.get().read();
            framed += run.get().framed() / threads;
        }
        double seconds = (System.nanoTime() - start) * 1e-9;
        System.out.printf(
                Locale.ROOT,
                "%-24s %,12d %,12d %15.0f%% %,10.0f%n",
                target.name(),
                tried,
                read,
                100 * framed,
                tried / seconds);
        return tried;
    }

    private Attack attack(Attack attack, long start) {
        while (attack.tried() < filesEach && System.nanoTime() - start < nanosEach && findings.size() < MAX_FINDINGS) {
            Optional<Finding> finding = attack.next();
            finding.ifPresent(findings::add);
        }
        return attack;
    }

    private void keep(Path keep) throws IOException {
        for (int i = 0; i < findings.size(); i++) {
            Files.createDirectories(keep);
            Path file = keep.resolve("finding-" + i);
            Files.write(file, findings.get(i).bytes());
            System.out.println(file + ": " + findings.get(i).target() + ": "
                    + findings.get(i).what());
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
