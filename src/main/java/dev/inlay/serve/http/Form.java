package dev.inlay.serve.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.content.ByteBufferContentSource;
import org.eclipse.jetty.util.Promise;

/** A body of the type multipart/form-data. */
final class Form {
    private static final int PART_HEADERS = 4096;

    private Form() {}

    /**
     * A part of a form.
     *
     * @param fileName null if it is no file
     */
    record Part(String name, String fileName, byte[] bytes) {
        String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /**
     * The parts, in their order.
     *
     * @param most parts
     * @throws RefusedException if there are more, or the body is no form
     */
    static List<Part> parts(String contentType, byte[] body, int most) {
        String boundary = MultiPart.extractBoundary(contentType);
        if (boundary == null) {
            throw bad("the Content-Type of a form needs a boundary");
        }
        MultiPartFormData.Parser parser = new MultiPartFormData.Parser(boundary);
        parser.setMaxMemoryFileSize(-1);
        parser.setMaxLength(body.length);
        parser.setMaxParts(most + 1L);
        parser.setPartHeadersMaxLength(PART_HEADERS);
        List<Part> found = new ArrayList<>();
        CompletableFuture<MultiPartFormData.Parts> parsed = new CompletableFuture<>();
        parser.parse(new ByteBufferContentSource(ByteBuffer.wrap(body)), Promise.Invocable.toPromise(parsed));
        try (MultiPartFormData.Parts parts = parsed.join()) {
            for (MultiPart.Part part : parts) {
                found.add(new Part(part.getName(), part.getFileName(), bytes(part)));
            }
        } catch (CompletionException e) {
            throw bad("the form cannot be read, or has more than " + most + " parts");
        }
        return found;
    }

    private static byte[] bytes(MultiPart.Part part) {
        try {
            ByteBuffer buffer = Content.Source.asByteBuffer(part.getContentSource());
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            return bytes;
        } catch (IOException e) {
            throw new IllegalStateException("parts in memory can be read", e);
        }
    }

    private static RefusedException bad(String detail) {
        return new Problem(400, detail).refused();
    }
}
