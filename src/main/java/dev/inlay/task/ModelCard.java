package dev.inlay.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Resize;
import dev.inlay.file.AtomicFile;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.TuningSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * {@code README.md} beside a model: what it is, how good and how to load it, with the front matter of the Hugging Face hub. It says what the
 * task says about itself, and nothing else.
 *
 * <p>Source: <a href="https://huggingface.co/docs/hub/model-cards">Model Cards</a> and the
 * <a href="https://github.com/huggingface/hub-docs/blob/main/modelcard.md">specification of their metadata</a>.
 */
public final class ModelCard {
    /** The key of a task's provenance that names the backbone's repository on the hub. */
    public static final String BASE_MODEL = "baseModel";

    private static final String FILE = "README.md";

    /** What tasks that were trained while others are served are measured on, in their metrics. */
    private static final String HELD_OUT = "heldOut";

    private static final int MAX_CLASSES = 50;
    private static final YAMLMapper YAML =
            YAMLMapper.builder().enable(YAMLGenerator.Feature.MINIMIZE_QUOTES).build();

    private final Map<Role, Long> parameters;
    private final TaskInfo info;
    private final JsonNode config;
    private final Library library;
    private final String split;

    /** What loads the model that the card is beside. */
    public enum Library {
        /** Inlay, and {@code python/inlay}. */
        INLAY,
        /** PEFT, on a model of timm or transformers. */
        PEFT,
        /** timm. */
        TIMM,
        /** transformers. */
        TRANSFORMERS,
        /** Any runtime of ONNX. */
        ONNX
    }

    private ModelCard(Task task, Library library) {
        this.parameters = task.parameters();
        this.info = task.info();
        this.config = config(task.info());
        this.library = library;
        this.split = task.info().metrics().keySet().stream().anyMatch(key -> key.startsWith(HELD_OUT + "."))
                ? HELD_OUT
                : "test";
    }

    /** The config that the task was trained by, if it was by one. */
    private static JsonNode config(TaskInfo info) {
        try {
            return YAML.readTree(info.provenance().getOrDefault("config", "{}"));
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        }
    }

    /**
     * Writes {@code README.md}.
     *
     * @param folder of the model
     * @throws dev.inlay.error.StorageException if it cannot be written
     */
    public static void write(Task task, Library library, Path folder) {
        AtomicFile.write(folder.resolve(FILE), new ModelCard(task, library).text());
    }

    private String text() {
        String method = info.method();
        StringBuilder text = new StringBuilder(frontMatter())
                .append("---\n\n# ")
                .append(name())
                .append("\n\n");
        text.append(
                        switch (info.labels().kind()) {
                            case SINGLE -> "An image classifier of ";
                            case MULTI -> "A multi-label image classifier of ";
                            case NUMBERS -> "A regression from images to ";
                            case MASKS -> "A semantic segmentation of images into ";
                        })
                .append(info.classNames().size())
                .append(isOfNumbers() ? " numbers" : " classes")
                .append(": the backbone `");
        text.append(info.backbone().name())
                .append("`, tuned with `")
                .append(method)
                .append("` by Inlay");
        text.append(library == Library.INLAY ? "" : " and exported for " + title())
                .append(".\n\n");
        text.append("| | |\n| --- | --- |\n");
        row(text, isOfNumbers() || isOfMasks() ? "quality" : "accuracy", accuracy());
        row(text, "method", "`" + method + "`" + settings());
        List<TuningSpec> members = info.spec().members();
        if (members.size() > 1) {
            row(
                    text,
                    "members",
                    members.stream().map(member -> "`" + member.method() + "`").collect(Collectors.joining(", "))
                            + "; each has a head of its own, and their logits are averaged");
        }
        row(text, "trained parameters", trained());
        row(
                text,
                "backbone",
                "`" + info.backbone().name() + "`, SHA-256 `" + info.backbone().fingerprint() + "`");
        row(
                text,
                "images",
                info.transform().map(ModelCard::images).orElse("how they are resized and normalised is not recorded"));
        row(text, isOfNumbers() ? "numbers" : "classes", classes());
        if (info.labels() instanceof LabelSpace.ClassSet set) {
            row(text, "thresholds", "`" + set.thresholds() + "`, one for the probability (sigmoid) of each class");
        }
        text.append("\n## Use\n\n").append(use());
        text.append("\nThe accuracy is that of the images above; how the model does on others was not measured.\n");
        return text.toString();
    }

    private static void row(StringBuilder text, String name, String value) {
        text.append("| ")
                .append(name)
                .append(" | ")
                .append(value.replace("|", "\\|"))
                .append(" |\n");
    }

