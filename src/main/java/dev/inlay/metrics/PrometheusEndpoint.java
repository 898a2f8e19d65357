package dev.inlay.metrics;

import dev.inlay.error.ConfigException;
import dev.inlay.file.AtomicFile;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;

/**
 * Meters in Prometheus' text format: scraped over HTTP while a job runs, written to a file when it ends. It needs the
 * optional dependencies {@code micrometer-registry-prometheus} and {@code prometheus-metrics-exporter-httpserver}.
 */
public final class PrometheusEndpoint implements AutoCloseable {
    private static final int MAX_PORT = 65535;

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private HTTPServer server;

    /** The registry to bind meters to. */
    public MeterRegistry registry() {
        return registry;
    }

    /**
     * Starts to answer {@code GET /metrics} on the loopback address; only this machine reaches it.
     *
     * @param port to listen on; 0 for any free one
     * @return the port listened on
     * @throws ConfigException if {@code port} is no port or is taken
     * @throws IllegalStateException if it listens already
     */
    public int listen(int port) {
        if (server != null) {
            throw new IllegalStateException("already listening on port " + server.getPort());
        }
        if (port < 0 || port > MAX_PORT) {
            throw new ConfigException("the metrics port must be from 0 to " + MAX_PORT + ", is " + port);
        }
        try {
            server = HTTPServer.builder()
                    .inetAddress(InetAddress.getLoopbackAddress())
                    .port(port)
                    .registry(registry.getPrometheusRegistry())
                    .buildAndStart();
        } catch (IOException e) {
            ConfigException taken = new ConfigException("cannot serve metrics on port " + port + " of this machine: "
                    + e.getMessage() + "; choose another port, or 0 for any free one");
            taken.initCause(e);
            throw taken;
        }
        return server.getPort();
    }

    /** All meters as they stand, in Prometheus' text format. */
    public String scrape() {
        return registry.scrape();
    }

    /**
     * Replaces {@code file} by {@link #scrape()}, atomically; for jobs that are shorter than the time between scrapes.
     *
     * @throws dev.inlay.error.InlayException if it cannot be written
     */
    public void write(Path file) {
        AtomicFile.write(file, scrape());
    }

    /** Stops listening; meters stay readable. */
    @Override
    public void close() {
        if (server != null) {
            server.close();
            server = null;
        }
    }
}
