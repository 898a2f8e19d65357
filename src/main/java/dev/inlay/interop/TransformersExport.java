package dev.inlay.interop;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.SpecJson;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.naming.Translation;
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
import dev.inlay.tensor.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/**
 * Tasks as whole models of transformers: {@code ViTForImageClassification.from_pretrained(FOLDER)}, and likewise
 * {@code SwinForImageClassification} and {@code ConvNextForImageClassification}.
 *
 * <p>Source of the files: {@code models/vit}, {@code models/swin}, {@code models/convnext} and {@code image_processing_*.py} of
 * <a href="https://github.com/huggingface/transformers">transformers</a>.
 */
public final class TransformersExport {
    private static final int BILINEAR = 2;
    private static final int BICUBIC = 3;

    private TransformersExport() {}

    /**
     * Makes a folder of {@code model.safetensors}, {@code config.json}, {@code README.md} and, if transformers has the task's transform,
     * {@code preprocessor_config.json}.
     *
     * @param task whose method can be merged into the weights
     * @param backbone the task's: a plain ViT, a Swin Transformer or a ConvNeXt
     * @param out the folder; nothing is there yet
     * @return what a person should know
     * @throws ConfigException listing what cannot be merged, or what transformers' network does not have; or if {@code out}
     *     holds anything
     * @throws dev.inlay.error.DataException if the task is of another backbone
     */
    public static List<String> write(Task task, Backbone backbone, Path out) {
        task.requireWholeImages("a ViT, Swin or ConvNeXt of transformers");
        AtomicFolder.requireFree(out);
        List<String> notes = new ArrayList<>();
        TransformersFamily family = TransformersFamily.of(backbone);
        ObjectNode config = config(task, backbone, family);
        Optional<ObjectNode> processor = processor(task, notes);
        try (MergedWeights merged = MergedWeights.of(task, backbone)) {
            Translation translation = family.layout().fromTimm(Tensors.shapesOf(merged.tensors()));
            if (!translation.unexplained().isEmpty()) {
                throw new ConfigException(
                        backbone.name() + " is no " + family.classifier() + " of transformers, which does not have",
                        translation.unexplained());
            }
            Map<String, Tensor> stored = translation.read(
                    name -> Tensors.own(merged.tensors().get(name).clone()));
            try {
                List<TensorEntry> entries = new ArrayList<>();
                stored.forEach((name, tensor) -> entries.add(StoredTensors.entry(name, tensor)));
                AtomicFolder.write(out, folder -> {
                    SafeTensorsWriter.write(folder.resolve("model.safetensors"), entries, Map.of("format", "pt"));
                    AtomicFile.write(folder.resolve("config.json"), config.toPrettyString() + "\n");
                    ModelCard.write(task, ModelCard.Library.TRANSFORMERS, folder);
                    processor.ifPresent(json ->
                            AtomicFile.write(folder.resolve("preprocessor_config.json"), json.toPrettyString() + "\n"));
                });
            } finally {
                stored.values().forEach(Tensors::release);
            }
        }
        return notes;
    }

    private static ObjectNode config(Task task, Backbone backbone, TransformersFamily family) {
        ObjectNode spec = SpecJson.write(backbone.spec().withoutHead());
        Set<String> others = family.others(spec);
        if (!others.isEmpty()) {
            throw new ConfigException(
                    family.classifier() + " of transformers does not have what " + backbone.name() + " has",
                    List.copyOf(others));
        }
        ObjectNode config = JsonNodeFactory.instance.objectNode().put("model_type", family.modelType());
        config.putArray("architectures").add(family.classifier());
        family.describe(spec, config);
        config.put("hidden_act", "gelu");
        if (backbone.height() == backbone.width()) {
            config.put("image_size", backbone.height());
        } else {
            config.putArray("image_size").add(backbone.height()).add(backbone.width());
        }
        config.set("patch_size", spec.get("patch"));
        config.put("num_channels", 3).put("initializer_range", 0.02);
        config.put("dtype", "float32").put("torch_dtype", "float32");
        ObjectNode labels = config.putObject("id2label");
        ObjectNode ids = config.putObject("label2id");
        List<String> names = task.info().classNames();
        for (int i = 0; i < names.size(); i++) {
            labels.put(String.valueOf(i), names.get(i));
            ids.put(names.get(i), i);
        }
        switch (task.info().labels().kind()) {
            case SINGLE -> {
                // transformers' own default
            }
            case MULTI -> config.put("problem_type", "multi_label_classification");
            case NUMBERS -> config.put("problem_type", "regression");
            case MASKS -> throw new IllegalStateException("tasks of masks are refused");
        }
        return config;
    }

    private static Optional<ObjectNode> processor(Task task, List<String> notes) {
        Optional<ImageTransform> known = task.info().transform();
        if (known.isEmpty()) {
            notes.add("the task knows no transform for images: no preprocessor_config.json");
            return Optional.empty();
        }
        ImageTransform transform = known.get();
        Resize resize = transform.resize();
        boolean crops = resize.minHeight() != transform.height() || resize.minWidth() != transform.width();
        if (resize.interpolation() == Interpolation.TF1) {
            notes.add("transformers has no TensorFlow-1 resize: no preprocessor_config.json; resize images yourself");
            return Optional.empty();
        }
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ObjectNode size = JsonNodeFactory.instance.objectNode();
        if (resize instanceof Resize.ShortSide shortSide) {
            size.put("shortest_edge", shortSide.pixels());
        } else {
            size.put("height", resize.minHeight()).put("width", resize.minWidth());
        }
        boolean cuts = crops || resize instanceof Resize.ShortSide;
        json.put("image_processor_type", cuts ? "CLIPImageProcessor" : "ViTImageProcessor")
                .put("do_resize", true)
                .set("size", size);
        json.put("resample", resize.interpolation() == Interpolation.BICUBIC ? BICUBIC : BILINEAR);
        if (cuts) {
            json.put("do_center_crop", true)
                    .putObject("crop_size")
                    .put("height", transform.height())
                    .put("width", transform.width());
        }
        json.put("do_convert_rgb", true).put("do_rescale", true).put("rescale_factor", 1.0 / 255);
        json.put("do_normalize", true);
        transform.normalization().mean().forEach(json.putArray("image_mean")::add);
        transform.normalization().std().forEach(json.putArray("image_std")::add);
        return Optional.of(json);
    }
}
