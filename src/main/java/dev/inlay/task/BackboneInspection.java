package dev.inlay.task;

import dev.inlay.backbone.Fingerprint;
import dev.inlay.backbone.vit.VitShapes;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.tensor.Tensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** Looks into the weights of a ViT under timm's names. */
final class BackboneInspection {
    private BackboneInspection() {}

    static Inspection of(Path file) {
        try (SafeTensorsFile tensors = SafeTensorsFile.open(file)) {
            Map<String, List<Long>> shapes = new LinkedHashMap<>();
            tensors.names().forEach(name -> shapes.put(name, tensors.info(name).shape()));
            Optional<VitShapes> vit = VitShapes.of(shapes);
            if (vit.isPresent() && vit.get().differences().isEmpty()) {
                return of(tensors, vit.get());
            }
            Inspection other = TensorsInspection.of("weights of a network that is no plain ViT", file);
            String differences = vit.map(
                            shape -> "differs from a ViT in\n  " + String.join("\n  ", shape.differences()) + "\n\n")
                    .orElse("");
            return new Inspection(other.title(), other.rows(), differences + other.details());
        }
    }

    private static Inspection of(SafeTensorsFile file, VitShapes vit) {
        long parameters = vit.parameters().stream()
                .mapToLong(name -> file.info(name).elements())
                .sum();
        Rows rows = new Rows()
                .addBytes(file.path())
                .add("tensors", vit.parameters().size())
                .add("parameters", parameters)
                .add("embedDim", vit.embedDim())
                .add("depth", vit.depth())
                .add("patchSize", vit.patchSize())
                .add("mlpHidden", vit.mlpHidden())
                .add("tokens", vit.tokens())
                .add("headClasses", vit.classes())
                .add("variants", vit.variants())
                .add("fingerprint", fingerprint(file, vit.parameters()));
        file.metadata().forEach((key, value) -> rows.add("metadata." + key, value));
        return new Inspection("backbone " + file.path(), rows.list(), "");
    }

    /** As a loaded backbone has it. */
    private static String fingerprint(SafeTensorsFile file, List<String> parameters) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try {
            parameters.forEach(name -> tensors.put(name, StoredTensors.read(file, name)));
            return Fingerprint.of(tensors);
        } finally {
            tensors.values().forEach(Tensors::release);
        }
    }
}
