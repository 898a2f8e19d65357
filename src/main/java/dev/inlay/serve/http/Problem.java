package dev.inlay.serve.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.eclipse.jetty.http.HttpStatus;

/**
 * A refusal, as the client is told of it: problem details (RFC 9457).
 *
 * @param status of the response
 * @param detail what is wrong and what to do; no path of this machine, no trace
 * @param headers of the response, such as Retry-After
 */
record Problem(int status, String detail, Map<String, String> headers) {
    static final String CONTENT_TYPE = "application/problem+json";

    Problem(int status, String detail) {
        this(status, detail, Map.of());
    }

    byte[] json() {
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("type", "about:blank")
                .put("title", HttpStatus.getMessage(status))
                .put("status", status)
                .put("detail", detail);
        return body.toString().getBytes(StandardCharsets.UTF_8);
    }

    void answer(Context context) {
        headers.forEach(context::header);
        context.status(status).contentType(CONTENT_TYPE).result(json());
    }

    /** Answers where the routes' own means are not at hand. */
    void answer(HttpServletResponse response) {
        headers.forEach(response::setHeader);
        response.setStatus(status);
        response.setContentType(CONTENT_TYPE);
        try {
            response.getOutputStream().write(json());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    RefusedException refused() {
        return new RefusedException(this);
    }
}
