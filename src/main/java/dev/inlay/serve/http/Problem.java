package dev.inlay.serve.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import jakarta.servlet.http.HttpServletResponse;
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
        answer(context.res());
    }

    void answer(HttpServletResponse response) {
        headers.forEach(response::setHeader);
        Reply.send(response, status, CONTENT_TYPE, json());
    }

    RefusedException refused() {
        return new RefusedException(this);
    }
}
