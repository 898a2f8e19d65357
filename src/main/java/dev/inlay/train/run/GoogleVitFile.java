package dev.inlay.train.run;

import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.backbone.vit.VitLoader;
import dev.inlay.backbone.vit.VitSpec;
import dev.inlay.checkpoint.naming.GoogleVit;
import dev.inlay.checkpoint.naming.PositionTable;
import dev.inlay.checkpoint.npz.NpzFile;
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

/** A ViT of an {@code .npz} file in Google's layout. What was mapped, dropped and resized goes to the log. */
final class GoogleVitFile {
    private static final Logger LOG = LoggerFactory.getLogger(GoogleVitFile.class);
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
     * Loads the file; its position table is resized where {@code spec} has another grid of patches.
     *
     * @throws DataException if the file is damaged, is no ViT in Google's layout, or not one of these sizes
     */
    static VisionTransformer load(String name, VitSpec spec, Path file) {
        return new GoogleVitFile(name, spec, file).load();
    }

    private VisionTransformer load() {
        try (NpzFile arrays = NpzFile.open(file)) {
            GoogleVit vit = GoogleVit.of(arrays);
            requireSizes(vit.sizes());
            Map<String, Tensor> tensors = vit.read();
            try {
                logNames(vit);
                resizePositions(tensors);
                return VitLoader.load(name, spec, tensors, file.toString());
            } finally {
                tensors.values().forEach(Tensors::release);
            }
        }
    }

    private void requireSizes(GoogleVit.Sizes found) {
        List<String> problems = new ArrayList<>();
        compare(problems, "patch", spec.patchSize(), found.patchSize());
        compare(problems, "dim", spec.embedDim(), found.embedDim());
        compare(problems, "depth", spec.depth(), found.depth());
        compare(problems, "heads", spec.numHeads(), found.numHeads());
        compare(problems, "hidden", spec.mlpHidden(), found.mlpHidden());
        if (found.tokens() != spec.tokens() && PositionTable.side(found.tokens()) == 0) {
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
        int side = PositionTable.side(table.size(1));
        int rows = spec.height() / spec.patchSize();
        int columns = spec.width() / spec.patchSize();
        try (PointerScope scope = new PointerScope()) {
            tensors.put(POSITIONS, Tensors.own(PositionTable.bilinear(table, rows, columns)));
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
