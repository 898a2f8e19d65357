package dev.inlay.serve.http;

import java.nio.ByteBuffer;
import java.util.List;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;

/** The server below the routes: its limits, and its own refusals as problems like all others. */
final class HttpListener {
    private static final int HEADER_BYTES = 8192;

    /** How long the server may take to stop after requests under way were waited for. */
    private static final long STOP_MILLIS = 3_000;

    /** How long connections are kept open then; much shorter than the server may take, which waits for all to be closed. */
    private static final long IDLE_AT_STOP_MILLIS = 50;

    /** How long a connection may be idle while others wait to be accepted. */
    private static final long IDLE_AT_LIMIT_MILLIS = 1_000;

    /** By these the framework above would take a request for another than its first line says. */
    private static final List<String> OVERRIDES = List.of("X-HTTP-Method-Override", "Sec-WebSocket-Version");

    private final HttpOptions options;
    private final HttpMetrics metrics;
    private final GracefulHandler underWay = new GracefulHandler();

    HttpListener(HttpOptions options, HttpMetrics metrics) {
        this.options = options;
        this.metrics = metrics;
    }

    void configure(HttpConfiguration http) {
        http.setSendServerVersion(false);
        http.setSendDateHeader(true);
        http.setRequestHeaderSize(HEADER_BYTES);
        http.setIdleTimeout(options.idle().toMillis());
        http.setHttpCompliance(HttpCompliance.STRICT);
        http.setUriCompliance(UriCompliance.DEFAULT);
        http.addCustomizer((request, headers) -> {
            mark(headers);
            return new Plain(request);
        });
    }

    void configure(Server server) {
        NetworkConnectionLimit limit = new NetworkConnectionLimit(options.maxConnections(), server);
        limit.setEndPointIdleTimeout(
                Math.min(IDLE_AT_LIMIT_MILLIS, options.idle().toMillis()));
        server.addBean(limit);
        server.setErrorHandler(new ProblemErrors());
        underWay.setShutdownIdleTimeout(IDLE_AT_STOP_MILLIS);
        metrics.setHandler(underWay);
        ClientTime clients = new ClientTime(options.idle(), options.bodyTime(), metrics::neverWhole, metrics);
        server.setHandler(clients);
        AccessLog access = new AccessLog();
        server.setRequestLog((request, response) -> {
            clients.headCame(request);
            metrics.log(request, response);
            access.log(request, response);
        });
        server.setStopTimeout(STOP_MILLIS);
    }

    /** Requests that are not answered yet. */
    long underWay() {
        return underWay.getCurrentRequestCount();
    }

    private static void mark(HttpFields.Mutable headers) {
        headers.put("X-Content-Type-Options", "nosniff");
        headers.put(HttpHeader.CACHE_CONTROL, "no-store");
    }

    /** A request that is what its first line says. */
    private static final class Plain extends Request.Wrapper {
        private final HttpFields headers;

        private Plain(Request request) {
            super(request);
            HttpFields.Mutable kept = HttpFields.build(request.getHeaders());
            OVERRIDES.forEach(kept::remove);
            headers = kept.asImmutable();
        }

        @Override
        public HttpFields getHeaders() {
            return headers;
        }
    }

    /** What never reaches a route: requests that cannot be parsed, and failures of the server itself. */
    private static final class ProblemErrors extends ErrorHandler {
        @Override
        protected void generateResponse(
                Request request, Response response, int status, String message, Throwable cause, Callback callback) {
            mark(response.getHeaders());
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.CONTENT_TYPE);
            Problem problem = ProblemResponses.ofServer(status, reason(cause), cause);
            problem.headers().forEach(response.getHeaders()::put);
            response.write(true, ByteBuffer.wrap(problem.json()), callback);
        }

        private static String reason(Throwable cause) {
            return cause instanceof HttpException known ? known.getReason() : null;
        }

        @Override
        public boolean errorPageForMethod(String method) {
            return true;
        }
    }
}
