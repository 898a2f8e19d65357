package dev.inlay.serve.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The description of the interface (OpenAPI), kept as YAML for people. */
final class ApiDocument {
    private static final String TRAINING = "/v1/tasks/{id}/train";

    private ApiDocument() {}

    /** The document of a service that trains, or of one that does not. */
    static JsonNode of(boolean trains) {
        JsonNode document = read();
        if (!trains) {
            ((ObjectNode) document.get("paths")).remove(TRAINING);
        }
        return document;
    }

    static JsonNode read() {
        try {
            return new YAMLMapper().readTree(Page.resource("openapi.yaml"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
