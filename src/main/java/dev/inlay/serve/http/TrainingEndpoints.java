package dev.inlay.serve.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.error.ConfigException;
import dev.inlay.error.OverloadException;
import dev.inlay.serve.TaskFolder;
import dev.inlay.serve.TaskTrainer;
import dev.inlay.serve.TrainingJob;
import dev.inlay.serve.TrainingOptions;
import io.javalin.http.Context;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Semaphore;

/** {@code /v1/tasks/{id}/train}: tasks made from labelled images. */
final class TrainingEndpoints {
    /** What may be asked beside the images, in the query or the body. */
    static final List<String> WISHES = List.of("method", "epochs", "seed");

    private static final String NOT_SO_SOON = "10";
    private static final double TENTHS = 10;

    private final TaskTrainer trainer;
    private final TrainingBody bodies;
    private final HttpOptions http;
    private final WriteToken token;

    /** Bodies are long, so one is read at a time. */
    private final Semaphore reader = new Semaphore(1);

    private final Semaphore readers;

    TrainingEndpoints(TaskTrainer trainer, HttpOptions http, WriteToken token, Semaphore readers) {
        this.trainer = trainer;
        this.bodies = new TrainingBody(trainer.options());
        this.http = http;
        this.token = token;
        this.readers = readers;
    }

    /** {@code POST /v1/tasks/{id}/train?method=linear&epochs=100&seed=0}. */
    void train(Context context) {
        token.require(context.header("Authorization"));
        String id = TaskFolder.requireId(context.pathParam("id"));
        Query query = new Query(context, WISHES.toArray(String[]::new));
        bodies.requireKnown(context.header("Content-Type"));
        TrainingJob job;
        try {
            requireRoom(id);
            job = submit(id, query, context);
        } catch (OverloadException e) {
            throw new Problem(429, e.getMessage(), Map.of("Retry-After", NOT_SO_SOON)).refused();
        }
        context.header("Location", "/v1/tasks/" + id + "/train");
        Json.answer(context, 202, json(job));
    }

    private void requireRoom(String id) {
        try {
            trainer.requireRoom(id);
        } catch (ConfigException e) {
            throw new Problem(409, e.getMessage()).refused();
        }
    }

    private TrainingJob submit(String id, Query query, Context context) {
        if (!reader.tryAcquire()) {
            throw new OverloadException("the images of another training are being read; try again later");
        }
        TrainingOptions options = trainer.options();
        try (RequestBody body = new RequestBody(context, options.maxBodyBytes(), http.bodyTime(), readers);
                BodyMemory.Share memory = new BodyMemory(Long.MAX_VALUE).share()) {
            return trainer.submit(id, bodies.of(query, context.header("Content-Type"), body.bytes(memory)));
        } finally {
            reader.release();
        }
    }

    /** {@code GET /v1/tasks/{id}/train}. */
    void show(Context context) {
        String id = TaskFolder.requireId(context.pathParam("id"));
        Json.answer(context, 200, json(trainer.job(id).orElseThrow(() -> none(id))));
    }

    /** {@code DELETE /v1/tasks/{id}/train}. */
    void cancel(Context context) {
        token.require(context.header("Authorization"));
        String id = TaskFolder.requireId(context.pathParam("id"));
        if (!trainer.cancel(id)) {
            throw none(id);
        }
        context.status(204);
    }

    private static RefusedException none(String id) {
        return new Problem(404, "there is no training of task '" + id + "'; POST labelled images here for one")
                .refused();
    }

    private static ObjectNode json(TrainingJob job) {
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("task", job.task())
                .put("state", job.state().name().toLowerCase(Locale.ROOT))
                .put("method", job.method().name().toLowerCase(Locale.ROOT))
                .put("epochs", job.epochs())
                .put("classes", job.classes())
                .put("images", job.images())
                .put("submitted", job.submitted().toString());
        job.progress().ifPresent(step -> {
            ObjectNode progress = body.putObject("progress")
                    .put("phase", step.phase())
                    .put("part", step.part())
                    .put("parts", step.parts())
                    .put("done", step.done())
                    .put("total", step.total());
            step.secondsLeft().ifPresent(seconds -> progress.put("secondsLeft", Math.round(seconds * TENTHS) / TENTHS));
        });
        if (job.state() == TrainingJob.State.DONE) {
            ObjectNode metrics = body.putObject("metrics");
            job.metrics().forEach(metrics::put);
        }
        job.problem().ifPresent(problem -> body.put("problem", problem));
        return body;
    }
}
