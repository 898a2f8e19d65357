package dev.inlay.serve.http;

import io.javalin.http.Context;
import io.javalin.router.Endpoint;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/** {@code inlay.http.requests}: a timer by route, not by path, and status, so that their number is bounded. */
final class HttpMetrics {
    private static final String NO_ROUTE = "none";
    private static final double NANOS_PER_MILLI = 1e6;

    private final MeterRegistry registry;

    HttpMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    void count(Context context, float millis) {
        Endpoint endpoint = context.endpoints().lastHttpEndpoint();
        Timer.builder("inlay.http.requests")
                .description("Requests answered, and the time from their first byte to their answer")
                .tag("method", endpoint == null ? NO_ROUTE : endpoint.method.name())
                .tag("route", endpoint == null ? NO_ROUTE : endpoint.path)
                .tag("status", Integer.toString(context.statusCode()))
                .register(registry)
                .record(Duration.ofNanos((long) (millis * NANOS_PER_MILLI)));
    }
}
