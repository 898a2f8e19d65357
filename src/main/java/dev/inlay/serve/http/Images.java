package dev.inlay.serve.http;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.cfg.MutableCoercionConfig;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The images in a body, by its content type: bytes of one, a form with files, or JSON with Base64. */
final class Images {
    private final int most;
    private final JsonMapper json;

    /**
     * An image that is not decoded yet.
     *
     * @param name what the client calls it, or its place
     */
    record Encoded(String name, byte[] bytes) {}

    /** {@code {"images": ["…", …]}}. */
    private record Listed(List<String> images) {}

    /**
     * @param most images in a body
     * @param maxBytes of a body
     */
    Images(int most, int maxBytes) {
        this.most = most;
        StreamReadConstraints limits = StreamReadConstraints.builder()
                .maxNestingDepth(4)
                .maxStringLength(maxBytes)
                .build();
        this.json = JsonMapper.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
                .withCoercionConfig(LogicalType.Textual, Images::onlyText)
                .build();
        json.getFactory().setStreamReadConstraints(limits);
    }

    /** Numbers and truth values are no text. */
    static void onlyText(MutableCoercionConfig config) {
        for (CoercionInputShape shape :
                List.of(CoercionInputShape.Integer, CoercionInputShape.Float, CoercionInputShape.Boolean)) {
            config.setCoercion(shape, CoercionAction.Fail);
        }
    }

    /**
     * Refuses a body of another type, before it is read.
     *
     * @param contentType of the request; null if it says none
     */
    void requireKnown(String contentType) {
        String type = mediaType(contentType);
        if (!type.startsWith("image/") && !type.equals("multipart/form-data") && !type.equals("application/json")) {
            throw new Problem(
                            415,
                            "expected an image (Content-Type: image/…), multipart/form-data with files, or"
                                    + " application/json with {\"images\": [Base64, …]}")
                    .refused();
        }
    }

    static String mediaType(String contentType) {
        return contentType == null ? "" : contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    }

    /**
     * The images of a body, at least one.
     *
     * @throws RefusedException if it holds none or too many, or is not what its type says
     */
    List<Encoded> of(String contentType, byte[] body) {
        String type = mediaType(contentType);
        List<Encoded> images = type.startsWith("image/")
                ? List.of(new Encoded("the image", body))
                : type.equals("application/json") ? fromJson(body) : fromForm(contentType, body);
        if (images.isEmpty()) {
            throw bad("the request has no image");
        }
        if (images.size() > most) {
            throw new Problem(413, images.size() + " images are more than the " + most + " taken at once; send less")
                    .refused();
        }
        return images;
    }

    private List<Encoded> fromJson(byte[] body) {
        Listed listed;
        try {
            listed = json.readValue(body, Listed.class);
        } catch (IOException e) {
            throw bad("expected {\"images\": [Base64, …]}, found other JSON, or none: " + place(e));
        }
        if (listed == null) {
            throw bad("expected {\"images\": [Base64, …]}, found null");
        }
        List<Encoded> images = new ArrayList<>();
        for (String image : listed.images()) {
            String place = "images[" + images.size() + "]";
            images.add(new Encoded(place, Base64Image.bytes(place, image)));
        }
        return images;
    }

    /** Where JSON in memory is not what it should be. */
    static String place(IOException failure) {
        if (!(failure instanceof JacksonException known)) {
            return "its bytes are no text in UTF-8";
        }
        JsonLocation place = known.getLocation();
        return place == null ? "it ends too early" : "line " + place.getLineNr() + ", column " + place.getColumnNr();
    }

    private List<Encoded> fromForm(String contentType, byte[] body) {
        List<Encoded> images = new ArrayList<>();
        for (Form.Part part : Form.parts(contentType, body, most)) {
            if (part.fileName() == null) {
                throw bad("the form's part '" + part.name() + "' is no file");
            }
            images.add(new Encoded(part.fileName(), part.bytes()));
        }
        return images;
    }

    private static RefusedException bad(String detail) {
        return new Problem(400, detail).refused();
    }
}
