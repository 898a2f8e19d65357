package dev.inlay.task;

import dev.inlay.backbone.RecognisedShapes;
import dev.inlay.checkpoint.Checkpoint;
import dev.inlay.checkpoint.naming.GoogleVit;
import dev.inlay.checkpoint.naming.Layouts;
import dev.inlay.checkpoint.naming.Network;
import dev.inlay.checkpoint.naming.Translation;
import dev.inlay.checkpoint.safetensors.TensorInfo;
import dev.inlay.error.DataException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Looks into weights that are not under timm's names in one safetensors file: whose layout it is, what loading would make of
 * it, and every tensor. No element is read.
 */
final class CheckpointInspection {
    private CheckpointInspection() {}

    static Inspection of(Path path) {
        try (Checkpoint file = Network.in(Checkpoint.open(path))) {
            Map<String, TensorInfo> infos = file.infos();
            Rows rows = new Rows()
                    .addBytes(file.path())
                    .add("format", file.format())
                    .add("tensors", infos.size())
                    .add(
                            "elements",
                            infos.values().stream()
                                    .mapToLong(TensorInfo::elements)
                                    .sum());
            List<String> notes = new ArrayList<>(file.notes());
            if (GoogleVit.recognises(infos.keySet())) {
                notes.addAll(google(file, rows));
            } else {
                notes.addAll(translated(file, rows));
            }
            file.metadata().forEach((key, value) -> rows.add("metadata." + key, value));
            String loading =
                    notes.stream().map(note -> "loading: " + note + "\n").collect(Collectors.joining());
            return new Inspection(
                    "checkpoint " + path, rows.list(), loading + "\n" + TensorsInspection.list(infos.values()));
        }
    }

    private static List<String> translated(Checkpoint file, Rows rows) {
        Translation translation = Layouts.of(file.infos().keySet()).toTimm(file.infos());
        rows.add("layout", translation.layout())
                .add("mapped", translation.shapes().size())
                .add("dropped", translation.dropped().size())
                .add("unexplained", translation.unexplained());
        Optional<RecognisedShapes> nearest = BackboneInspection.nearest(translation.shapes());
        nearest.ifPresent(found -> {
            found.facts().properties().forEach(fact -> rows.add(fact.getKey(), fact.getValue()));
            rows.add("variants", found.variants());
        });
        List<String> notes = new ArrayList<>(translation.notes());
        nearest.map(RecognisedShapes::differences)
                .filter(differences -> !differences.isEmpty())
                .ifPresent(differences ->
                        notes.add("differs from a " + nearest.get().family() + " in" + lines(differences)));
        if (!translation.unexplained().isEmpty()) {
            notes.add("refused, found without explanation" + lines(translation.unexplained()));
        }
        return notes;
    }

    private static List<String> google(Checkpoint arrays, Rows rows) {
        try {
            GoogleVit vit = GoogleVit.of(arrays);
            rows.add("layout", "Google's ViT")
                    .add("mapped", vit.mapped().size())
                    .add("dropped", vit.dropped().size())
                    .add("embedDim", vit.sizes().embedDim())
                    .add("depth", vit.sizes().depth())
                    .add("numHeads", vit.sizes().numHeads())
                    .add("patchSize", vit.sizes().patchSize())
                    .add("tokens", vit.sizes().tokens())
                    .add("headClasses", vit.sizes().classes());
            List<String> mapped = vit.mapped().entrySet().stream()
                    .map(entry -> entry.getKey() + " ← " + String.join(", ", entry.getValue()))
                    .toList();
            return List.of("Google's layout, mapped to" + lines(mapped), "dropped " + String.join(", ", vit.dropped()));
        } catch (DataException e) {
            rows.add("layout", "unknown");
            return List.of("refused, " + e.getMessage());
        }
    }

    private static String lines(List<String> lines) {
        return lines.stream().map(line -> "\n  " + line).collect(Collectors.joining());
    }
}
