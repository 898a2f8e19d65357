package dev.inlay.serve.http;

import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.DeadlineException;
import dev.inlay.error.OverloadException;
import dev.inlay.error.StorageException;
import dev.inlay.error.UnknownTaskException;
import io.javalin.http.HttpResponseException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a client is told of a failure. */
final class Problems {
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
    private static final Map<String, String> SOON = Map.of("Retry-After", "1");

    private Problems() {}

    static Problem of(Throwable failure) {
        if (failure instanceof CompletionException && failure.getCause() != null) {
            return of(failure.getCause());
        } else if (failure instanceof RefusedException refused) {
            return refused.problem();
        } else if (failure instanceof HttpResponseException known) {
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
        } else if (failure instanceof CancellationException) {
            return new Problem(503, "the request was cancelled", SOON);
        } else if (failure instanceof StorageException storage) {
            String id = logged(failure);
            return new Problem(
                    507,
                    "the service cannot write to its disk: " + storage.reason() + "; its log says more under " + id);
        } else if (failure instanceof OutOfMemoryError) {
            LOG.error("lower the limits of bodies, pixels or the queue, or give Java more memory");
            String id = logged(failure);
            return new Problem(
                    503,
                    "the service is short of memory; try again later, or send less at once; its log says more under "
                            + id,
                    SOON);
        }
        return unexpected(failure);
    }

    private static Problem ofRouting(HttpResponseException known) {
        return switch (known.getStatus()) {
            case 404 -> new Problem(404, "there is nothing here; /openapi.json lists what there is");
            case 405 ->
                new Problem(
                        405,
                        "this path does not take that method",
                        Map.of("Allow", known.getDetails().getOrDefault("availableMethods", "GET")));
            default -> new Problem(known.getStatus(), "the request could not be handled");
        };
    }

    static Problem unexpected(Throwable failure) {
        return new Problem(500, "something failed in the service; its log says what under " + logged(failure));
    }

    /** Leaves cause and stack in the log. @return under what */
    private static String logged(Throwable failure) {
        String id = UUID.randomUUID().toString();
        LOG.error("failure {}", id, failure);
        return id;
    }

    static Problem stopping() {
        return new Problem(503, "the service is stopping; ask another, or later", SOON);
    }
}
