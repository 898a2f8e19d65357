package dev.inlay.serve.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.image.MaskPng;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.error.UnknownTaskException;
import dev.inlay.serve.Answer;
import dev.inlay.serve.Predictor;
import dev.inlay.serve.TaskFolder;
import dev.inlay.serve.http.Images.Encoded;
import dev.inlay.task.Prediction;
import dev.inlay.task.TaskInfo;
import io.javalin.http.Context;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;

/** {@code POST /v1/tasks/{id}/predict}. */
final class PredictEndpoint implements AutoCloseable {
    private static final String PNG = "image/png";
    private static final int MAX_CLASSES = 1_000_000;
    private static final int MAX_MILLIS = 600_000;
    private static final double NANOS_PER_MILLI = 1e6;

    private final Predictor predictor;
    private final HttpOptions options;
    private final Executor writers;
    private final Images images;
    private final DecodingPool decoding;
    private final Semaphore readers;
    private final BodyMemory memory;

    /**
     * @param readers how many more bodies may be read
     * @param writers answer clients, who may take their time to read: the predictor's own thread does not wait for them
     */
    PredictEndpoint(Predictor predictor, HttpOptions options, Semaphore readers, Executor writers) {
        this.predictor = predictor;
        this.writers = writers;
        this.options = options;
        this.images = new Images(options.maxImages(), options.maxBodyBytes());
        this.decoding = new DecodingPool(options.images().maxPixels(), options.decoders());
        this.readers = readers;
        this.memory = new BodyMemory(options.bodyMemory());
    }

    /** What a client asks for beside the images. */
    private record PredictParams(int top, boolean embedding, MaskForm mask, boolean png, Duration timeout) {}

    /** @param masks whether the task gives every pixel a class */
    private PredictParams wish(Context context, String id, boolean masks) {
        Query query = new Query(context, "top", "embedding", "mask", "timeoutMillis");
        int millis = query.integer("timeoutMillis", 0, 1, MAX_MILLIS);
        PredictParams wish = new PredictParams(
                query.integer("top", 5, 1, MAX_CLASSES),
                query.flag("embedding"),
                query.choice("mask", MaskForm.RLE),
                masks && asksForPng(context),
                millis == 0 ? predictor.options().timeout() : Duration.ofMillis(millis));
        if (masks && (wish.embedding() || query.text("top").isPresent())) {
            throw new Problem(
                            400,
                            (wish.embedding() ? "embedding" : "top") + ": the task '" + id
                                    + "' gives every pixel a class and says nothing of the image as a whole; leave it out")
                    .refused();
        }
        if (!masks && query.text("mask").isPresent()) {
            throw new Problem(400, "mask: the task '" + id + "' says nothing of single pixels; leave it out").refused();
        }
        return wish;
    }

    /** Whether a client takes a picture and no JSON. */
    private static boolean asksForPng(Context context) {
        String accept = String.valueOf(context.header("Accept")).toLowerCase(Locale.ROOT);
        return accept.contains(PNG) && !accept.contains("application/json");
    }

    /** Reads on the server's thread, and leaves it while the images wait to be decoded and computed. */
    void handle(Context context) {
        long start = System.nanoTime();
        String id = TaskFolder.requireId(context.pathParam("id"));
        TaskInfo info = predictor
                .task(id)
                .orElseThrow(() ->
                        new UnknownTaskException("no task is called '" + id + "'; /v1/tasks lists those there are"));
        boolean masks = info.labels().kind() == LabelSpace.Kind.MASKS;
        PredictParams wish = wish(context, id, masks);
        images.requireKnown(context.header("Content-Type"));
        ExifOrientation orientation =
                info.transform().map(ImageTransform::exifOrientation).orElse(ExifOrientation.APPLY);
        ImageDecoder decoder = new ImageDecoder(orientation, options.images());
        ServletContextRequest request = ServletContextRequest.getServletContextRequest(context.req());
        List<String> names;
        CompletableFuture<List<Answer>> answers;
        BodyMemory.Share held = memory.share();
        try {
            List<Encoded> encoded = read(context, held);
            names = encoded.stream().map(Encoded::name).toList();
            if (wish.png() && encoded.size() > 1) {
                throw new Problem(
                                400,
                                "Accept: " + PNG + " is one mask, and the request has " + encoded.size()
                                        + " images; send one, or take JSON with mask=png")
                        .refused();
            }
            long most = masks ? options.images().maxPixels() : Long.MAX_VALUE;
            answers = new PredictJob(predictor, id, encoded, decoder, most, wish.timeout(), held)
                    .start(decoding, request.getComponents().getScheduler()); // from here on the job holds it
        } catch (RuntimeException | Error e) {
            held.close();
            throw e;
        }
        request.addFailureListener(gone -> answers.cancel(false));
        context.future(() -> answers.thenAcceptAsync(
                given -> {
                    if (wish.png()) {
                        byte[] png = MaskPng.indexed(given.get(0).mask().mask());
                        Reply.send(context.res(), 200, PNG, png);
                        return;
                    }
                    ObjectNode body = json(id, wish, names, given);
                    body.put("millis", Math.round((System.nanoTime() - start) / NANOS_PER_MILLI * 10) / 10.0);
                    Json.answer(context, 200, body);
                },
                writers));
    }

    private List<Encoded> read(Context context, BodyMemory.Share memory) {
        try (RequestBody body = new RequestBody(context, options.maxBodyBytes(), options.bodyTime(), readers)) {
            return images.of(context.header("Content-Type"), body.bytes(memory));
        }
    }

    @Override
    public void close() {
        decoding.close();
    }

    private static ObjectNode json(String id, PredictParams wish, List<String> names, List<Answer> answers) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("task", id);
        ArrayNode images = body.putArray("images");
        for (int i = 0; i < answers.size(); i++) {
            Answer answer = answers.get(i);
            ObjectNode image = images.addObject().put("name", names.get(i));
            switch (answer.labels().kind()) {
                case SINGLE -> {
                    put(image, answer.prediction().top(1).get(0));
                    putAll(image.putArray("top"), answer.prediction().top(wish.top()));
                }
                case MULTI -> {
                    putAll(image.putArray("labels"), answer.prediction().classes());
                    putAll(image.putArray("top"), answer.prediction().top(wish.top()));
                }
                case NUMBERS -> answer.prediction().numbers().forEach(image.putObject("numbers")::put);
                case MASKS -> wish.mask().put(image, answer.mask());
            }
            if (wish.embedding()) {
                ArrayNode embedding = image.putArray("embedding");
                for (float value : answer.embedding()) {
                    embedding.add(value);
                }
            }
        }
        return body;
    }

    private static void putAll(ArrayNode array, List<Prediction.Ranked> ranked) {
        ranked.forEach(one -> put(array.addObject(), one));
    }

    private static void put(ObjectNode object, Prediction.Ranked ranked) {
        object.put("label", ranked.label()).put("index", ranked.index()).put("score", ranked.score());
    }
}
