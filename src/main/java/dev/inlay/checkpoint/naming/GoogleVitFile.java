package dev.inlay.checkpoint.naming;

import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.vit.VitSpec;
import dev.inlay.checkpoint.Checkpoint;
import dev.inlay.checkpoint.naming.PositionTable.Resampling;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The weights of a ViT from a checkpoint in Google's layout. What was mapped, dropped and resized goes to the log. */
final class GoogleVitFile {
    private static final Logger LOG = LoggerFactory.getLogger(BackboneWeights.class);
    private static final String POSITIONS = "pos_embed";

    private final String name;
    private final VitSpec spec;
    private final Path file;

    private GoogleVitFile(String name, VitSpec spec, Path file) {
        this.name = name;
        this.spec = spec;
        this.file = file;
    }

    /**
     * Reads the file; its position table is resized where {@code spec} has another grid of patches.
     *
     * @param name what to call the backbone in errors
     * @param spec the backbone that the weights are for
     * @return float32 under timm's names; owned by the caller
     * @throws DataException if the backbone is no ViT, or the file is damaged, no ViT in Google's layout, or not one of these
     *     sizes
     */
    static Map<String, Tensor> read(String name, BackboneSpec spec, Checkpoint file) {
        if (!(spec instanceof VitSpec vit)) {
            throw new DataException(file.path() + ": holds a ViT in Google's layout, but " + name + " is of the family "
                    + spec.family() + "; give other weights");
        }
        return new GoogleVitFile(name, vit, file.path()).read(file);
    }

    private Map<String, Tensor> read(Checkpoint arrays) {
        GoogleVit vit = GoogleVit.of(arrays);
        requireSizes(vit.sizes());
        Map<String, Tensor> tensors = vit.read();
        logNames(vit);
        resizePositions(tensors);
        return tensors;
    }

    private void requireSizes(GoogleVit.Sizes found) {
        List<String> problems = new ArrayList<>();
        compare(problems, "patch", spec.patchSize(), found.patchSize());
        compare(problems, "dim", spec.embedDim(), found.embedDim());
        compare(problems, "depth", spec.depth(), found.depth());
        compare(problems, "heads", spec.numHeads(), found.numHeads());
        compare(problems, "hidden", spec.mlpHidden(), found.mlpHidden());
        if (found.tokens() != spec.tokens() && PositionTable.side(found.tokens() - 1) == 0) {
            problems.add("positions: expected " + spec.tokens() + " or 1 + side², found " + found.tokens());
        }
        if (!problems.isEmpty()) {
            throw new DataException(file + " does not hold a " + name + ":\n  - " + String.join("\n  - ", problems)
                    + "\nchoose the variant or spec that the weights were made for");
        }
    }

    private static void compare(List<String> problems, String size, long expected, long found) {
        if (found != expected) {
            problems.add(size + ": expected " + expected + ", found " + found);
        }
    }

    /** As in timm, a table with the right number of rows is taken as it is. */
    private void resizePositions(Map<String, Tensor> tensors) {
        Tensor table = tensors.get(POSITIONS);
        if (table.size(1) == spec.tokens()) {
            return;
        }
        int side = PositionTable.side(table.size(1) - 1);
        int rows = spec.height() / spec.patchSize();
        int columns = spec.width() / spec.patchSize();
        try (PointerScope scope = new PointerScope()) {
            tensors.put(POSITIONS, Tensors.own(PositionTable.resize(table, 1, rows, columns, Resampling.BILINEAR)));
        }
        Tensors.release(table);
        LOG.info(
                "{}: resized {} from {} × {} to {} × {} patches, bilinear", file, POSITIONS, side, side, rows, columns);
    }

    private void logNames(GoogleVit vit) {
        String mapped = vit.mapped().entrySet().stream()
                .map(entry -> "\n  " + entry.getKey() + " ← " + String.join(", ", entry.getValue()))
                .collect(Collectors.joining());
        LOG.info(
                "{}: Google's layout, mapped to {} tensors:{}",
                file,
                vit.mapped().size(),
                mapped);
        if (!vit.dropped().isEmpty()) {
            LOG.info("{}: dropped {}", file, String.join(", ", vit.dropped()));
        }
    }
}
