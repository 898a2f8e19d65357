package dev.inlay.task;

import dev.inlay.backbone.RecognisedShapes;
import dev.inlay.backbone.TensorFingerprint;
import dev.inlay.checkpoint.Checkpoint;
import dev.inlay.checkpoint.naming.BackboneWeights;
import dev.inlay.checkpoint.safetensors.TensorInfo;
import dev.inlay.tensor.Tensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;

/**
 * Looks into the weights of a network as loading does: which network of the file, whose layout, what becomes of every
 * tensor, and why no backbone can be made of it, if so. Elements are read for the fingerprint, and the periods of a rotation.
 */
final class WeightsInspection {
    private WeightsInspection() {}

    static Inspection of(Path path) {
        try (BackboneWeights weights = BackboneWeights.open(path)) {
            List<String> problems = weights.problems();
            Checkpoint file = weights.file();
            Map<String, TensorInfo> infos = file.infos();
            InspectionRows rows = new InspectionRows()
                    .addBytes(file.path())
                    .add("format", file.format())
                    .add("layout", weights.names().layout())
                    .add("tensors", infos.size())
                    .add(
                            "elements",
                            infos.values().stream()
                                    .mapToLong(TensorInfo::elements)
                                    .sum())
                    .add("mapped", weights.names().shapes().size())
                    .add("dropped", weights.names().dropped().size())
                    .add("unexplained", weights.names().unexplained());
            Optional<RecognisedShapes> recognised = weights.recognised();
            weights.facts().properties().forEach(fact -> rows.add(fact.getKey(), fact.getValue()));
            rows.add("variants", weights.variants());
            if (problems.isEmpty()) {
                rows.add("parameters", parameters(weights, recognised.orElseThrow()))
                        .add("fingerprint", fingerprint(weights, recognised.orElseThrow()));
            } else {
                rows.add("refused", problems);
            }
            file.metadata().forEach((key, value) -> rows.add("metadata." + key, value));
            List<String> notes = weights.notes();
            boolean plain = problems.isEmpty() && notes.isEmpty();
            return new Inspection(
                    (problems.isEmpty() ? "backbone " : "weights of a network that Inlay does not know ") + path,
                    rows.list(),
                    plain ? "" : details(notes, problems, recognised) + TensorsInspection.list(infos.values()));
        }
    }

    private static String details(List<String> notes, List<String> problems, Optional<RecognisedShapes> recognised) {
        String refused = problems.isEmpty()
                ? ""
                : "loading: refused"
                        + recognised
                                .map(found -> "; differs from a " + found.family())
                                .orElse("") + " in\n  "
                        + String.join("\n  ", problems) + "\n";
        return notes.stream().map(note -> "loading: " + note + "\n").collect(Collectors.joining()) + refused + "\n";
    }

    private static long parameters(BackboneWeights weights, RecognisedShapes found) {
        return found.parameters().stream()
                .mapToLong(name -> weights.names().shapes().get(name).stream().reduce(1L, (a, b) -> a * b))
                .sum();
    }

    /** As a loaded backbone has it. */
    private static String fingerprint(BackboneWeights weights, RecognisedShapes found) {
        Map<String, Tensor> tensors = weights.names().read(weights.file()::read);
        try {
            Map<String, Tensor> parameters = new LinkedHashMap<>();
            found.parameters().forEach(name -> parameters.put(name, tensors.get(name)));
            return TensorFingerprint.of(parameters);
        } finally {
            tensors.values().forEach(Tensors::release);
        }
    }
}
