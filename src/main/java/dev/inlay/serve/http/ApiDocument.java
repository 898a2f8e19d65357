package dev.inlay.serve.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The description of the interface (OpenAPI), kept as YAML for people. */
final class ApiDocument {
    private ApiDocument() {}

    static JsonNode read() {
        try {
            return new YAMLMapper().readTree(Page.resource("openapi.yaml"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
