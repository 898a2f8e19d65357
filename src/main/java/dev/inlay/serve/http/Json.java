package dev.inlay.serve.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;

/** Answers in JSON. */
final class Json {
    private Json() {}

    static void answer(Context context, int status, JsonNode body) {
        Reply.send(context.res(), status, "application/json", body.toString().getBytes(StandardCharsets.UTF_8));
    }
}
