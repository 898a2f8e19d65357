package dev.inlay;

import dev.inlay.backbone.Backbone;
import dev.inlay.config.ExperimentConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.engine.Engine;
import dev.inlay.engine.LocalEngine;
import dev.inlay.engine.Team;
import dev.inlay.experiment.Comparison;
import dev.inlay.experiment.ReportedRun;
import dev.inlay.experiment.SpreadRun;
import dev.inlay.experiment.Suite;
import dev.inlay.inputs.Backbones;
import dev.inlay.parallel.Ranks;
import dev.inlay.record.ComparisonRecord;
import dev.inlay.record.RunRecord;
import dev.inlay.record.SetRecord;
import dev.inlay.record.SuiteRecord;
import dev.inlay.task.TunedModel;
import dev.inlay.train.RunObserver;
import dev.inlay.train.run.Rank;
import dev.inlay.train.run.SharedWork;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The short way to everything: tune a backbone, load a backbone, open a task. All of it works without the command line's
 * libraries.
 */
public final class Inlay {
    private Inlay() {}

    /**
     * Runs a config, or resumes it where an earlier process left off.
     *
     * @param config what to do; see {@code docs/config.md}
     * @param out the run's folder: {@code task.safetensors}, {@code metrics.json}, {@code report.html}
     * @return what {@code metrics.json} holds
     * @throws dev.inlay.error.InlayException saying what is wrong and what to do
     */
    public static RunRecord tune(RunConfig config, Path out) {
        return tune(config, out, RunObserver.nobody());
    }

    /**
     * Runs a config while somebody watches.
     *
     * @param config what to do
     * @param out the run's folder
     * @param watching told of every step, epoch and evaluation; shows progress, and may stop the run
     * @return what {@code metrics.json} holds
     * @throws dev.inlay.error.InlayException saying what is wrong and what to do
     */
    public static RunRecord tune(RunConfig config, Path out, RunObserver watching) {
        return tune(config, out, watching, 1);
    }

    /**
     * Runs a config in several processes that share every batch; see {@code docs/parallel.md}.
     *
     * @param config what to do
     * @param out the run's folder
     * @param watching told of every step, epoch and evaluation; shows progress, and may stop the run
     * @param processes how many, this one among them; at least 1
     * @return what {@code metrics.json} holds
     * @throws dev.inlay.error.InlayException saying what is wrong and what to do; also if one of the processes is lost
     */
    public static RunRecord tune(RunConfig config, Path out, RunObserver watching, int processes) {
        try (Ranks ranks = Rank.local(processes)) {
            return tune(config, out, watching, ranks);
        }
    }

    /**
     * Runs a config as rank 0 of several processes that share every batch, wherever they are; see {@code docs/parallel.md}.
     *
     * @param config what to do
     * @param out the run's folder
     * @param watching told of every step, epoch and evaluation; shows progress, and may stop the run
     * @param ranks the processes, from {@link Rank}; closed by the caller
     * @return what {@code metrics.json} holds
     * @throws dev.inlay.error.InlayException saying what is wrong and what to do; also if one of the processes is lost
     */
    public static RunRecord tune(RunConfig config, Path out, RunObserver watching, Ranks ranks) {
        try (SharedWork shared = new SharedWork()) {
            return ReportedRun.run(config, out, watching, shared, ranks);
        }
    }

    /**
     * Runs a config on an engine, each point of its search as a piece of work of its own; see {@code docs/spark.md}.
     *
     * @param config what to do
     * @param out the run's folder
     * @param watching who watches; the progress sees the points of the search, and no step is told
     * @param engine where the work is done
     * @return what {@code metrics.json} holds
     * @throws dev.inlay.error.InlayException saying what is wrong and what to do
     */
    public static RunRecord tune(RunConfig config, Path out, RunObserver watching, Engine engine) {
        return SpreadRun.run(config, out, watching, engine);
    }

