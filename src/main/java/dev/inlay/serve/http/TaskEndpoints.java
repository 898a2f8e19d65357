package dev.inlay.serve.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.data.LabelSpace;
import dev.inlay.error.ConfigException;
import dev.inlay.error.OverloadException;
import dev.inlay.error.UnknownTaskException;
import dev.inlay.serve.Predictor;
import dev.inlay.serve.TaskFolder;
import dev.inlay.task.TaskInfo;
import io.javalin.http.Context;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;

/** Tasks listed, shown, put and deleted. */
final class TaskEndpoints {
    private static final int MAX_PAGE = 1000;

    private final Predictor predictor;
    private final TaskFolder folder;
    private final HttpOptions options;
    private final WriteToken token;
    private final Semaphore readers;

    TaskEndpoints(Predictor predictor, TaskFolder folder, HttpOptions options, WriteToken token, Semaphore readers) {
        this.predictor = predictor;
        this.folder = folder;
        this.options = options;
        this.token = token;
        this.readers = readers;
    }

    /** {@code GET /v1/tasks?limit=100&after=ID}. */
    void list(Context context) {
        Query query = new Query(context, "limit", "after");
        int limit = query.integer("limit", 100, 1, MAX_PAGE);
        SortedMap<String, TaskInfo> all = predictor.tasks();
        SortedMap<String, TaskInfo> rest =
                query.text("after").map(id -> all.tailMap(id + "\0")).orElse(all);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode tasks = body.putArray("tasks");
        for (Map.Entry<String, TaskInfo> task : rest.entrySet()) {
            if (tasks.size() == limit) {
                body.put("next", tasks.get(limit - 1).get("id").asText());
                break;
            }
            ObjectNode listed = tasks.addObject()
                    .put("id", task.getKey())
                    .put("method", task.getValue().method())
                    .put("classes", task.getValue().classNames().size());
            putKind(listed, task.getValue().labels());
        }
        body.put("total", all.size());
        Json.answer(context, 200, body);
    }

    /** {@code GET /v1/tasks/{id}}. */
    void show(Context context) {
        String id = TaskFolder.requireId(context.pathParam("id"));
        Json.answer(context, 200, describe(id));
    }

    private ObjectNode describe(String id) {
        TaskInfo info = predictor.task(id).orElseThrow(() -> unknown(id));
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("id", id).put("method", info.method());
        body.putObject("backbone")
                .put("name", info.backbone().name())
                .put("fingerprint", info.backbone().fingerprint());
        ArrayNode names = body.putArray("classNames");
        info.classNames().forEach(names::add);
        putKind(body, info.labels());
        if (info.labels() instanceof LabelSpace.ClassSet set) {
            set.thresholds().forEach(body.putArray("thresholds")::add);
        }
        body.put("takesImages", info.transform().isPresent());
        ObjectNode metrics = body.putObject("metrics");
        new TreeMap<>(info.metrics()).forEach(metrics::put);
        ObjectNode provenance = body.putObject("provenance");
        new TreeMap<>(info.provenance()).forEach(provenance::put);
        folder.problem(id).ifPresent(problem -> body.put("problem", problem));
        return body;
    }

    /** One class for each image is what a task without the key has. */
    private static void putKind(ObjectNode object, LabelSpace labels) {
        if (labels.kind() != LabelSpace.Kind.SINGLE) {
            object.put("labels", labels.kind().toString());
        }
    }

    private UnknownTaskException unknown(String id) {
        return new UnknownTaskException("no task is called '" + id + "'"
                + folder.problem(id)
                        .map(problem -> "; a file of that name is not served: " + problem)
                        .orElse("; /v1/tasks lists those there are"));
    }

    /** {@code PUT /v1/tasks/{id}}. */
    void put(Context context) {
        token.require(context.header("Authorization"));
        String id = TaskFolder.requireId(context.pathParam("id"));
        boolean isNew;
        try (RequestBody body = new RequestBody(context, options.maxTaskBytes(), options.bodyTime(), readers)) {
            isNew = folder.put(id, body);
        } catch (ConfigException | OverloadException e) {
            throw new Problem(409, e.getMessage()).refused();
        }
        context.header("Location", "/v1/tasks/" + id);
        Json.answer(context, isNew ? 201 : 200, describe(id));
    }

    /** {@code DELETE /v1/tasks/{id}}. */
    void delete(Context context) {
        token.require(context.header("Authorization"));
        String id = TaskFolder.requireId(context.pathParam("id"));
        boolean deleted;
        try {
            deleted = folder.delete(id);
        } catch (ConfigException e) {
            throw new Problem(409, e.getMessage()).refused();
        }
        if (!deleted) {
            throw unknown(id);
        }
        context.status(204);
    }
}
