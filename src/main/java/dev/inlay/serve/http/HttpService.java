package dev.inlay.serve.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.inlay.error.ConfigException;
import dev.inlay.serve.Predictor;
import dev.inlay.serve.TaskFolder;
import dev.inlay.serve.TaskTrainer;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.ExceptionHandler;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import io.javalin.util.JavalinBindException;
import io.javalin.util.JavalinException;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * A predictor and its folder of tasks over HTTP; {@code docs/http.md} has the routes. It needs the optional dependency
 * {@code javalin}.
 */
public final class HttpService implements AutoCloseable {
    /** The logger of a line for every request, at INFO; switch it off where nobody reads them. */
    public static final String ACCESS_LOG = "dev.inlay.access";

    private static final Logger LOG = LoggerFactory.getLogger(HttpService.class);
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
    private static final long POLL_MILLIS = 10;

    private enum State {
        STARTING,
        READY,
        LEAVING,
        STOPPING
    }

    private final Predictor predictor;
    private final HttpOptions options;
    private final InetAddress address;
    private final Guard guard;
    private final HttpListener listener;
    private final QueuedThreadPool threads;
    private final PredictEndpoint predictions;

    /** A client that sends a body slowly holds a thread; some are left for everything else. */
    private final Semaphore readers;

    private final Javalin javalin;
    private volatile State state = State.STARTING;

    /**
     * A service that trains no tasks.
     *
     * @see #HttpService(Predictor, TaskFolder, Optional, HttpOptions, MeterRegistry, Supplier)
     */
    public HttpService(
            Predictor predictor,
            TaskFolder folder,
            HttpOptions options,
            MeterRegistry registry,
            Supplier<String> scrape) {
        this(predictor, folder, Optional.empty(), options, registry, scrape);
    }

    /**
     * Starts to listen. {@code /readyz} says 503 until {@link #ready} is called.
     *
     * @param predictor borrowed; must outlive the service
     * @param folder of the predictor's tasks; borrowed
     * @param trainer makes tasks from images that are sent; borrowed; empty if nobody does
     * @param registry counts requests
     * @param scrape what {@code /metrics} answers, in Prometheus' text format
     * @throws ConfigException if the address cannot be listened on, is no loopback address and there is no token, the token is
     *     none, or this process may have fewer open files than connections
     */
    public HttpService(
            Predictor predictor,
            TaskFolder folder,
            Optional<TaskTrainer> trainer,
            HttpOptions options,
            MeterRegistry registry,
            Supplier<String> scrape) {
        this.predictor = predictor;
        this.options = options;
        this.address = options.address();
        WriteToken token = new WriteToken(options.tokenFile());
        if (!address.isLoopbackAddress() && !token.isKnown()) {
            throw new ConfigException("host: " + options.host()
                    + " can be reached from other machines, where everybody could change tasks; give a file with a token"
                    + " (--token-file), or listen on localhost");
        }
        OpenFiles.require(options.maxConnections());
        this.guard = new Guard(address, options.host());
        HttpMetrics metrics = new HttpMetrics(registry);
        Gauge.builder("inlay.http.tasks.refused", folder, TaskFolder::refused)
                .description("Files of tasks that are not served as they are now")
                .baseUnit("tasks")
                .register(registry);
        this.listener = new HttpListener(options, metrics);
        this.threads = new QueuedThreadPool(options.threads(), Math.min(8, options.threads()));
        this.readers = new Semaphore(options.threads() / 2);
        this.predictions = new PredictEndpoint(predictor, options, readers, threads);
        Map<Route, Handler> handlers = handlers(predictor, folder, trainer, token, scrape);
        this.javalin = Javalin.create(config -> {
            configure(config);
            handlers.forEach((route, handler) -> route(config, route, handler));
        });
        start();
    }

    private void route(JavalinConfig config, Route route, Handler handler) {
        Handler checked = context -> {
            HttpMetrics.route(context, route);
            requireWorking(route);
            try (MDC.MDCCloseable client = logged(context)) {
                handler.handle(context);
            }
        };
        config.routes.addHttpHandler(route.method(), route.path(), checked);
        if (route.method().equals(HandlerType.GET)) {
            config.routes.addHttpHandler(HandlerType.HEAD, route.path(), checked);
        }
    }

    /** Has the log know whose request it is, until that is closed. */
    private static MDC.MDCCloseable logged(Context context) {
        return MDC.putCloseable("client", context.ip());
    }

    private void configure(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.http.prefer405over404 = true;
        config.http.maxRequestSize = Long.MAX_VALUE; // Body bounds them
        config.http.asyncTimeout = 0; // the predictor's deadline is enough
        config.http.compressionStrategy = CompressionStrategy.NONE;
        config.router.ignoreTrailingSlashes = false;
        config.jetty.threadPool = threads;
        config.jetty.modifyHttpConfiguration(listener::configure);
        config.jetty.modifyServer(listener::configure);
        config.routes.before(guard::check);
        ExceptionHandler<Exception> problem = HttpService::refuse;
        config.routes.exception(HttpResponseException.class, problem);
        config.routes.exception(Exception.class, problem);
        config.router.javaLangErrorHandler((response, failure) -> {
            ProblemResponses.of(failure).answer(response);
        });
    }

