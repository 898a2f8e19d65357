package dev.inlay.task;

import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.Fingerprint;
import dev.inlay.backbone.RecognisedShapes;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.tensor.Tensors;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** Looks into the weights of a backbone under timm's names. */
final class BackboneInspection {
    private BackboneInspection() {}

    static Inspection of(Path file) {
        try (SafeTensorsFile tensors = SafeTensorsFile.open(file)) {
            Optional<RecognisedShapes> nearest = nearest(tensors);
            if (nearest.isPresent() && nearest.get().differences().isEmpty()) {
                return of(tensors, nearest.get());
            }
            Inspection other = TensorsInspection.of("weights of a network that Inlay does not know", file);
            String differences = nearest.map(shapes -> "differs from a " + shapes.family() + " in\n  "
                            + String.join("\n  ", shapes.differences()) + "\n\n")
                    .orElse("");
            return new Inspection(other.title(), other.rows(), differences + other.details());
        }
    }

    /** What the family says that finds the fewest differences; empty if the tensors are nothing like any family's. */
    static Optional<RecognisedShapes> nearest(SafeTensorsFile file) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        file.names().forEach(name -> shapes.put(name, file.info(name).shape()));
        return nearest(shapes);
    }

    /**
     * The same for tensors under timm's names, wherever they come from.
     *
     * @param shapes name to shape
     */
    static Optional<RecognisedShapes> nearest(Map<String, List<Long>> shapes) {
        return BackboneFamily.all().values().stream()
                .flatMap(family -> family.recognise(shapes).stream())
                .min(Comparator.comparingInt(found -> found.differences().size()));
    }

    private static Inspection of(SafeTensorsFile file, RecognisedShapes found) {
        long parameters = found.parameters().stream()
                .mapToLong(name -> file.info(name).elements())
                .sum();
        Rows rows = new Rows()
                .addBytes(file.path())
                .add("tensors", found.parameters().size())
                .add("parameters", parameters);
        found.facts().properties().forEach(fact -> rows.add(fact.getKey(), fact.getValue()));
        rows.add("variants", found.variants()).add("fingerprint", fingerprint(file, found.parameters()));
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
