package dev.inlay.train.run;

import dev.inlay.config.FirstBlock;
import dev.inlay.config.RunConfig;
import dev.inlay.data.Examples;
import dev.inlay.data.source.Splits;
import dev.inlay.record.FirstBlockRecord;
import dev.inlay.record.FirstBlockTrial;
import dev.inlay.record.Phase;
import dev.inlay.record.SearchTrial;
import dev.inlay.train.run.TrainingRunner.TrialResult;
import dev.inlay.tuning.TuningSpec;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Finds from which block on a backbone is tuned, where a config leaves that open: the later, the more of every step is done
 * once and for all. A few blocks are tried as the points of a search are, and noted in the run's folder.
 */
record FirstBlockStage(LoadedRun run, RunFolder folder, TrainingRunner trainings) {
    private static final int PARTS = 4;

    /** The blocks that are tried in a backbone of {@code depth} blocks: those at its quarters, rounded down. */
    static List<Integer> blocks(int depth) {
        return IntStream.range(0, PARTS)
                .map(part -> part * depth / PARTS)
                .distinct()
                .boxed()
                .toList();
    }

    /** The last of {@link #blocks}. */
    static int latest(int depth) {
        List<Integer> blocks = blocks(depth);
        return blocks.get(blocks.size() - 1);
    }

    /** Whether a config asks for this. */
    static boolean isAsked(RunConfig config) {
        return config.method().planned().stream().anyMatch(spt -> spt.firstBlock() instanceof FirstBlock.Auto);
    }

    /**
     * A config with a first block instead of {@code auto}; itself if it does not ask.
     *
     * @param searched with the settings that a search found, if there was one
     * @param specs what a config tunes
     */
    RunConfig choose(RunConfig searched, Function<RunConfig, TuningSpec> specs) {
        if (!isAsked(searched)) {
            return searched;
        }
        List<Integer> blocks = blocks(run.backbone().depth());
        for (int i = 0; i < blocks.size(); i++) {
            String journal = "first-block-" + blocks.get(i) + ".journal.safetensors";
            if (i >= folder.firstBlocks().size()) {
                folder.tried(trial(searched, blocks.get(i), specs, journal));
            }
            trainings.forget(journal);
        }
        return from(searched, record(folder, run.splits()).block());
    }

    private FirstBlockTrial trial(
            RunConfig searched, int block, Function<RunConfig, TuningSpec> specs, String journal) {
        List<SearchTrial> search = folder.search();
        if (block == 0 && !search.isEmpty()) {
            SearchTrial best = search.get(SearchStage.best(search));
            return new FirstBlockTrial(0, best.validationTop1(), best.seconds(), false);
        }
        RunConfig tried = from(searched, block);
        TrialResult judged = trainings.judged(
                TrainingSpec.judgedOnValidation(
                        tried, specs.apply(tried), run.config().seed()),
                Phase.SEARCH,
                run.splits().validation(),
                "try from block " + block,
                journal);
        return new FirstBlockTrial(block, judged.score(), judged.seconds(), false);
    }

    /** What was tried and chosen in a run that asked. */
    static FirstBlockRecord record(RunFolder folder, Splits<Examples> splits) {
        return FirstBlockRecord.of(folder.firstBlocks(), splits.validation().size());
    }

    private static RunConfig from(RunConfig config, int block) {
        return config.with(Map.of("method." + FirstBlock.KEY, Integer.toString(block)));
    }
}
