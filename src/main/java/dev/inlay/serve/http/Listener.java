package dev.inlay.serve.http;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;

/** The server below the routes: its limits, and its own refusals as problems like all others. */
final class Listener {
    private static final int HEADER_BYTES = 8192;

    /** How long the server may take to stop after requests under way were waited for. */
    private static final long STOP_MILLIS = 3_000;

    /** How long connections are kept open then; much shorter than the server may take, which waits for all to be closed. */
    private static final long IDLE_AT_STOP_MILLIS = 50;

    /** How long a connection may be idle while others wait to be accepted. */
    private static final long IDLE_AT_LIMIT_MILLIS = 1_000;

    private final HttpOptions options;
    private final GracefulHandler underWay = new GracefulHandler();

    Listener(HttpOptions options) {
        this.options = options;
    }

    void configure(HttpConfiguration http) {
        http.setSendServerVersion(false);
        http.setSendDateHeader(true);
        http.setRequestHeaderSize(HEADER_BYTES);
        http.setIdleTimeout(options.idle().toMillis());
    }

    void configure(Server server) {
        NetworkConnectionLimit limit = new NetworkConnectionLimit(options.maxConnections(), server);
        limit.setEndPointIdleTimeout(
                Math.min(IDLE_AT_LIMIT_MILLIS, options.idle().toMillis()));
        server.addBean(limit);
        server.setErrorHandler(new ProblemErrors());
        underWay.setShutdownIdleTimeout(IDLE_AT_STOP_MILLIS);
        server.setHandler(new HeadTime(options.idle(), underWay));
        server.setStopTimeout(STOP_MILLIS);
    }

    /** Requests that are not answered yet. */
    long underWay() {
        return underWay.getCurrentRequestCount();
    }

    /** What never reaches a route: requests that cannot be parsed, and failures of the server itself. */
    private static final class ProblemErrors extends ErrorHandler {
        @Override
        protected void generateResponse(
                Request request, Response response, int status, String message, Throwable cause, Callback callback) {
            mark(response.getHeaders());
            response.write(true, ByteBuffer.wrap(problem(status).json()), callback);
        }

        @Override
        public boolean errorPageForMethod(String method) {
            return true;
        }

        private static void mark(HttpFields.Mutable headers) {
            headers.put(HttpHeader.CONTENT_TYPE, Problem.CONTENT_TYPE);
            headers.put("X-Content-Type-Options", "nosniff");
        }

        private static Problem problem(int status) {
            return new Problem(status, "the request could not be understood or handled");
        }
    }
}
