package dev.inlay.experiment;

import dev.inlay.progress.Progress;
import dev.inlay.record.Phase;
import dev.inlay.record.RunStatus;

/**
 * Many runs as one piece of work, so that there is one estimate of the time left: each run is {@value #STEPS} steps of it,
 * which its training counts off. What else a run does shows in the words beside.
 */
final class WholeProgress implements Progress, AutoCloseable {
    private static final int STEPS = 100;

    private final Task whole;
    private final RunStatus status;
    private volatile String run = "";
    private volatile long before;

    /**
     * @param shown shows the whole
     * @param status of the runs
     * @param runs how many will be done
     */
    WholeProgress(Progress shown, RunStatus status, int runs) {
        this.whole = shown.start("compare", (long) STEPS * runs);
        this.status = status;
    }

    /**
     * A run begins.
     *
     * @param done how many are over
     * @param name what to call it
     */
    void begin(int done, String name) {
        before = (long) STEPS * done;
        run = name;
        whole.at(before);
        whole.note(name);
    }

    @Override
    public Task start(String name, long total) {
        boolean counts = status.phase() == Phase.TRAIN;
        whole.note(run + ", " + name);
        return new Task() {
            @Override
            public void at(long done) {
                if (counts && total > 0) {
                    whole.at(before + STEPS * done / total);
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