    private static void refuse(Exception failure, Context context) {
        Problem problem;
        try (MDC.MDCCloseable client = logged(context)) {
            problem = ProblemResponses.of(failure);
        }
        if (problem.status() != HttpStatus.REQUEST_TIMEOUT_408) {
            BodyDrain.discard(context);
        }
        problem.answer(context);
    }

    private Map<Route, Handler> handlers(
            Predictor predictor,
            TaskFolder folder,
            Optional<TaskTrainer> trainer,
            WriteToken token,
            Supplier<String> scrape) {
        TaskEndpoints tasks = new TaskEndpoints(predictor, folder, options, token, readers);
        byte[] api = ApiDocument.of(trainer.isPresent()).toString().getBytes(StandardCharsets.UTF_8);
        Map<Route, Handler> handlers = new EnumMap<>(Route.class);
        handlers.put(Route.PAGE, new Page("index.html")::answer);
        handlers.put(Route.API_PAGE, new Page("api.html")::answer);
        handlers.put(Route.OPENAPI, context -> Reply.send(context.res(), 200, "application/json", api));
        handlers.put(Route.HEALTH, context -> status(context, "alive"));
        handlers.put(Route.READY, this::readiness);
        handlers.put(
                Route.METRICS,
                context ->
                        Reply.send(context.res(), 200, PROMETHEUS, scrape.get().getBytes(StandardCharsets.UTF_8)));
        handlers.put(Route.TASKS, tasks::list);
        handlers.put(Route.TASK, tasks::show);
        handlers.put(Route.PUT_TASK, tasks::put);
        handlers.put(Route.DELETE_TASK, tasks::delete);
        handlers.put(Route.PREDICT, predictions::handle);
        trainer.map(makes -> new TrainingEndpoints(makes, options, token, readers))
                .ifPresent(training -> {
                    handlers.put(Route.TRAIN, training::train);
                    handlers.put(Route.TRAINING, training::show);
                    handlers.put(Route.CANCEL_TRAINING, training::cancel);
                });
        return handlers;
    }

    private void requireWorking(Route route) {
        if (route.isWork() && state == State.STOPPING) {
            throw ProblemResponses.stopping().refused();
        }
    }

    private void readiness(Context context) {
        switch (state) {
            case READY -> status(context, "ready");
            case STARTING -> throw new Problem(503, "tasks are being loaded", Map.of("Retry-After", "1")).refused();
            case LEAVING, STOPPING -> throw ProblemResponses.stopping().refused();
        }
    }

    private static void status(Context context, String status) {
        Json.answer(context, 200, JsonNodeFactory.instance.objectNode().put("status", status));
    }

    private void start() {
        try {
            javalin.start(address.getHostAddress(), options.port());
        } catch (JavalinBindException e) {
            ConfigException taken = new ConfigException("cannot listen on port " + options.port() + " of "
                    + options.host() + "; choose another port, or 0 for any free one");
            taken.initCause(e);
            throw taken;
        }
    }

    /**
     * Asks itself for what is on an image, by the first task that takes images, so that the first client does not wait for what
     * only the first request costs. To be called before {@link #ready}. It is counted as every request is.
     */
    public void warmUp() {
        predictor.tasks().entrySet().stream()
                .filter(task -> task.getValue().transform().isPresent())
                .findFirst()
                .ifPresent(task -> new WarmUp(url()).predict(task.getKey()));
    }

    /** Has {@code /readyz} say 200 from now on. */
    public void ready() {
        state = State.READY;
    }

    /** The port listened on. */
    public int port() {
        return javalin.port();
    }

    /** Where a browser finds the page. */
    public String url() {
        String host = options.host().contains(":") ? "[" + options.host() + "]" : options.host();
        return "http://" + host + ":" + port() + "/";
    }

    /**
     * Stops: {@code /readyz} says 503; after {@link HttpOptions#notReady} new work is refused; requests under way are answered, for
     * {@link HttpOptions#drain} at most; then the port is free.
     */
    @Override
    public void close() {
        if (state == State.STOPPING) {
            return;
        }
        state = State.LEAVING;
        try {
            TimeUnit.MILLISECONDS.sleep(options.notReady().toMillis());
            state = State.STOPPING;
            long end = System.nanoTime() + options.drain().toNanos();
            while (listener.underWay() > 0 && System.nanoTime() < end) {
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        state = State.STOPPING;
        try {
            javalin.stop();
        } catch (JavalinException e) {
            LOG.warn("requests that were still under way were cut off: {}", e.getMessage());
        }
        predictions.close();
    }
}
