package dev.inlay.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.SpecJson;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.backbone.vit.VitFamily;
import dev.inlay.backbone.vit.VitSpec;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.tensor.Tensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** The golden fixtures: numbers of an independent float64 reference, each set with its tolerance. */
public final class Golden {
    private static final Path ROOT = Path.of("src", "test", "resources", "golden");

    private Golden() {}

    public static Path path(String file) {
        return ROOT.resolve(file);
    }

    public static JsonNode json(String file) {
        try {
            return new ObjectMapper().readTree(path(file).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A list of strings in a JSON file. */
    public static List<String> names(String file, String key) {
        List<String> names = new ArrayList<>();
        json(file).get(key).forEach(name -> names.add(name.asText()));
        return names;
    }

    /** Every tensor of a file, owned by the test. */
    public static Map<String, Tensor> tensors(String file) {
        try (SafeTensorsFile stored = SafeTensorsFile.open(path(file))) {
            return StoredTensors.readAll(stored);
        }
    }

    /** The model of sets 1, 4, 6 and 7. */
    public static VisionTransformer vit() {
        Map<String, Tensor> weights = tensors("vit_forward/weights.safetensors");
        VitSpec spec = (VitSpec)
                SpecJson.parse(json("vit_forward/meta.json").get("spec").toString(), "golden spec");
        VisionTransformer vit = new VitFamily().load("golden", spec, weights, "golden weights");
        weights.values().forEach(Tensors::release);
        return vit;
    }

    /** A Swin Transformer of one of the sets {@code swin} and {@code swin_padded}. */
    public static Backbone swin(String set) {
        return backbone(set, swinSpec(set));
    }

    /** The sizes of {@link #swin}. */
    public static BackboneSpec swinSpec(String set) {
        return spec(set, "swin");
    }

    /** The ConvNeXt of the set {@code convnext}. */
    public static Backbone convnext() {
        return backbone("convnext", convnextSpec());
    }

    /** The sizes of {@link #convnext}. */
    public static BackboneSpec convnextSpec() {
        return spec("convnext", "convnext");
    }

    private static Backbone backbone(String set, BackboneSpec spec) {
        Map<String, Tensor> weights = tensors(set + "/weights.safetensors");
        Backbone backbone = BackboneFamily.of(spec).load("golden " + set, spec, weights, "golden weights");
        weights.values().forEach(Tensors::release);
        return backbone;
    }

    private static BackboneSpec spec(String set, String family) {
        ObjectNode spec = (ObjectNode) json(set + "/meta.json").get("spec");
        return SpecJson.parse(spec.put("family", family).toString(), "golden spec");
    }

    /** Asserts that every element is off by at most absolute + of_largest · max|expected|. */
    public static void assertClose(String what, Tensor actual, Tensor expected, JsonNode tolerance) {
        assertThat(Tensors.shapeOf(actual)).as(what).isEqualTo(Tensors.shapeOf(expected));
        assertClose(what, Tensors.floats(actual), Tensors.floats(expected), tolerance);
    }

    public static void assertClose(String what, float[] actual, float[] expected, JsonNode tolerance) {
        double largest = 0;
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            double off = Math.abs((double) actual[i] - expected[i]);
            worst = Double.isNaN(off) ? Double.POSITIVE_INFINITY : Math.max(worst, off);
        }
        double allowed = tolerance.get("absolute").asDouble()
                + tolerance.path("of_largest").asDouble() * largest;
        assertThat(worst).as(what).isLessThanOrEqualTo(allowed);
    }
}
