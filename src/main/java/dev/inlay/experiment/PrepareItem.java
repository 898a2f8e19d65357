package dev.inlay.experiment;

import dev.inlay.engine.WorkItem;
import dev.inlay.engine.Worker;
import dev.inlay.train.run.RunFolder;
import dev.inlay.train.run.TuneRun;
import java.io.Serial;
import java.util.ArrayList;
import java.util.List;

/**
 * What comes before the search of a run. Tells which points are left to try.
 *
 * @param run the run
 */
record PrepareItem(RunItem run) implements WorkItem<ArrayList<Integer>> {
    @Serial
    private static final long serialVersionUID = 1L;

    @Override
    public String name() {
        return run.name() + ", before its search";
    }

    @Override
    public ArrayList<Integer> run(Worker worker) {
        return new ArrayList<>(
                TuneRun.prepareSearch(run.runConfig(), run.out(), RunItem.watching(worker), RunItem.shared(worker)));
    }

    @Override
    public List<String> files(ArrayList<Integer> left) {
        return List.of(RunFolder.state(run.out()).toString());
    }
}
