package dev.inlay.experiment;

import dev.inlay.engine.WorkItem;
import dev.inlay.engine.Worker;
import dev.inlay.train.run.TuneRun;
import java.io.Serial;
import java.util.List;

/**
 * A point of a run's search. Tells its index; what was found is in its folder.
 *
 * @param run the run
 * @param point index of the point
 */
record TrialItem(RunItem run, int point) implements WorkItem<Integer> {
    @Serial
    private static final long serialVersionUID = 1L;

    @Override
    public String name() {
        return run.name() + ", point " + (point + 1) + " of its search";
    }

    @Override
    public Integer run(Worker worker) {
        TuneRun.runTrial(run.runConfig(), run.out(), point, RunItem.watching(worker), RunItem.shared(worker));
        return point;
    }

    @Override
    public List<String> files(Integer tried) {
        return List.of(TuneRun.trialState(run.out(), tried).toString());
    }
}
