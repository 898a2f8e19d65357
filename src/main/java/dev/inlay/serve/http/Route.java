package dev.inlay.serve.http;

import io.javalin.http.HandlerType;

/** What the service answers. */
@SuppressWarnings("ImmutableEnumChecker") // HandlerType is a record of a name and a flag
enum Route {
    PAGE(HandlerType.GET, "/"),
    API_PAGE(HandlerType.GET, "/api"),
    OPENAPI(HandlerType.GET, "/openapi.json"),
    HEALTH(HandlerType.GET, "/healthz"),
    READY(HandlerType.GET, "/readyz"),
    METRICS(HandlerType.GET, "/metrics"),
    TASKS(HandlerType.GET, "/v1/tasks"),
    TASK(HandlerType.GET, "/v1/tasks/{id}"),
    PUT_TASK(HandlerType.PUT, "/v1/tasks/{id}"),
    DELETE_TASK(HandlerType.DELETE, "/v1/tasks/{id}"),
    PREDICT(HandlerType.POST, "/v1/tasks/{id}/predict"),
    TRAIN(HandlerType.POST, "/v1/tasks/{id}/train"),
    TRAINING(HandlerType.GET, "/v1/tasks/{id}/train"),
    CANCEL_TRAINING(HandlerType.DELETE, "/v1/tasks/{id}/train");

    private final HandlerType method;
    private final String path;

    Route(HandlerType method, String path) {
        this.method = method;
        this.path = path;
    }

    HandlerType method() {
        return method;
    }

    String path() {
        return path;
    }

    /** Whether it is refused while the service stops. */
    boolean isWork() {
        return path.startsWith("/v1/");
    }
}