    /**
     * Runs a config in several processes that share every batch, wherever they are; see {@code docs/parallel.md}.
     *
     * @param config what to do
     * @param out the run's folder
     * @param watching who watches; the processes are not seen by its progress, and no step is told
     * @param team the processes
     * @param port where rank 0 listens for the others; 0 takes a free one
     * @param idleness how long they wait for one that does not come or does nothing; the usual is
     *     {@link dev.inlay.parallel.PeerTimeouts#DEFAULT}
     * @return what {@code metrics.json} holds
     * @throws dev.inlay.error.InlayException saying what is wrong and what to do; also if one of the processes is lost
     */
    public static RunRecord tune(
            RunConfig config, Path out, RunObserver watching, Team team, int port, Duration idleness) {
        return SpreadRun.run(config, out, watching, team, port, idleness);
    }

    /**
     * Compares methods of tuning: does every run of a config that is not done yet and sums them up.
     *
     * @param config methods, tasks, seeds and budgets; see {@code docs/compare.md}
     * @param out the folder: {@code compare.csv}, {@code compare.json}, {@code compare.html}, and the runs below
     *     {@code runs}
     * @return what {@code compare.json} holds; a run that failed is part of it
     * @throws dev.inlay.error.InlayException saying what is wrong with the whole and what to do
     */
    public static ComparisonRecord compare(ExperimentConfig config, Path out) {
        return compare(config, out, RunObserver.nobody(), new LocalEngine());
    }

    /**
     * Compares methods of tuning while somebody watches.
     *
     * @param config what to compare
     * @param out the folder
     * @param watching who watches; the progress sees one piece of work, and no step is told
     * @param engine where the runs are done; {@link LocalEngine} does them in this process
     * @return what {@code compare.json} holds; a run that failed is part of it
     * @throws dev.inlay.error.InlayException saying what is wrong with the whole and what to do
     */
    public static ComparisonRecord compare(ExperimentConfig config, Path out, RunObserver watching, Engine engine) {
        return Comparison.run(config, out, watching, engine);
    }

    /**
     * Runs a benchmark of many tasks: does every run that is not done yet on the tasks whose images are there, and sums all
     * up.
     *
     * @param config tasks, methods and seeds; see {@code docs/benchmark.md}
     * @param sets as {@link Suite#look} found them
     * @param out the folder: {@code suite.csv}, {@code suite.json}, {@code suite.html}, {@code trials.jsonl}, and the runs
     *     below {@code runs}
     * @param watching who watches; the progress sees one piece of work, and no step is told
     * @param engine where the runs are done; {@link LocalEngine} does them in this process
     * @return what {@code suite.json} holds; a run that failed is part of it
     * @throws dev.inlay.error.InlayException saying what is wrong with the whole and what to do
     */
    public static SuiteRecord suite(
            ExperimentConfig config, List<SetRecord> sets, Path out, RunObserver watching, Engine engine) {
        return Suite.run(config, sets, out, watching, engine);
    }

    /**
     * Makes the tables of a benchmark from the lines of {@code trials.jsonl} alone.
     *
     * @param config tasks, methods and seeds of the tables
     * @param out the folder that has {@code trials.jsonl}; {@code suite.csv}, {@code suite.json} and {@code suite.html} are
     *     written there
     * @return what {@code suite.json} holds
     * @throws dev.inlay.error.DataException if a line is no trial, or trials of one run have different configs
     */
    public static SuiteRecord aggregate(ExperimentConfig config, Path out) {
        return Suite.aggregate(config, List.of(), out);
    }

    /**
     * Returns the backbone that a task was trained on, to be shared by all its tasks: {@link TunedModel#open} puts one on it.
     *
     * @param task a {@code task.safetensors}
     * @param weights the file of the backbone's weights
     * @return the backbone; close it after the models on it
     * @throws dev.inlay.error.DataException if a file is bad
     */
    public static Backbone backboneOf(Path task, Path weights) {
        return Backbones.of(task, Optional.of(weights));
    }

    /**
     * Returns the built-in backbone, for the tasks that were trained on it.
     *
     * @param task a {@code task.safetensors}
     * @return the backbone; close it after the models on it
     * @throws dev.inlay.error.ConfigException if the task was trained on another backbone
     * @throws dev.inlay.error.DataException if the file is bad
     */
    public static Backbone backboneOf(Path task) {
        return Backbones.of(task, Optional.empty());
    }
}