    private String frontMatter() {
        ObjectNode card = JsonNodeFactory.instance.objectNode();
        String kind =
                switch (info.labels().kind()) {
                    case SINGLE, MULTI -> "image-classification";
                    case NUMBERS -> "image-regression";
                    case MASKS -> "image-segmentation";
                };
        card.put("library_name", library.name().toLowerCase(Locale.ROOT));
        if (!isOfNumbers()) {
            card.put("pipeline_tag", kind); // the hub has none for regression
        }
        ArrayNode tags = card.putArray("tags").add(kind).add("inlay");
        tags.add(info.method());
        Optional.ofNullable(info.provenance().get(BASE_MODEL)).ifPresent(base -> card.put("base_model", base));
        Measure first = measures().get(0);
        if (metric(first.key).isPresent()) {
            card.putArray("metrics").add(first.type);
            ObjectNode model = card.putArray("model-index").addObject().put("name", name());
            ObjectNode result = model.putArray("results").addObject();
            result.putObject("task").put("type", kind);
            result.putObject("dataset")
                    .put("name", dataset())
                    .put("type", config.at("/data/type").asText().equals("builtin") ? "builtin" : "imagefolder")
                    .put("split", split.equals("test") ? "test" : "validation");
            ArrayNode values = result.putArray("metrics");
            measures().forEach(measure -> metric(measure.key)
                    .ifPresent(found -> value(values, measure.type, measure.name, found)));
        }
        try {
            return YAML.writeValueAsString(card);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean isOfNumbers() {
        return info.labels().kind() == LabelSpace.Kind.NUMBERS;
    }

    private boolean isOfMasks() {
        return info.labels().kind() == LabelSpace.Kind.MASKS;
    }

    /** What the hub calls a metric of a task. */
    private record Measure(String key, String type, String name) {}

    /** The metrics that a card tells, the most important one first. */
    private List<Measure> measures() {
        return switch (info.labels().kind()) {
            case SINGLE ->
                List.of(
                        new Measure("top1", "accuracy", "Top-1 accuracy"),
                        new Measure("meanPerClass", "balanced_accuracy", "Mean accuracy of the classes"));
            case MULTI ->
                List.of(
                        new Measure("meanAveragePrecision", "mean_average_precision", "Mean average precision"),
                        new Measure("macroF1", "f1", "Macro F1"));
            case NUMBERS ->
                List.of(
                        new Measure("r2", "r_squared", "R²"),
                        new Measure("mae", "mae", "Mean absolute error"),
                        new Measure("rmse", "rmse", "Root mean squared error"));
            case MASKS ->
                List.of(
                        new Measure("meanIou", "mean_iou", "Mean IoU"),
                        new Measure("pixelAccuracy", "accuracy", "Pixel accuracy"),
                        new Measure("meanAccuracy", "balanced_accuracy", "Mean accuracy of the classes"));
        };
    }

    private static void value(ArrayNode values, String type, String name, double value) {
        values.addObject().put("type", type).put("name", name).put("value", value);
    }

    private Optional<Double> metric(String name) {
        return Optional.ofNullable(info.metrics().get(split + "." + name));
    }

    private String name() {
        String name = config.path("name").asText();
        return name.isEmpty() || name.equals("run") ? info.backbone().name() + " " + info.method() : name;
    }

    /** The last name of what was learned from, which is never a path. */
    private String dataset() {
        JsonNode data = config.path("data");
        for (String key : List.of("task", "root")) {
            if (!data.path(key).asText().isEmpty()) {
                return data.path(key).asText();
            }
        }
        return data.path("type").asText("images");
    }

    private String accuracy() {
        Measure first = measures().get(0);
        Optional<Double> found = metric(first.key);
        if (found.isEmpty()) {
            return "not recorded in the task";
        }
        String images = metric("images")
                .map(count -> String.format(Locale.ROOT, "%,d images of ", count.longValue()))
                .orElse("");
        String of = split.equals("test") ? "the test split" : "what was held out";
        String quality = info.labels().kind() == LabelSpace.Kind.SINGLE
                ? String.format(Locale.ROOT, "%.1f %%", 100 * found.get())
                : String.format(Locale.ROOT, "%s %.3f", first.name, found.get());
        return String.format(Locale.ROOT, "%s of %s%s of `%s`", quality, images, of, dataset());
    }

    private String settings() {
        ObjectNode settings = JsonNodeFactory.instance.objectNode();
        config.path("method").properties().forEach(setting -> {
            if (!setting.getKey().equals("type")) {
                settings.set(setting.getKey(), setting.getValue());
            }
        });
        return settings.isEmpty() ? "" : ", `" + settings + "`";
    }

    private String trained() {
        long head = parameters.getOrDefault(Role.HEAD, 0L);
        long others = parameters.entrySet().stream()
                .filter(part -> part.getKey() != Role.HEAD && part.getKey() != Role.STATISTIC)
                .mapToLong(Map.Entry::getValue)
                .sum();
        return String.format(Locale.ROOT, "%,d, and a head of %,d", others, head);
    }

    private static String images(ImageTransform transform) {
        return resized(transform.resize()) + ", cropped to " + transform.height() + " × " + transform.width()
                + ", mean " + transform.normalization().mean() + ", standard deviation "
                + transform.normalization().std();
    }

    private static String resized(Resize resize) {
        String size = resize instanceof Resize.ShortSide side
                ? "shorter side resized to " + side.pixels()
                : "resized to " + resize.minHeight() + " × " + resize.minWidth();
        return size + " pixels (" + resize.interpolation().name().toLowerCase(Locale.ROOT) + ")";
    }

    private String classes() {
        List<String> names = info.classNames();
        String first =
                names.stream().limit(MAX_CLASSES).map(name -> "`" + name + "`").collect(Collectors.joining(", "));
        return names.size() <= MAX_CLASSES ? first : first + " and " + (names.size() - MAX_CLASSES) + " more";
    }

    private String title() {
        return switch (library) {
            case INLAY -> "Inlay";
            case PEFT -> "PEFT";
            case TIMM -> "timm";
            case TRANSFORMERS -> "transformers";
            case ONNX -> "runtimes of ONNX";
        };
    }

    private String inPython() {
        return "\nIn Python, with the package `inlay`:\n\n"
                + fenced(
                        "python",
                        """
                    network = timm.create_model(%s)  # with the backbone's weights
                    model = inlay.load("task.safetensors").attach(network).eval()
                    """
                                .formatted(backboneInTimm()));
    }

    /** How it is loaded, from within its folder. */
    private String use() {
        return switch (library) {
            case INLAY ->
                fenced(
                                "java",
                                """
                            Path task = Path.of("task.safetensors");
                            try (Backbone backbone = %s;
                                    TunedModel model = TunedModel.open(task, backbone)) {
                                %s(List.of(Path.of("image.jpg")));
                            }
                            """
                                        .formatted(
                                                info.backbone().name().equals("builtin")
                                                        ? "Inlay.backboneOf(task)"
                                                        : "Inlay.backboneOf(task, Path.of(\"model.safetensors\"))",
                                                isOfMasks()
                                                        ? "List<MaskPrediction> found = model.segment"
                                                        : "List<Prediction> found = model.predict"))
                        + (info.spec().members().size() > 1 || isOfMasks() ? "" : inPython());
            case PEFT ->
                fenced(
                        "python",
                        """
                    # model: the backbone, %s, with its weights and a head of %d classes
                    model = PeftModel.from_pretrained(model, ".")
                    """
                                .formatted(
                                        info.backbone().name(),
                                        info.classNames().size()));
            case TIMM -> fenced("python", "model = timm.create_model(\"local-dir:.\", pretrained=True).eval()\n");
            case TRANSFORMERS -> fenced("python", "model = AutoModelForImageClassification.from_pretrained(\".\")\n");
            case ONNX ->
                fenced(
                                "java",
                                """
                            OrtEnvironment environment = OrtEnvironment.getEnvironment();
                            try (OrtSession session = environment.createSession("model.onnx");
                                    OnnxTensor images = OnnxTensor.createTensor(environment, pixels, shape);
                                    OrtSession.Result result = session.run(Map.of("images", images))) {
                                %1$s logits = (%1$s) result.get("logits").orElseThrow().getValue();
                            }
                            """
                                        .formatted(isOfMasks() ? "float[][][][]" : "float[][]"))
                        + "\nIn Python:\n\n"
                        + fenced(
                                "python",
                                """
                            session = onnxruntime.InferenceSession("model.onnx")
                            logits = session.run(["logits"], {"images": images})[0]
                            """);
        };
    }

    private String backboneInTimm() {
        String name = info.backbone().name();
        return BackboneFamily.published().containsKey(name) ? "\"" + name + "\", pretrained=True" : "…";
    }

    private static String fenced(String language, String code) {
        return "```" + language + "\n" + code + "```\n";
    }
}
