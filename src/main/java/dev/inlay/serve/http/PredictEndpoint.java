package dev.inlay.serve.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.error.OverloadException;
import dev.inlay.error.UnknownTaskException;
import dev.inlay.serve.Answer;
import dev.inlay.serve.Predictor;
import dev.inlay.serve.TaskFolder;
import dev.inlay.serve.http.Images.Encoded;
import dev.inlay.task.TaskInfo;
import io.javalin.http.Context;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;

/** {@code POST /v1/tasks/{id}/predict}. */
final class PredictEndpoint {
    private static final int KILOBYTE = 1024;
    private static final int MOST_CLASSES = 1_000_000;
    private static final int LONGEST_MILLIS = 600_000;
    private static final double NANOS_PER_MILLI = 1e6;

    private final Predictor predictor;
    private final HttpOptions options;
    private final Executor writers;
    private final Images images;
    private final Decoding decoding;
    private final Semaphore readers;
    private final Semaphore kilobytes;

    /**
     * @param writers answer clients, who may take their time to read: the predictor's own thread does not wait for them
     */
    PredictEndpoint(Predictor predictor, HttpOptions options, Executor writers) {
        this.predictor = predictor;
        this.writers = writers;
        this.options = options;
        this.images = new Images(options.maxImages(), options.maxBodyBytes());
        this.decoding = new Decoding(options.maxPixels(), options.decoders());
        this.readers = new Semaphore(options.threads() / 2);
        this.kilobytes = new Semaphore((int) Math.min(Integer.MAX_VALUE, options.bodyMemory() / KILOBYTE));
    }

    /** What a client asks for beside the images. */
    private record Wish(int top, boolean embedding, Duration timeout) {
        static Wish of(Context context) {
            Query query = new Query(context, "top", "embedding", "timeoutMillis");
            int millis = query.integer("timeoutMillis", 0, 1, LONGEST_MILLIS);
            return new Wish(
                    query.integer("top", 5, 1, MOST_CLASSES), query.flag("embedding"), Duration.ofMillis(millis));
        }
    }

    /** Reads and decodes on the server's thread, and leaves it while the images wait to be computed. */
    void handle(Context context) {
        long start = System.nanoTime();
        String id = TaskFolder.requireId(context.pathParam("id"));
        TaskInfo info = predictor
                .task(id)
                .orElseThrow(() ->
                        new UnknownTaskException("no task is called '" + id + "'; /v1/tasks lists those there are"));
        Wish wish = Wish.of(context);
        images.requireKnown(context.contentType());
        ExifOrientation orientation =
                info.transform().map(ImageTransform::exifOrientation).orElse(ExifOrientation.APPLY);
        Submitted submitted = submit(context, id, wish, orientation);
        ServletContextRequest.getServletContextRequest(context.req())
                .addFailureListener(gone -> submitted.answers().cancel(false));
        context.future(() -> submitted
                .answers()
                .thenAcceptAsync(
                        answers -> {
                            ObjectNode body = json(id, wish, submitted.names(), answers);
                            body.put("millis", Math.round((System.nanoTime() - start) / NANOS_PER_MILLI * 10) / 10.0);
                            Json.answer(context, 200, body);
                        },
                        writers));
    }

    private record Submitted(List<String> names, CompletableFuture<List<Answer>> answers) {}

    private Submitted submit(Context context, String id, Wish wish, ExifOrientation orientation) {
        if (!readers.tryAcquire()) {
            throw new OverloadException(
                    "as many requests are being read as the service reads at a time; try again later");
        }
        try (Body body = new Body(context, options.maxBodyBytes(), options.bodyTime())) {
            List<Encoded> encoded = images.of(context.contentType(), body.bytes(kilobytes));
            List<String> names = encoded.stream().map(Encoded::name).toList();
            return new Submitted(
                    names,
                    decoding.decode(
                            encoded,
                            orientation,
                            pictures -> wish.timeout().isZero()
                                    ? predictor.predictAsync(id, pictures)
                                    : predictor.predictAsync(id, pictures, wish.timeout())));
        } finally {
            readers.release();
        }
    }

    private static ObjectNode json(String id, Wish wish, List<String> names, List<Answer> answers) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("task", id);
        ArrayNode images = body.putArray("images");
        for (int i = 0; i < answers.size(); i++) {
            Answer answer = answers.get(i);
            ObjectNode image = images.addObject().put("name", names.get(i));
            ArrayNode top = image.putArray("top");
            answer.prediction().top(wish.top()).forEach(ranked -> top.addObject()
                    .put("label", ranked.className())
                    .put("index", ranked.label())
                    .put("score", ranked.score()));
            if (wish.embedding()) {
                ArrayNode embedding = image.putArray("embedding");
                for (float value : answer.embedding()) {
                    embedding.add(value);
                }
            }
        }
        return body;
    }
}
