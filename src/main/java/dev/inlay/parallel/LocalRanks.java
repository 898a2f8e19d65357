package dev.inlay.parallel;

import dev.inlay.error.InlayException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Processes on this machine, started when they are first needed. They and this one find each other in a folder that only
 * this user can read, and talk over the loopback.
 */
public final class LocalRanks implements Ranks {
    private static final Logger LOG = LoggerFactory.getLogger(LocalRanks.class);

    private static final String STORE = "store";
    private static final long START_SECONDS = 120;
    private static final long END_SECONDS = 10;
    private static final long POLL_MILLIS = 20;

    /** How long a rank that broke a connection may take to be gone. */
    private static final long CULPRIT_MILLIS = 5000;

    private final int size;
    private final String main;
    private final List<RankProcess> others = new ArrayList<>();
    private Path folder;
    private Group group;
    private boolean finished;

    private LocalRanks(int size, String main) {
        this.size = size;
        this.main = main;
    }

    /**
     * Processes that are not yet started.
     *
     * @param size how many, this one among them; at least 1
     * @param main the class whose {@code main} the others run; it calls {@link LocalRank#join}
     */
    public static Ranks of(int size, Class<?> main) {
        return size == 1 ? Ranks.ALONE : new LocalRanks(size, main.getName());
    }

    static Path store(Path folder) {
        return folder.resolve(STORE);
    }

    static Path ready(Path folder, int rank) {
        return folder.resolve("ready-" + rank);
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Group group() {
        if (group == null) {
            start();
        }
        return group;
    }

    private void start() {
        try {
            folder = Files.createTempDirectory("inlay-ranks");
        } catch (IOException e) {
            throw new InlayException("cannot make a folder for the ranks to meet in: " + e, e);
        }
        for (int rank = 1; rank < size; rank++) {
            others.add(RankProcess.start(main, rank, size, folder));
        }
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (!others.stream().allMatch(other -> Files.exists(ready(folder, other.rank())))) {
            check();
            if (System.nanoTime() > until) {
                throw new InlayException("the other ranks did not start within " + START_SECONDS
                        + " s; use fewer (--nproc), or a machine with less to do");
            }
            pause();
        }
        group = GlooGroup.join(store(folder), GlooGroup.LOOPBACK, 0, size, this::lost);
        LOG.info("{} ranks are connected", size);
    }

    @Override
    public void check() {
        if (!finished && others.stream().anyMatch(other -> !other.isAlive())) {
            throw lost(null);
        }
    }

    /** Which rank to blame for a connection that broke. */
    private InlayException lost(RuntimeException cause) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CULPRIT_MILLIS);
        while (others.stream().noneMatch(RankProcess::isCulprit) && System.nanoTime() < until) {
            pause();
        }
        String what = others.stream()
                .filter(RankProcess::isCulprit)
                .findFirst()
                .map(RankProcess::end)
                .orElse("the connection to another rank broke"
                        + (cause == null
                                ? ""
                                : ": " + cause.getMessage().lines().findFirst().orElse("")));
        return new InlayException(
                what + "; so the run ends: what was saved last stands, the same command goes on from there", cause);
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InlayException("interrupted while waiting for other ranks", e);
        }
    }

    @Override
    public void finish() {
        if (group != null && !finished) {
            Message.send(group, "");
        }
        finished = true;
    }

    @Override
    public void close() {
        if (!finished) {
            others.forEach(RankProcess::release);
        }
        if (group != null) {
            group.close();
            group = null;
        }
        others.forEach(other -> other.await(END_SECONDS));
        others.clear();
        if (folder != null) {
            delete(folder);
            folder = null;
        }
    }

    static void delete(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            LOG.warn("cannot delete {}: {}", folder, e.toString());
        }
    }
}
