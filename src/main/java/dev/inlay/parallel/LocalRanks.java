package dev.inlay.parallel;

import dev.inlay.error.InlayException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Processes on this machine, started when they are first needed. They talk over the loopback, and know a secret that other
 * users do not.
 */
public final class LocalRanks implements Ranks {
    private static final Logger LOG = LoggerFactory.getLogger(LocalRanks.class);

    private static final long END_SECONDS = 10;
    private static final long POLL_MILLIS = 20;

    /** How long a rank that broke a connection may take to be gone. */
    private static final long CULPRIT_MILLIS = 5000;

    private final int size;
    private final String main;
    private final PeerTimeouts timeouts;
    private final List<RankProcess> others = new ArrayList<>();
    private Group group;
    private boolean finished;

    private LocalRanks(int size, String main, PeerTimeouts timeouts) {
        this.size = size;
        this.main = main;
        this.timeouts = timeouts;
    }

    /**
     * Processes that are not yet started.
     *
     * @param size how many, this one among them; at least 1
     * @param main the class whose {@code main} the others run; it calls {@link LocalRank#join}
     * @param timeouts of all of them
     */
    public static Ranks of(int size, Class<?> main, PeerTimeouts timeouts) {
        return size == 1 ? Ranks.ALONE : new LocalRanks(size, main.getName(), timeouts);
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
        String secret = UUID.randomUUID().toString();
        try (Rendezvous rendezvous = Rendezvous.open(Rendezvous.LOOPBACK, 0, secret)) {
            for (int rank = 1; rank < size; rank++) {
                others.add(RankProcess.start(main, rank, size, rendezvous.address(), secret, timeouts));
            }
            group = rendezvous.await(size, "", timeouts, this::requireAlive, this::lost);
        }
        LOG.info("{} ranks are connected", size);
    }

    @Override
    public void check() {
        if (!finished && group != null) {
            requireAlive();
            group.check();
        }
    }

    private void requireAlive() {
        others.stream().filter(other -> !other.isAlive()).findFirst().ifPresent(other -> {
            throw lost("rank " + other.rank() + " is gone");
        });
    }

    /** A process that has ended says more than its connection. */
    private InlayException lost(String who) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CULPRIT_MILLIS);
        while (others.stream().noneMatch(RankProcess::isCulprit) && System.nanoTime() < until) {
            pause();
        }
        String what = others.stream()
                .filter(RankProcess::isCulprit)
                .findFirst()
                .map(RankProcess::end)
                .orElse(who);
        return new LostRankException(what);
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
    }
}
