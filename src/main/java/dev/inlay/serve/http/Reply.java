package dev.inlay.serve.http;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Sends answers. */
final class Reply {
    private Reply() {}

    /** Leaves a whole answer with the server, which sends it as fast as the client takes it; no thread waits for that. */
    static void send(HttpServletResponse response, int status, String contentType, byte[] body) {
        response.setStatus(status);
        response.setContentType(contentType);
        response.setBufferSize(body.length + 1); // a buffer that is full is sent by the thread that filled it
        try {
            response.getOutputStream().write(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
