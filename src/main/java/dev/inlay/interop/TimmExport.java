package dev.inlay.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.SpecJson;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Interpolation;
import dev.inlay.data.transform.Resize;
import dev.inlay.error.ConfigException;
import dev.inlay.file.AtomicFile;
import dev.inlay.file.AtomicFolder;
import dev.inlay.task.ModelCard;
import dev.inlay.task.Task;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Tasks as whole models of timm: {@code timm.create_model("local-dir:FOLDER", pretrained=True)}, or
 * {@code create_model(architecture, checkpoint_path=…, num_classes=C, **model_args)}.
 *
 * <p>Source of the files: {@code models/_hub.py} and {@code data/config.py} of
 * <a href="https://github.com/huggingface/pytorch-image-models">timm</a>.
 */
public final class TimmExport {
    private TimmExport() {}

    /**
     * Makes a folder of {@code model.safetensors}, {@code config.json} and {@code README.md}.
     *
     * @param task whose method can be merged into the weights
     * @param backbone the task's
     * @param out the folder; nothing is there yet
     * @return what a person should know
     * @throws ConfigException listing what cannot be merged, or what timm has no network for; or if {@code out} holds
     *     anything
     * @throws dev.inlay.error.DataException if the task is of another backbone
     */
    public static List<String> write(Task task, Backbone backbone, Path out) {
        task.requireWholeImages("a network of timm");
        AtomicFolder.requireFree(out);
        List<String> notes = new ArrayList<>();
        ObjectNode config = config(task, backbone, notes);
        try (MergedWeights merged = MergedWeights.of(task, backbone)) {
            List<TensorEntry> entries = new ArrayList<>();
            merged.tensors().forEach((name, tensor) -> entries.add(StoredTensors.entry(name, tensor)));
            AtomicFolder.write(out, folder -> {
                SafeTensorsWriter.write(folder.resolve("model.safetensors"), entries, Map.of("format", "pt"));
                AtomicFile.write(folder.resolve("config.json"), config.toPrettyString() + "\n");
                ModelCard.write(task, ModelCard.Library.TIMM, folder);
            });
        }
        return notes;
    }

    private static ObjectNode config(Task task, Backbone backbone, List<String> notes) {
        List<String> names = task.info().classNames();
        ObjectNode arguments = JsonNodeFactory.instance.objectNode();
        String architecture = architecture(backbone, arguments);
        ObjectNode config = JsonNodeFactory.instance
                .objectNode()
                .put("architecture", architecture)
                .put("num_classes", names.size())
                .put("num_features", backbone.embedDim());
        ObjectNode pretrained = config.putObject("pretrained_cfg").put("custom_load", false);
        pretrained.putArray("input_size").add(3).add(backbone.height()).add(backbone.width());
        pretrained.put("num_classes", names.size());
        List<String> heads = BackboneFamily.of(backbone.spec()).headNames(backbone.spec());
        if (heads.size() == 1) {
            pretrained.put("classifier", heads.get(0));
        } else {
            heads.forEach(pretrained.putArray("classifier")::add);
        }
        task.info()
                .transform()
                .ifPresentOrElse(
                        transform -> transform(transform, pretrained, notes),
                        () -> notes.add("the task knows no transform for images, so config.json has timm's own"));
        names.forEach(config.putArray("label_names")::add);
        if (!arguments.isEmpty()) {
            config.set("model_args", arguments);
        }
        return config;
    }

    /**
     * The name of the network in timm.
     *
     * @param arguments what it differs in from the published network is added
     */
    private static String architecture(Backbone backbone, ObjectNode arguments) {
        TimmFamily family = TimmFamily.of(backbone);
        ObjectNode spec = SpecJson.write(backbone.spec().withoutHead());
        Optional<BackboneSpec> published =
                Optional.ofNullable(BackboneFamily.published().get(backbone.name()));
        Set<String> problems = new TreeSet<>(family.unloadable(spec));
        if (published.isEmpty()) {
            problems.addAll(family.unnamed(spec));
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(
                    "timm has no network of the sizes of " + backbone.name() + " that a file could name",
                    List.copyOf(problems));
        }
        if (published.isEmpty()) {
            imageSize(family, spec, arguments);
            family.describe(spec, arguments);
            return family.template();
        }
        ObjectNode theirs = SpecJson.write(published.get().withoutHead());
        if (!spec.get("height").equals(theirs.get("height"))
                || !spec.get("width").equals(theirs.get("width"))) {
            imageSize(family, spec, arguments);
            theirs.set("height", spec.get("height"));
            theirs.set("width", spec.get("width"));
        }
        requireEqual(backbone.name(), spec, theirs);
        return backbone.name();
    }

    /** timm truncates dim · ratio to a whole number. */
    static double ratio(int hidden, int dim) {
        double ratio = (double) hidden / dim;
        return (int) (dim * ratio) == hidden ? ratio : Math.nextUp(ratio);
    }

    private static void imageSize(TimmFamily family, ObjectNode spec, ObjectNode arguments) {
        if (family.isSized()) {
            arguments.putArray("img_size").add(spec.get("height")).add(spec.get("width"));
        }
    }

    private static void requireEqual(String name, ObjectNode spec, ObjectNode published) {
        List<String> differences = new ArrayList<>();
        TreeSet<String> keys = new TreeSet<>();
        spec.fieldNames().forEachRemaining(keys::add);
        published.fieldNames().forEachRemaining(keys::add);
        for (String key : keys) {
            JsonNode ours = spec.path(key);
            if (!ours.equals(published.path(key))) {
                differences.add(key + ": " + ours + ", timm's has " + published.path(key));
            }
        }
        if (!differences.isEmpty()) {
            throw new ConfigException(
                    "the backbone is not timm's " + name + ", so timm would compute other numbers", differences);
        }
    }

    private static void transform(ImageTransform transform, ObjectNode pretrained, List<String> notes) {
        Resize resize = transform.resize();
        transform.normalization().mean().forEach(pretrained.putArray("mean")::add);
        transform.normalization().std().forEach(pretrained.putArray("std")::add);
        if (resize.interpolation() == Interpolation.TF1) {
            notes.add("timm has no TensorFlow-1 resize: config.json says bilinear, which gives other pixels");
        }
        pretrained.put("interpolation", resize.interpolation() == Interpolation.BICUBIC ? "bicubic" : "bilinear");
        int before = resize.minHeight();
        boolean square = transform.height() == transform.width();
        if (resize instanceof Resize.ShortSide && square) {
            pretrained.put("crop_mode", "center").put("crop_pct", share(transform.height(), before));
        } else if (resize instanceof Resize.Exact exact
                && exact.height() * transform.width() == exact.width() * transform.height()) {
            pretrained.put("crop_mode", "squash").put("crop_pct", share(transform.height(), before));
        } else {
            notes.add("timm has no such resize and crop: resize images to " + resize + " and crop them to "
                    + transform.height() + " x " + transform.width() + " before the model");
        }
    }

    /** The share for which timm, which rounds {@code crop / share} down, resizes to {@code before}. */
    static double share(int crop, int before) {
        double share = (double) crop / before;
        return (int) Math.floor(crop / share) == before ? share : Math.nextDown(share);
    }
}
