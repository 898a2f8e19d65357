package dev.inlay.cli;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.config.BackboneConfig;
import dev.inlay.config.PrecisionChoice;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.inputs.Backbones;
import dev.inlay.metrics.PrometheusEndpoint;
import dev.inlay.metrics.ServingMetrics;
import dev.inlay.metrics.TrainingMetrics;
import dev.inlay.serve.Predictor;
import dev.inlay.serve.TaskFolder;
import dev.inlay.serve.TaskTrainer;
import dev.inlay.serve.http.HttpService;
import dev.inlay.serve.http.ServeConfig;
import dev.inlay.serve.training.TrainingQueue;
import dev.inlay.task.BackboneInfo;
import dev.inlay.task.Task;
import dev.inlay.task.TaskFile;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.Precision;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code inlay serve}: many tasks over HTTP. */
@Command(name = "serve", description = "Serves any of the tasks in a folder over HTTP, all on one backbone.")
final class ServeCommand implements Runnable {
    private static final long POLL_MILLIS = 100;

    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Main main;

    @Option(
            names = "--backbone",
            paramLabel = "builtin|FILE",
            description = "The backbone's weights; which one they are, the tasks say. The built-in one if not given.")
    private String backbone;

    @Option(names = "--tasks", paramLabel = "DIR", description = "The folder of tasks; it is watched.")
    private Path tasks;

    @Option(names = "--host", paramLabel = "HOST", description = "Where to listen; localhost if not given.")
    private String host;

    @Option(names = "--port", paramLabel = "PORT", description = "Where to listen; 0 takes a free one.")
    private Integer port;

    @Option(
            names = "--precision",
            paramLabel = "float32|bf16|auto",
            description = "The numbers to multiply with; float32 if not given.")
    private String precision;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "Holds the token that changes of tasks over HTTP need.")
    private Path tokenFile;

    @Parameters(
            arity = "0..*",
            paramLabel = "[CONFIG] [key=value]",
            hideParamSyntax = true,
            description =
                    "A config (YAML) and settings laid over it, such as http.maxImages=8; docs/http.md has every key.")
    private List<String> arguments = new ArrayList<>();

    @Override
    public void run() {
        ServeConfig config = config();
        Logs.ofService(config.log(), main.isVerbose());
        LibTorch.threads(config.threads());
        try (Interrupt interrupt = new Interrupt();
                PrometheusEndpoint prometheus = new PrometheusEndpoint();
                Backbone loaded = load(config);
                Predictor predictor = new Predictor(loaded, config.serving());
                TaskFolder folder = new TaskFolder(config.tasks(), predictor)) {
            bind(prometheus.registry(), predictor);
            try (Training training = Training.of(config, predictor, folder);
                    HttpService service = new HttpService(
                            predictor,
                            folder,
                            training.trainer(),
                            config.http(),
                            prometheus.registry(),
                            prometheus::scrape)) {
                folder.scan();
                training.trainer().ifPresent(trainer -> new TrainingMetrics(trainer).bindTo(prometheus.registry()));
                folder.watch(config.rescan());
                service.warmUp();
                service.ready();
                int tasks = predictor.tasks().size();
                spec.commandLine()
                        .getOut()
                        .println(service.url() + " serves " + tasks + (tasks == 1 ? " task" : " tasks") + " of "
                                + loaded.name());
                await(interrupt);
            }
        }
    }

    /**
     * What trains tasks, if anything does.
     *
     * @param queue empty if nothing does
     */
    private record Training(Optional<TrainingQueue> queue) implements AutoCloseable {
        static Training of(ServeConfig config, Predictor predictor, TaskFolder folder) {
            Optional<Path> weights =
                    config.backbone().flatMap(BackboneConfig::file).or(config::weights);
            return new Training(config.training()
                    .map(options -> new TrainingQueue(predictor, folder, config.tasks(), weights, options)));
        }

        Optional<TaskTrainer> trainer() {
            return queue.map(trainer -> trainer);
        }

        @Override
        public void close() {
            queue.ifPresent(TrainingQueue::close);
        }
    }

    private ServeConfig config() {
        List<String> settings = new ArrayList<>(arguments);
        Optional<Path> file = settings.isEmpty() || settings.get(0).contains("=")
                ? Optional.empty()
                : Optional.of(Misuse.path(spec.commandLine(), "CONFIG", settings.remove(0)));
        set(
                settings,
                backbone != null && backbone.equals(BackboneConfig.BUILTIN) ? "backbone.name" : "backbone.file",
                backbone);
        set(settings, "tasks", tasks);
        set(settings, PrecisionChoice.KEY, precision);
        set(settings, "http.host", host);
        set(settings, "http.port", port);
        set(settings, "http.tokenFile", tokenFile);
        return file.map(path -> ServeConfig.read(path, settings)).orElseGet(() -> ServeConfig.of(settings));
    }

    private static void set(List<String> settings, String key, Object value) {
        if (value != null) {
            settings.add(key + "=" + TextNode.valueOf(value.toString()));
        }
    }

    private static Backbone load(ServeConfig config) {
        Device device = config.device().resolved();
        Precision precision = config.precision().on(device);
        return Backbones.in(
                precision,
                config.backbone()
                        .map(named -> Backbones.load(named, 0, device))
                        .orElseGet(() -> Backbones.on(device, ofTasks(config.tasks(), config.weights()))));
    }

    /** The folder may hold tasks of several backbones; the weights are those of the first that they fit. */
    private static Backbone ofTasks(Path folder, Optional<Path> weights) {
        Set<BackboneInfo> tried = new HashSet<>();
        Optional<DataException> misfit = Optional.empty();
        for (Path file : TaskFolder.filesIn(folder)) {
            if (backboneOf(file).filter(tried::add).isEmpty()) {
                continue;
            }
            try {
                return Backbones.of(file, weights);
            } catch (DataException e) {
                misfit = misfit.or(() -> Optional.of(e));
            }
        }
        throw misfit.map(InlayException.class::cast)
                .orElseGet(() -> new ConfigException("no whole task in " + folder
                        + " says which backbone the weights are of; give its name: backbone.name=…"));
    }

    private static Optional<BackboneInfo> backboneOf(Path file) {
        try (Task task = TaskFile.read(file)) {
            return Optional.of(task.info().backbone());
        } catch (DataException e) {
            return Optional.empty(); // the folder of tasks says so when it reads it
        }
    }

    /** Everything that {@code /metrics} shows beside the requests. */
    private static void bind(MeterRegistry registry, Predictor predictor) {
        new ServingMetrics(predictor).bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
    }

    private static void await(Interrupt interrupt) {
        try {
            while (!interrupt.getAsBoolean()) {
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
