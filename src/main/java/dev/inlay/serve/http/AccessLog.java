package dev.inlay.serve.http;

import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A line for every request and its answer, also for those that no route sees; as fields, too, for logs that keep them. */
final class AccessLog implements RequestLog {
    private static final Logger LOG = LoggerFactory.getLogger(HttpService.ACCESS_LOG);

    @Override
    public void log(Request request, Response response) {
        if (!LOG.isInfoEnabled()) {
            return;
        }
        String client = Request.getRemoteAddr(request);
        String target =
                request.getHttpURI() == null ? "-" : request.getHttpURI().getPathQuery();
        long bytes = Response.getContentBytesWritten(response);
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - request.getBeginNanoTime());
        LOG.atInfo()
                .addKeyValue("client", client)
                .addKeyValue("method", request.getMethod())
                .addKeyValue("target", target)
                .addKeyValue("status", response.getStatus())
                .addKeyValue("bytes", bytes)
                .addKeyValue("millis", millis)
                .log(
                        "{} {} {} {} {} bytes {} ms",
                        client,
                        request.getMethod(),
                        target,
                        response.getStatus(),
                        bytes,
                        millis);
    }
}
