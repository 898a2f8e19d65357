package dev.inlay.cli;

import dev.inlay.Inlay;
import dev.inlay.config.RunConfig;
import dev.inlay.engine.Engine;
import dev.inlay.engine.Team;
import dev.inlay.metrics.PrometheusEndpoint;
import dev.inlay.metrics.RunMetrics;
import dev.inlay.mlflow.Mlflow;
import dev.inlay.mlflow.TrackingServer;
import dev.inlay.parallel.Ranks;
import dev.inlay.record.RunRecord;
import dev.inlay.record.RunStatus;
import dev.inlay.tensorboard.TensorBoard;
import dev.inlay.train.RunObserver;
import dev.inlay.train.run.DryRun;
import dev.inlay.train.run.Forecast;
import io.micrometer.core.instrument.Tags;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code inlay tune}: a config to a task and its report. */
@Command(
        name = "tune",
        description =
                "Fine-tunes a backbone as configured, or resumes an interrupted run: writes task.safetensors, metrics.json,"
                        + " curves.csv, report.html, metrics.prom and run.log.")
final class TuneCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigArguments config;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "The run's folder; rerun the same command to resume an interrupted run.")
    private Path out;

    @Option(
            names = "--metrics-port",
            paramLabel = "PORT",
            description = "Serve metrics in Prometheus' format on this port of the loopback; 0 takes a free one.")
    private Integer metricsPort;

    @Option(
            names = "--tensorboard",
            description = "Write the curves for TensorBoard while training, into DIR/tensorboard.")
    private boolean tensorboard;

    @Option(
            names = "--mlflow",
            description =
                    "Report settings, curves and files to the tracking server of MLflow that MLFLOW_TRACKING_URI names.")
    private boolean mlflow;

    @Option(
            names = "--json",
            description =
                    "Print the result as one line of JSON: the keys of metrics.json without its long lists, verdict and files.")
    private boolean json;

    @Option(
            names = "--dry-run",
            description = "Check the config and its data, take two steps, and print the resolved config, the parameters"
                    + " and what time and memory the run would take; writes nothing.")
    private boolean dryRun;

    @Mixin
    private RankArguments ranks;

    @Mixin
    private EngineArguments engine;

    @Override
    public void run() {
        ranks.require(engine.isGiven());
        RunConfig run = config.read();
        if (ranks.isHelper()) {
            ranks.help();
            return;
        }
        if (dryRun) {
            forecast(run);
            return;
        }
        if (out == null) {
            throw new ParameterException(spec.commandLine(), "Missing required option: '--out=DIR'");
        }
        if ((tensorboard || mlflow) && engine.isGiven() && ranks.size() > 1) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--tensorboard and --mlflow follow a training in this process; leave out --engine or --nproc");
        }
        Optional<TrackingServer> server = mlflow ? Optional.of(TrackingServer.of(System.getenv())) : Optional.empty();
        PrintWriter err = spec.commandLine().getErr();
        RunStatus status = new RunStatus();
        try (Interrupt interrupt = new Interrupt();
                PrometheusEndpoint prometheus = new PrometheusEndpoint()) {
            new RunMetrics(status, Tags.of("run", run.name())).bindTo(prometheus.registry());
            if (metricsPort != null) {
                err.println("metrics: http://localhost:" + prometheus.listen(metricsPort) + "/metrics");
            }
            RunLog log = Logs.toFileIn(out);
            RunRecord record = observed(run, ConsoleObserver.of(spec, status, interrupt), server);
            prometheus.write(out.resolve("metrics.prom"));
            new TuneResult(record, out).print(spec.commandLine().getOut(), json);
            log.requireWhole();
        }
    }

    private void forecast(RunConfig run) {
        if (engine.isGiven() || ranks.size() > 1) {
            throw new ParameterException(
                    spec.commandLine(), "--dry-run measures one process; leave out --nproc and --engine");
        }
        PrintWriter print = spec.commandLine().getOut();
        Forecast forecast = DryRun.of(run);
        print.println(run.settings().json());
        print.println();
        ForecastText.print(forecast, run.train(), print);
        print.flush();
    }

    private RunRecord observed(RunConfig run, RunObserver console, Optional<TrackingServer> server) {
        if (server.isEmpty()) {
            return observed(run, console);
        }
        return new Mlflow(server.get(), run, out).track(reporting -> observed(run, console.and(reporting)));
    }

    private RunRecord observed(RunConfig run, RunObserver observer) {
        if (!tensorboard) {
            return tune(run, observer);
        }
        try (TensorBoard board = new TensorBoard(out.resolve("tensorboard"))) {
            return tune(run, observer.and(board));
        }
    }

    private RunRecord tune(RunConfig run, RunObserver watching) {
        if (!engine.isGiven()) {
            try (Ranks together = ranks.ranks(watching.stop())) {
                return Inlay.tune(run, out, watching, together);
            }
        }
        if (ranks.size() > 1) {
            try (Team team = engine.team(ranks.size())) {
                return Inlay.tune(run, out, watching, team, ranks.port(), ranks.idleness());
            }
        }
        try (Engine work = engine.open()) {
            return Inlay.tune(run, out, watching, work);
        }
    }
}
