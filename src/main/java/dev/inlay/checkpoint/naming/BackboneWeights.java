package dev.inlay.checkpoint.naming;

import dev.inlay.backbone.BackboneSpec;
import dev.inlay.checkpoint.Checkpoint;
import dev.inlay.error.DataException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.Tensor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The weights of a backbone from a file that somebody made: any format of {@link Checkpoint}, any of the {@link Layouts},
 * or Google's. What was mapped, dropped and resized goes to the log.
 */
public final class BackboneWeights {
    private static final Logger LOG = LoggerFactory.getLogger(BackboneWeights.class);
    private static final int MOST_LINES = 20;
    private static final int MOST_NAMED = 5;

    /** What holds numbers under a name but is no plain tensor. */
    private static final Pattern UNREAD_TENSOR = Pattern.compile(
            "^a tensor of |^torch\\._(utils|tensor)\\.|\\.multiarray\\._reconstruct$|numeric\\._frombuffer$");

    private BackboneWeights() {}

    /**
     * Reads a checkpoint for a backbone: its tensors under timm's names, its position table resized where {@code spec} has
     * another grid of patches. The family's loader still compares names and shapes.
     *
     * @param name what to call the backbone in errors
     * @param spec the backbone that the weights are for
     * @param path a file, an index of several, or a folder
     * @return float32 under timm's names; owned by the caller
     * @throws DataException if the file is damaged, tensors of it are unexplained, its position table cannot be resized, or
     *     settings beside it contradict {@code spec}
     */
    public static Map<String, Tensor> read(String name, BackboneSpec spec, Path path) {
        try (Checkpoint file = Network.in(Checkpoint.open(path))) {
            if (GoogleVit.recognises(file.infos().keySet())) {
                return GoogleVitFile.read(name, spec, file);
            }
            requireRead(file);
            Layout layout = Layouts.of(file.infos().keySet());
            if (layout.isTransformers()) {
                TransformersConfig.beside(file).ifPresent(config -> config.requireAgreement(spec));
            }
            Translation translation = layout.toTimm(file.infos());
            requireExplained(file, translation);
            Map<String, Tensor> tensors = translation.read(file::read);
            List<String> notes = new ArrayList<>(file.notes());
            notes.addAll(translation.notes());
            Fitting.to(spec, tensors, path, notes);
            notes.forEach(note -> LOG.info("{}: {}", path, note));
            return tensors;
        }
    }

    private static void requireRead(Checkpoint file) {
        List<String> unread = file.unread().entrySet().stream()
                .filter(entry -> UNREAD_TENSOR.matcher(entry.getValue()).find())
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .toList();
        if (!unread.isEmpty()) {
            throw new DataException(file.path() + ": expected plain tensors, found " + unread.size()
                    + " of a kind that is not read: "
                    + String.join(", ", unread.subList(0, Math.min(MOST_NAMED, unread.size())))
                    + "; save the weights as float32 anew");
        }
    }

    private static void requireExplained(Checkpoint file, Translation translation) {
        List<String> unexplained = translation.unexplained();
        if (!unexplained.isEmpty()) {
            String more = unexplained.size() > MOST_LINES ? "\n  … and " + (unexplained.size() - MOST_LINES) : "";
            throw new DataException(file.path() + ": in " + translation.layout() + ", found "
                    + unexplained.size() + " without explanation:\n  - "
                    + String.join("\n  - ", unexplained.subList(0, Math.min(MOST_LINES, unexplained.size()))) + more
                    + "\nthey belong to another network, or the file is not complete");
        }
    }
}
