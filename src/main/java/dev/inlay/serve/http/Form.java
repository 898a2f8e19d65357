package dev.inlay.serve.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.content.ByteBufferContentSource;
import org.eclipse.jetty.util.Promise;

/** A body of the type multipart/form-data. */
final class Form {
    private static final int PART_HEADERS = 4096;

    /** Names of parameters may be written in capitals, which the parser does not take. */
    private static final Pattern BOUNDARY = Pattern.compile(";\\s*boundary=", Pattern.CASE_INSENSITIVE);

    private Form() {}

    /**
     * A part of a form.
     *
     * @param name empty if it has none
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
        String boundary =
                MultiPart.extractBoundary(BOUNDARY.matcher(contentType).replaceFirst("; boundary="));
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
                found.add(new Part(part.getName() == null ? "" : part.getName(), part.getFileName(), bytes(part)));
            }
        } catch (CompletionException e) {
            throw bad("the form cannot be read: it does not end with its boundary, has more than " + most
                    + " parts, or one whose headers are longer than " + PART_HEADERS + " bytes");
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
