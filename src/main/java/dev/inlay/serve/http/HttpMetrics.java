package dev.inlay.serve.http;

import io.javalin.http.Context;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * {@code inlay.http.requests}: a timer by route, not by path, and status, so that their number is bounded. It counts what becomes
 * of every request, whoever answers it: the routes, the server itself where it cannot parse one, or nobody.
 */
final class HttpMetrics extends Handler.Wrapper implements RequestLog {
    private static final String NONE = "none";
    private static final String CUT = "cut";
    private static final String ROUTE = Route.class.getName();
    private static final String HANDLED = HttpMetrics.class.getName();

    private final MeterRegistry registry;

    HttpMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Says which route a request has taken. */
    static void route(Context context, Route route) {
        context.req().setAttribute(ROUTE, route);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        request.setAttribute(HANDLED, true);
        request.addHttpStreamWrapper(stream -> new Counted(stream, request));
        return super.handle(request, response, callback);
    }

    /** What no handler saw: the server could not parse it. */
    @Override
    public void log(Request request, Response response) {
        if (request.getAttribute(HANDLED) == null) {
            count(request, Integer.toString(response.getStatus()));
        }
    }

    /** Part of a request came, and then no more within its time. */
    void neverWhole(long nanos) {
        count(NONE, NONE, CUT, nanos);
    }

    /** Sees the answer go out. */
    private final class Counted extends HttpStream.Wrapper {
        private final Request request;
        private volatile int status;
        private volatile boolean whole;

        private Counted(HttpStream wrapped, Request request) {
            super(wrapped);
            this.request = request;
        }

        @Override
        public void send(
                MetaData.Request of, MetaData.Response head, boolean last, ByteBuffer content, Callback callback) {
            if (head != null) {
                status = head.getStatus();
            }
            super.send(of, head, last, content, new Callback.Nested(callback) {
                @Override
                public void succeeded() {
                    if (last) {
                        whole = true;
                    }
                    super.succeeded();
                }
            });
        }

        @Override
        public void succeeded() {
            count(request, Integer.toString(status));
            super.succeeded();
        }

        @Override
        public void failed(Throwable failure) {
            count(request, whole ? Integer.toString(status) : CUT);
            super.failed(failure);
        }
    }

    private void count(Request request, String status) {
        long nanos = System.nanoTime() - request.getBeginNanoTime();
        if (request.getAttribute(ROUTE) instanceof Route route) {
            count(request.getMethod(), route.path(), status, nanos);
        } else {
            count(NONE, NONE, status, nanos);
        }
    }

    private void count(String method, String route, String status, long nanos) {
        Timer.builder("inlay.http.requests")
                .description("Requests, and the time from their first byte to the last of their answer")
                .tag("method", method)
                .tag("route", route)
                .tag("status", status)
                .register(registry)
                .record(nanos, TimeUnit.NANOSECONDS);
    }
}
