package dev.inlay.serve.http;

import dev.inlay.config.BackboneConfig;
import dev.inlay.config.DataConfig;
import dev.inlay.config.DeviceChoice;
import dev.inlay.config.PrecisionChoice;
import dev.inlay.config.Recipe;
import dev.inlay.config.Section;
import dev.inlay.data.image.ImageLimits;
import dev.inlay.error.ConfigException;
import dev.inlay.serve.ServingOptions;
import dev.inlay.serve.TrainingOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A service: which backbone, which tasks, where it listens, what it takes ({@code inlay serve}).
 *
 * @param backbone of all tasks; empty if {@code weights} are those of the backbone that the tasks name
 * @param weights the backbone's file, where the config names no backbone
 * @param tasks the folder of tasks
 * @param rescan longest time until a change in the folder is seen
 * @param threads of LibTorch; 0 for one per physical core
 * @param device of the backbone
 * @param precision of the backbone's products
 * @param serving limits of batches, queue and tasks
 * @param training limits of training; empty if no tasks are trained
 * @param http where it listens, and limits of requests
 * @param log what is logged, and how
 */
public record ServeConfig(
        Optional<BackboneConfig> backbone,
        Optional<Path> weights,
        Path tasks,
        Duration rescan,
        int threads,
        DeviceChoice device,
        PrecisionChoice precision,
        ServingOptions serving,
        Optional<TrainingOptions> training,
        HttpOptions http,
        Log log) {
    /**
     * What a service logs.
     *
     * @param format of its lines
     * @param access whether there is one for every request
     */
    public record Log(Format format, boolean access) {
        /** How a line looks. */
        public enum Format {
            /** For people. */
            TEXT,
            /** An object in JSON for each event, for programs. */
            JSON
        }

        static Log read(Section section) {
            Log log = new Log(section.choice("format", Format.TEXT), section.flag("access", false));
            section.end();
            return log;
        }
    }

    private static final int MAX_SECONDS = 86_400;
    private static final int MAX = 1_000_000;
    private static final int MAX_MEGABYTES = 1 << 20;
    private static final long MEGABYTE = 1 << 20;

    /**
     * Reads a YAML file.
     *
     * @param file the config
     * @param overrides {@code dotted.key=value} settings laid over it in order
     * @throws ConfigException that lists every problem, if there is any
     */
    public static ServeConfig read(Path file, List<String> overrides) {
        return read(Section.read(file, overrides));
    }

    /**
     * The defaults, with settings laid over them.
     *
     * @param overrides {@code dotted.key=value}; relative paths start at the working folder
     * @throws ConfigException that lists every problem, if there is any
     */
    public static ServeConfig of(List<String> overrides) {
        return read(Section.parse("", "inlay serve", Path.of(""), overrides));
    }

    static ServeConfig read(Section root) {
        Section section = root.section("backbone");
        boolean named = section.has("name") || section.has("spec") || !section.has("file");
        Optional<Path> weights = named ? Optional.empty() : section.path("file");
        Optional<BackboneConfig> backbone =
                named ? Optional.of(BackboneConfig.read(section, Recipe.NONE)) : Optional.empty();
        if (!named) {
            if (section.has("imageSize")) {
                section.problem(
                        "imageSize",
                        "goes with backbone.name; without a name, backbone and size are those of the first task that fits");
            }
            section.end();
        }
        Path tasks = root.requiredPath("tasks");
        Duration rescan = Duration.ofSeconds(root.integer("rescanSeconds", 5, 1, MAX_SECONDS));
        int threads = root.integer("threads", 0, 0, 4096);
        DeviceChoice device = DeviceChoice.read(root);
        PrecisionChoice precision = PrecisionChoice.read(root, PrecisionChoice.FLOAT32);
        Optional<ServingOptions> serving = serving(root.section("serving"));
        Section data = root.section("data");
        ImageLimits images = DataConfig.limits(data.section("image"), HttpOptions.DEFAULT.images());
        data.end();
        Optional<HttpOptions> http = http(root.section("http"), images);
        Optional<TrainingOptions> training = training(root.section("training"), images);
        Log log = Log.read(root.section("log"));
        root.throwProblems();
        return new ServeConfig(
                backbone,
                weights,
                tasks,
                rescan,
                threads,
                device,
                precision,
                serving.orElseThrow(),
                training,
                http.orElseThrow(),
                log);
    }

    private static Optional<ServingOptions> serving(Section section) {
        ServingOptions defaults = ServingOptions.DEFAULT;
        int maxBatch = section.integer("maxBatch", defaults.maxBatch(), 1, 4096);
        int maxWait = section.integer("maxWaitMillis", (int) defaults.maxWait().toMillis(), 0, 60_000);
        int queue = section.integer("queueCapacity", defaults.queueCapacity(), 1, MAX);
        int timeout = section.integer("timeoutSeconds", (int) defaults.timeout().toSeconds(), 1, 600);
        int maxTasks = section.integer("maxTasks", defaults.maxTasks(), 1, MAX);
        int maxApart = section.integer("maxApart", defaults.maxApart(), 0, MAX);
        section.end();
        if (queue < maxBatch) {
            section.problem("queueCapacity", "is less than maxBatch " + maxBatch);
            return Optional.empty();
        }
        return Optional.of(new ServingOptions(
                maxBatch, Duration.ofMillis(maxWait), queue, Duration.ofSeconds(timeout), maxTasks, maxApart));
    }

    private static Optional<TrainingOptions> training(Section section, ImageLimits images) {
        TrainingOptions defaults = TrainingOptions.DEFAULT;
        boolean enabled = section.flag("enabled", true);
        TrainingOptions options = new TrainingOptions(
                section.integer("maxWaiting", defaults.maxWaiting(), 1, MAX),
                (int) megabytes(section, "maxBodyMegabytes", defaults.maxBodyBytes(), 512),
                section.integer("maxImages", defaults.maxImages(), 2, MAX),
                section.integer("maxClasses", defaults.maxClasses(), 2, MAX),
                images,
                section.integer("maxEpochs", defaults.maxEpochs(), 1, MAX),
                section.integer("threads", defaults.threads(), 1, 4096));
        section.end();
        return enabled ? Optional.of(options) : Optional.empty();
    }

    private static Optional<HttpOptions> http(Section section, ImageLimits limits) {
        HttpOptions defaults = HttpOptions.DEFAULT;
        String host = section.text("host", defaults.host());
        int port = section.integer("port", defaults.port(), 0, 65_535);
        Optional<Path> token = section.path("tokenFile");
        int connections = section.integer("maxConnections", defaults.maxConnections(), 1, MAX);
        int threads = section.integer("threads", defaults.threads(), 8, 10_000);
        long body = megabytes(section, "maxBodyMegabytes", defaults.maxBodyBytes(), 512);
        long task = megabytes(section, "maxTaskMegabytes", defaults.maxTaskBytes(), MAX_MEGABYTES);
        long memory = megabytes(section, "bodyMemoryMegabytes", defaults.bodyMemory(), MAX_MEGABYTES);
        int images = section.integer("maxImages", defaults.maxImages(), 1, 10_000);
        if (section.has("maxPixels")) {
            section.problem("maxPixels", "is called data.image.maxPixels now, beside other limits of images");
        }
        int decoders = section.integer("decoders", defaults.decoders(), 0, 10_000);
        Duration idle = seconds(section, "idleSeconds", defaults.idle(), 1);
        Duration bodyTime = seconds(section, "bodySeconds", defaults.bodyTime(), 1);
        Duration notReady = seconds(section, "notReadySeconds", defaults.notReady(), 0);
        Duration drain = seconds(section, "drainSeconds", defaults.drain(), 0);
        section.end();
        if (memory < 3 * body) {
            section.problem("bodyMemoryMegabytes", "is less than three times maxBodyMegabytes");
            return Optional.empty();
        }
        return Optional.of(new HttpOptions(
                host,
                port,
                token,
                connections,
                threads,
                (int) body,
                task,
                memory,
                images,
                limits,
                decoders,
                idle,
                bodyTime,
                notReady,
                drain));
    }

    private static long megabytes(Section section, String key, long otherwise, int most) {
        return MEGABYTE * section.integer(key, (int) (otherwise / MEGABYTE), 1, most);
    }

    private static Duration seconds(Section section, String key, Duration otherwise, int least) {
        return Duration.ofSeconds(section.integer(key, (int) otherwise.toSeconds(), least, MAX_SECONDS));
    }
}
