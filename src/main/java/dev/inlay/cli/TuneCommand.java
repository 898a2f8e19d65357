package dev.inlay.cli;

import dev.inlay.Inlay;
import dev.inlay.config.RunConfig;
import dev.inlay.engine.Engine;
import dev.inlay.engine.Team;
import dev.inlay.metrics.PrometheusEndpoint;
import dev.inlay.metrics.RunMetrics;
import dev.inlay.record.RunRecord;
import dev.inlay.record.RunStatus;
import dev.inlay.train.run.TuneRun;
import io.micrometer.core.instrument.Tags;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code inlay tune}: a config to a task and its report. */
@Command(
        name = "tune",
        description = "Tunes a backbone as a config says, or goes on with it: writes task.safetensors, metrics.json,"
                + " report.html, metrics.prom and run.log.")
final class TuneCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigArguments config;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "The run's folder; the same command goes on with a run that was interrupted.")
    private Path out;

    @Option(
            names = "--metrics-port",
            paramLabel = "PORT",
            description = "Serve metrics in Prometheus' format on this port of the loopback; 0 takes a free one.")
    private Integer metricsPort;

    @Option(
            names = "--nproc",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "Train in N processes on this machine, or in N tasks of --engine spark, each with a share of every batch;"
                            + " without threads in the config they share the cores.")
    private int processes;

    @Mixin
    private EngineArguments engine;

    @Override
    public void run() {
        Misuse.requireAtLeast(spec.commandLine(), "--nproc", 1, processes);
        RunConfig run = config.read();
        PrintWriter err = spec.commandLine().getErr();
        RunStatus status = new RunStatus();
        try (Interrupt interrupt = new Interrupt();
                PrometheusEndpoint prometheus = new PrometheusEndpoint()) {
            new RunMetrics(status, Tags.of("run", run.name())).bindTo(prometheus.registry());
            if (metricsPort != null) {
                err.println("metrics: http://localhost:" + prometheus.listen(metricsPort) + "/metrics");
            }
            RunLog log = Logs.toFileIn(out);
            TuneRun.Watching watching = new TuneRun.Watching(ConsoleProgress.to(err), status, interrupt);
            RunRecord record = tune(run, watching);
            prometheus.write(out.resolve("metrics.prom"));
            summary(record);
            log.requireWhole();
        }
    }

    private RunRecord tune(RunConfig run, TuneRun.Watching watching) {
        if (!engine.isGiven()) {
            return Inlay.tune(run, out, watching, processes);
        }
        if (processes > 1) {
            try (Team team = engine.team(processes)) {
                return Inlay.tune(run, out, watching, team);
            }
        }
        try (Engine work = engine.open()) {
            return Inlay.tune(run, out, watching, work);
        }
    }

    private void summary(RunRecord record) {
        PrintWriter print = spec.commandLine().getOut();
        print.printf(
                Locale.ROOT,
                "test accuracy   %.1f %%%s%n",
                100 * record.test().top1(),
                record.linear() == null
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                "   (linear probing %.1f %%)",
                                100 * record.linear().test().top1()));
        print.printf(
                Locale.ROOT,
                "trained         %,d of %,d weights (%.2f %%), and a head of %,d%n",
                record.trainableParameters().withoutHead(),
                record.backboneParameters(),
                100.0 * record.trainableParameters().withoutHead() / record.backboneParameters(),
                record.trainableParameters().head());
        print.printf(
                Locale.ROOT, "task            %s (%,d bytes)%n", out.resolve("task.safetensors"), record.taskBytes());
        print.printf("report          %s%n", out.resolve("report.html"));
        print.flush();
    }
}
