package dev.inlay.serve.http;

import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.DeadlineException;
import dev.inlay.error.MemoryException;
import dev.inlay.error.OverloadException;
import dev.inlay.error.StorageException;
import dev.inlay.error.UnknownTaskException;
import io.javalin.http.HttpResponseException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** What a client is told of a failure. */
final class ProblemResponses {
    private static final Logger LOG = LoggerFactory.getLogger(ProblemResponses.class);
    private static final Map<String, String> SOON = Map.of("Retry-After", "1");
    private static final Map<String, String> UPGRADE = Map.of("Upgrade", "HTTP/1.1");
    private static final Pattern NOT_PLAIN = Pattern.compile("URI|[Ee]ncoding$|Path|Fragment");
    private static final String UNEXPECTED = "something failed in the service";
    private static final String NOTHING_HERE = "there is nothing here; /openapi.json lists what there is";

    private ProblemResponses() {}

    /** What is told of a failure; if it is the service's (5xx), the log has it under the id that is told. */
    static Problem of(Throwable failure) {
        if (failure instanceof CompletionException && failure.getCause() != null) {
            return of(failure.getCause());
        } else if (failure instanceof RefusedException refused) {
            return refused.problem();
        } else if (failure instanceof CancellationException) {
            return new Problem(503, "the request was cancelled", SOON); // whoever asked is gone
        }
        Problem told = told(failure);
        return told.status() < HttpStatus.INTERNAL_SERVER_ERROR_500 ? told : logged(told, failure);
    }

    private static Problem told(Throwable failure) {
        if (failure instanceof HttpResponseException known) {
            return ofRouting(known);
        } else if (failure instanceof UnknownTaskException) {
            return new Problem(404, failure.getMessage());
        } else if (failure instanceof OverloadException) {
            return new Problem(429, failure.getMessage(), SOON);
        } else if (failure instanceof DeadlineException) {
            return new Problem(504, failure.getMessage());
        } else if (failure instanceof DataException) {
            return new Problem(422, failure.getMessage());
        } else if (failure instanceof ConfigException) {
            return new Problem(400, failure.getMessage());
        } else if (failure instanceof StorageException storage) {
            return new Problem(507, "the service cannot write to its disk: " + storage.reason());
        } else if (MemoryException.of(failure).isPresent()) {
            LOG.error("lower the limits of bodies, pixels or the queue, or give Java more memory");
            return new Problem(503, "the service is short of memory; try again later, or send less at once", SOON);
        }
        return new Problem(500, UNEXPECTED);
    }

    private static Problem ofRouting(HttpResponseException known) {
        return switch (known.getStatus()) {
            case 404 -> new Problem(404, NOTHING_HERE);
            case 405 ->
                new Problem(
                        405,
                        "this path does not take that method",
                        Map.of("Allow", known.getDetails().getOrDefault("availableMethods", "GET")));
            default -> new Problem(known.getStatus(), "the request could not be handled");
        };
    }

    /**
     * What the server refused or failed at before any route saw it.
     *
     * @param reason in the server's words; null if there is none
     * @param cause null if there is none
     */
    static Problem ofServer(int status, String reason, Throwable cause) {
        return switch (status) {
            case 400 -> new Problem(400, badRequest(reason));
            case 404 -> new Problem(404, NOTHING_HERE);
            case 408 -> new Problem(408, "the request did not arrive whole in its time; send it faster");
            case 414 -> new Problem(414, "path and query are longer than the 8192 bytes of a head; shorten them");
            case 417 -> new Problem(417, "Expect: only 100-continue is known here; leave the header out");
            case 426 -> new Problem(426, "this service speaks HTTP/1.1, without upgrades; ask in it", UPGRADE);
            case 431 ->
                new Problem(431, "the headers are longer than the 8192 bytes of a head; send fewer or shorter ones");
            case 503 -> stopping();
            case 505 -> new Problem(505, "this service speaks HTTP/1.1 and HTTP/1.0; ask in one of them");
            default ->
                status < HttpStatus.INTERNAL_SERVER_ERROR_500
                        ? new Problem(status, "the request cannot be handled" + (reason == null ? "" : ": " + reason))
                        : logged(new Problem(500, UNEXPECTED), cause);
        };
    }

    private static String badRequest(String reason) {
        if (reason == null || reason.equals("Bad Request")) {
            return "the request is not proper HTTP; send it as RFC 9112 has it";
        } else if (reason.equals("No Host")) {
            return "Host: an HTTP/1.1 request needs this header; send Host: localhost, or what else the service is called";
        } else if (NOT_PLAIN.matcher(reason).find()) {
            return "the path is not plain (" + reason
                    + "); send % only before two hexadecimal digits, and no encoded / or .";
        }
        return "the request is not proper HTTP (" + reason + "); send it as RFC 9112 has it";
    }

    /** Leaves cause and stack in the log, and says under what. A request may ask for less time than it takes: that is no error. */
    private static Problem logged(Problem told, Throwable failure) {
        String id = UUID.randomUUID().toString();
        LOG.atLevel(failure instanceof DeadlineException ? Level.WARN : Level.ERROR)
                .setCause(failure)
                .log("failure {}", id);
        return new Problem(told.status(), told.detail() + "; the service's log says more under " + id, told.headers());
    }

    static Problem stopping() {
        return new Problem(503, "the service is stopping; ask another, or later", SOON);
    }
}
