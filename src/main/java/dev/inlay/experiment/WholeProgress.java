package dev.inlay.experiment;

import dev.inlay.progress.Progress;
import dev.inlay.record.Phase;
import dev.inlay.record.RunStatus;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Many runs as one piece of work, so that there is one estimate of the time left: each run is a hundred steps of it,
 * which its trainings (of a search, of its own, of its repeats) count off. What else a run does shows in the words beside.
 */
final class WholeProgress implements Progress, AutoCloseable {
    private static final int STEPS = (int) Unit.RUNS.size();

    private final Task whole;
    private final RunStatus status;
    private final AtomicInteger begun = new AtomicInteger();
    private volatile String run = "";
    private volatile long before;
    private volatile int trainings = 1;

    /**
     * @param shown shows the whole
     * @param status of the runs
     * @param runs how many will be done
     */
    WholeProgress(Progress shown, RunStatus status, int runs) {
        this.whole = shown.start("all", Unit.RUNS, (long) STEPS * runs);
        this.status = status;
    }

    /**
     * A run begins.
     *
     * @param done how many are over
     * @param name what to call it
     * @param count how often it trains, at least 1
     */
    void begin(int done, String name, int count) {
        before = (long) STEPS * done;
        run = name;
        trainings = count;
        begun.set(0);
        whole.at(before);
        whole.note(name);
    }

    @Override
    public Task start(String name, Unit unit, long total) {
        boolean counts = status.phase() == Phase.TRAIN || status.phase() == Phase.SEARCH;
        int over = counts ? begun.getAndIncrement() : 0;
        whole.note(run + ", " + name);
        return new Task() {
            @Override
            public void at(long done) {
                if (counts && total > 0) {
                    whole.at(before + Math.min(STEPS, STEPS * (over * total + done) / (trainings * total)));
                }
            }

            @Override
            public void note(String words) {
                whole.note(run + ", " + name + " " + words);
            }
        };
    }

    @Override
    public void close() {
        whole.close();
    }
}
