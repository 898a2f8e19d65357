package dev.inlay.serve.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import dev.inlay.error.ConfigException;
import dev.inlay.serve.TrainingOptions;
import dev.inlay.serve.TrainingRequest;
import dev.inlay.serve.TrainingRequest.Labelled;
import dev.inlay.serve.TrainingRequest.Method;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Labelled images in a body: a form whose files are named by their labels, or JSON with Base64. */
final class TrainingBody {
    /** Parts of a form that are no images. */
    private static final int FIELDS = 3;

    private final TrainingOptions options;
    private final JsonMapper json;

    /** An image in JSON. */
    private record Sent(@JsonProperty(required = true) String label, @JsonProperty(required = true) String image) {}

    /** The JSON; what may be left out is null. */
    private record Listed(
            List<String> classes,
            @JsonProperty(required = true) List<Sent> images,
            String method,
            Integer epochs,
            Long seed) {}

    /** What is asked beside the images, as texts. */
    private static final class Wishes {
        private final Map<String, String> values = new LinkedHashMap<>();

        void add(String name, Object value) {
            if (value != null && values.put(name, value.toString()) != null) {
                throw bad(name + " is given twice; keep one");
            }
        }

        Method method() {
            String name = values.getOrDefault("method", "linear");
            for (Method method : Method.values()) {
                if (method.name().toLowerCase(Locale.ROOT).equals(name)) {
                    return method;
                }
            }
            throw bad("method: expected linear or spt");
        }

        Optional<Long> number(String name) {
            try {
                return Optional.ofNullable(values.get(name)).map(Long::valueOf);
            } catch (NumberFormatException e) {
                throw bad(name + ": expected a whole number");
            }
        }

        TrainingRequest request(List<String> classes, List<Labelled> images) {
            OptionalInt epochs = number("epochs")
                    .map(n -> OptionalInt.of((int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, n))))
                    .orElse(OptionalInt.empty());
            return new TrainingRequest(method(), epochs, number("seed").orElse(0L), classes, images);
        }
    }

    TrainingBody(TrainingOptions options) {
        this.options = options;
        this.json = JsonMapper.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .withCoercionConfig(LogicalType.Textual, Images::onlyText)
                .build();
        json.getFactory()
                .setStreamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(6)
                        .maxStringLength(options.maxBodyBytes())
                        .build());
    }

    /** Refuses a body of another type, before it is read. */
    void requireKnown(String contentType) {
        String type = Images.mediaType(contentType);
        if (!type.equals("multipart/form-data") && !type.equals("application/json")) {
            throw new Problem(
                            415,
                            "expected multipart/form-data with files that are named by their labels, or"
                                    + " application/json with {\"images\": [{\"label\": …, \"image\": Base64}, …]}")
                    .refused();
        }
    }

    /**
     * What a body asks for.
     *
     * @throws RefusedException if it is not what its type says
     * @throws ConfigException if it asks for what cannot be
     */
    TrainingRequest of(Query query, String contentType, byte[] body) {
        Wishes wishes = new Wishes();
        for (String name : TrainingEndpoints.WISHES) {
            wishes.add(name, query.text(name).orElse(null));
        }
        return Images.mediaType(contentType).equals("application/json")
                ? fromJson(wishes, body)
                : fromForm(wishes, contentType, body);
    }

    private TrainingRequest fromForm(Wishes wishes, String contentType, byte[] body) {
        Classes classes = new Classes(List.of());
        List<Labelled> images = new ArrayList<>();
        for (Form.Part part : Form.parts(contentType, body, options.maxImages() + FIELDS)) {
            if (part.fileName() != null) {
                images.add(new Labelled(part.fileName(), classes.label(part.name(), true), part.bytes()));
            } else if (TrainingEndpoints.WISHES.contains(part.name())) {
                wishes.add(part.name(), part.text());
            } else {
                throw bad("the form's part '" + part.name() + "' is neither a file nor one of "
                        + String.join(", ", TrainingEndpoints.WISHES));
            }
        }
        return wishes.request(classes.names(), images);
    }

    private TrainingRequest fromJson(Wishes wishes, byte[] body) {
        Listed listed;
        try {
            listed = json.readValue(body, Listed.class);
        } catch (IOException e) {
            throw bad(
                    "expected {\"images\": [{\"label\": …, \"image\": Base64}, …]} and perhaps classes, method, epochs"
                            + " and seed, found other JSON, or none: " + Images.place(e));
        }
        if (listed == null || listed.images() == null) {
            throw bad("expected {\"images\": [{\"label\": …, \"image\": Base64}, …]}");
        }
        wishes.add("method", listed.method());
        wishes.add("epochs", listed.epochs());
        wishes.add("seed", listed.seed());
        List<String> given = listed.classes() == null ? List.of() : listed.classes();
        Classes classes = new Classes(given);
        List<Labelled> images = new ArrayList<>();
        for (Sent sent : listed.images()) {
            String place = "images[" + images.size() + "]";
            if (sent == null || sent.label() == null || sent.image() == null) {
                throw bad(place + ": expected a label and an image");
            }
            images.add(new Labelled(
                    place, classes.label(sent.label(), given.isEmpty()), Base64Image.bytes(place, sent.image())));
        }
        return wishes.request(classes.names(), images);
    }

    /** The classes: those that are given, or those that occur, in the order of their first images. */
    private static final class Classes {
        private final List<String> names = new ArrayList<>();
        private final Map<String, Integer> labels = new LinkedHashMap<>();

        Classes(List<String> given) {
            for (String name : given) {
                if (name == null) {
                    throw bad("classes: expected names, found null");
                }
                labels.putIfAbsent(name, names.size());
                names.add(name);
            }
        }

        int label(String name, boolean mayBeNew) {
            Integer known = labels.get(name);
            if (known != null) {
                return known;
            }
            if (!mayBeNew) {
                throw bad("label '" + name + "' is none of the classes");
            }
            names.add(name);
            labels.put(name, names.size() - 1);
            return names.size() - 1;
        }

        List<String> names() {
            return names;
        }
    }

    private static RefusedException bad(String detail) {
        return new Problem(400, detail).refused();
    }
}
