package dev.inlay.task;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.SpecJson;
import dev.inlay.backbone.TinyBackbones;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Interpolation;
import dev.inlay.data.transform.Normalization;
import dev.inlay.data.transform.Resize;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Lora;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Cards of tasks; that huggingface_hub reads them is tested by scripts/interop. */
class ModelCardTest {
    private static final String CONFIG =
            """
            {"name": "photos: spring", "data": {"type": "folder", "root": "flowers"},
             "method": {"type": "lora", "rank": 2, "budget": 400}}
            """;

    @TempDir
    private Path folder;

    private String card(
            ModelCard.Library library,
            List<String> classNames,
            Map<String, Double> metrics,
            Map<String, String> provenance)
            throws IOException {
        return card(library, LabelSpace.oneOf(classNames), metrics, provenance);
    }

    private String card(
            ModelCard.Library library, LabelSpace labels, Map<String, Double> metrics, Map<String, String> provenance)
            throws IOException {
        BackboneSpec spec = SpecJson.parse(TinyBackbones.SPECS.get("vit"), "vit");
        TuningSpec lora = new Lora(2, 2, 0, List.of("attn.q"), List.of());
        Path file = folder.resolve("task.safetensors");
        ImageTransform transform = new ImageTransform(
                new Resize.ShortSide(36, Interpolation.BICUBIC), 32, 32, Normalization.IMAGENET, ExifOrientation.APPLY);
        try (Backbone vit = BackboneFamily.of(spec).random("custom", spec, 3);
                Tuning tuning = new Tuning(vit, lora, labels.size(), 7)) {
            TaskInfo info = new TaskInfo(
                    lora,
                    BackboneInfo.of(vit),
                    labels,
                    Optional.of(transform),
                    new TreeMap<>(metrics),
                    new TreeMap<>(provenance),
                    1);
            TaskFile.write(file, info, tuning);
        }
        try (Task task = TaskFile.read(file)) {
            ModelCard.write(task, library, folder);
        }
        return Files.readString(folder.resolve("README.md"));
    }

    private static JsonNode frontMatter(String card) throws IOException {
        return new YAMLMapper().readTree(card.split("---\n")[1]);
    }

    @Test
    void theCardOfATaskOfMasksSaysSegmentation() throws IOException {
        LabelSpace masks = new LabelSpace.PixelClasses(List.of("road", "sky"));
        Map<String, Double> metrics = Map.of("test.meanIou", 0.5125, "test.pixelAccuracy", 0.75, "test.images", 40.0);
        String card = card(ModelCard.Library.INLAY, masks, metrics, Map.of("config", CONFIG));
        assertThat(card)
                .contains("A semantic segmentation of images into 2 classes")
                .contains("| quality | Mean IoU 0.513 of 40 images of the test split of `flowers` |")
                .contains("List<MaskPrediction> found = model.segment(List.of(Path.of(\"image.jpg\")));")
                .doesNotContain("In Python");
        JsonNode front = frontMatter(card);
        assertThat(front.get("pipeline_tag").asText()).isEqualTo("image-segmentation");
        assertThat(front.get("tags").get(0).asText()).isEqualTo("image-segmentation");
        assertThat(front.get("metrics").get(0).asText()).isEqualTo("mean_iou");
        JsonNode result = front.at("/model-index/0/results/0");
        assertThat(result.at("/task/type").asText()).isEqualTo("image-segmentation");
        assertThat(result.get("metrics").findValuesAsText("type")).containsExactly("mean_iou", "accuracy");
        assertThat(card(ModelCard.Library.ONNX, masks, metrics, Map.of()))
                .contains("float[][][][] logits = (float[][][][]) result");
    }

    @Test
    void saysWhatTheTaskIsAndHowGood() throws IOException {
        String card = card(
                ModelCard.Library.INLAY,
                List.of("ash", "a | b"),
                Map.of("test.top1", 0.972, "test.meanPerClass", 0.95, "test.images", 1036.0),
                Map.of("config", CONFIG, ModelCard.BASE_MODEL, "timm/vit_small_patch16_224.augreg_in21k"));
        assertThat(frontMatter(card))
                .hasToString(
                        "{\"library_name\":\"inlay\",\"pipeline_tag\":\"image-classification\","
                                + "\"tags\":[\"image-classification\",\"inlay\",\"lora\"],"
                                + "\"base_model\":\"timm/vit_small_patch16_224.augreg_in21k\",\"metrics\":[\"accuracy\"],"
                                + "\"model-index\":[{\"name\":\"photos: spring\",\"results\":["
                                + "{\"task\":{\"type\":\"image-classification\"},"
                                + "\"dataset\":{\"name\":\"flowers\",\"type\":\"imagefolder\",\"split\":\"test\"},"
                                + "\"metrics\":[{\"type\":\"accuracy\",\"name\":\"Top-1 accuracy\",\"value\":0.972},"
                                + "{\"type\":\"balanced_accuracy\",\"name\":\"Mean accuracy of the classes\",\"value\":0.95}]}]}]}");
        assertThat(card)
                .contains(
                        "\n# photos: spring\n",
                        "| accuracy | 97.2 % of 1,036 images of the test split of `flowers` |",
                        "| method | `lora`, `{\"rank\":2,\"budget\":400}` |",
                        "| trained parameters | 192, and a head of 50 |",
                        "shorter side resized to 36 pixels (bicubic), cropped to 32 × 32, mean [0.485, 0.456, 0.406]",
                        "| classes | `ash`, `a \\| b` |");
    }

    @Test
    void saysWhatIsNotKnown() throws IOException {
        List<String> many = IntStream.range(0, 60).mapToObj(i -> "c" + i).toList();
        String card = card(ModelCard.Library.PEFT, many, Map.of(), Map.of());
        assertThat(frontMatter(card).has("model-index")).isFalse();
        assertThat(card).contains("# custom lora\n", "| accuracy | not recorded in the task |", "`c49` and 10 more |");
    }

    @Test
    void aTaskTrainedWhileServingHasTheAccuracyOnWhatWasHeldOut() throws IOException {
        Map<String, Double> metrics = Map.of("heldOut.top1", 0.75, "heldOut.images", 8.0, "train.top1", 1.0);
        String card = card(ModelCard.Library.TIMM, List.of("a", "b"), metrics, Map.of());
        assertThat(card).contains("| accuracy | 75.0 % of 8 images of what was held out of `images` |");
        assertThat(frontMatter(card)
                        .at("/model-index/0/results/0/dataset/split")
                        .asText())
                .isEqualTo("validation");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    INLAY        | TunedModel.open(task, backbone)
                    INLAY        | inlay.load("task.safetensors").attach(network)
                    PEFT         | PeftModel.from_pretrained(model, ".")
                    TIMM         | timm.create_model("local-dir:.", pretrained=True)
                    TRANSFORMERS | AutoModelForImageClassification.from_pretrained(".")
                    ONNX         | onnxruntime.InferenceSession("model.onnx")
                    ONNX         | environment.createSession("model.onnx")
                    """)
    void saysHowALibraryLoadsTheModel(ModelCard.Library library, String line) throws IOException {
        String card = card(library, List.of("a", "b"), Map.of("test.top1", 1.0), Map.of("config", "no: {config"));
        assertThat(card).contains(line, "| accuracy | 100.0 % of the test split of `images` |");
        assertThat(frontMatter(card).get("library_name").asText()).isEqualToIgnoringCase(library.name());
    }
}
