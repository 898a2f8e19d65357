package dev.inlay.checkpoint.naming;

import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.BiasGrid;
import dev.inlay.checkpoint.naming.PositionTable.Resampling;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tensors under timm's names, brought to the sizes of the network that is to hold them. */
public final class Fitting {
    private static final Logger LOG = LoggerFactory.getLogger(Fitting.class);
    private static final String POSITIONS = "pos_embed";
    private static final String PATCH_FILTERS = "patch_embed.proj.weight";
    private static final String CLASS_TOKEN = "cls_token";
    private static final String DISTILLATION_TOKEN = "dist_token";
    private static final String DISTILLATION_HEAD = "head_dist.";

    private final BackboneSpec spec;
    private final Map<String, List<Long>> shapes;
    private final Map<String, BiasGrid> biasGrids;
    private final Map<String, Tensor> tensors;
    private final Path file;
    private final Resampling resampling;
    private final List<String> notes;

    private Fitting(
            BackboneSpec spec, Map<String, Tensor> tensors, Path file, Resampling resampling, List<String> notes) {
        BackboneFamily family = BackboneFamily.of(spec);
        this.spec = spec;
        this.shapes = family.shapes(spec);
        this.biasGrids = family.biasGrids(spec);
        this.tensors = tensors;
        this.file = file;
        this.resampling = resampling;
        this.notes = notes;
    }

    /**
     * Drops the distillation token where the network has none, then resizes the position table and those of position biases.
     *
     * @param tensors changed in place; released if this fails
     * @param notes what was done is added
     * @throws DataException if the position table cannot be resized to the network's grid
     */
    static void to(
            BackboneSpec spec, Map<String, Tensor> tensors, Path file, Resampling resampling, List<String> notes) {
        Fitting fitting = new Fitting(spec, tensors, file, resampling, notes);
        try (PointerScope scope = new PointerScope()) {
            fitting.dropDistillation();
            fitting.resizePositions();
            fitting.resizeBiases();
        } catch (RuntimeException e) {
            tensors.values().forEach(Tensors::release);
            tensors.clear();
            throw e;
        }
    }

    /**
     * Resizes tables of positions to the images of a spec, where their sizes differ.
     *
     * @param tensors under timm's names, changed in place; released if this fails
     * @param source what to call them in errors
     * @throws DataException if the position table cannot be resized to the network's grid
     */
    public static void to(BackboneSpec spec, Map<String, Tensor> tensors, String source) {
        to(spec, tensors, Path.of(source), Resampling.BICUBIC_ANTIALIASED, new ArrayList<>());
    }

    /**
     * The shapes of a checkpoint as they are once it is fitted; a table that cannot be resized is left to {@link #to}.
     *
     * @param found name to shape of the checkpoint's tensors under timm's names
     */
    static Map<String, List<Long>> fitted(BackboneSpec spec, Map<String, List<Long>> found) {
        BackboneFamily family = BackboneFamily.of(spec);
        Map<String, List<Long>> expected = family.shapes(spec);
        Map<String, List<Long>> fitted = new LinkedHashMap<>(found);
        if (dropsDistillation(found, expected)) {
            fitted.keySet().removeIf(Fitting::isDistillation);
        }
        Set<String> resized = new HashSet<>(family.biasGrids(spec).keySet());
        resized.add(POSITIONS);
        resized.forEach(name -> {
            List<Long> shape = expected.get(name);
            List<Long> own = fitted.get(name);
            int rows = name.equals(POSITIONS) ? 1 : 0;
            if (shape != null
                    && own != null
                    && own.size() == shape.size()
                    && own.get(rows + 1).equals(shape.get(rows + 1))) {
                fitted.put(name, shape);
            }
        });
        return fitted;
    }

    /** Whether a checkpoint has a distillation token and the network has a class token alone. */
    private static boolean dropsDistillation(Map<String, ?> found, Map<String, List<Long>> expected) {
        return found.containsKey(DISTILLATION_TOKEN)
                && expected.containsKey(CLASS_TOKEN)
                && !expected.containsKey(DISTILLATION_TOKEN);
    }

    private static boolean isDistillation(String name) {
        return name.equals(DISTILLATION_TOKEN) || name.startsWith(DISTILLATION_HEAD);
    }

    private void dropDistillation() {
        if (!dropsDistillation(tensors, shapes)) {
            return;
        }
        Tensor table = tensors.get(POSITIONS);
        if (table != null && table.dim() == 3 && table.size(1) > 2) {
            replace(POSITIONS, Tensors.cat(List.of(table.narrow(1, 0, 1), table.narrow(1, 2, table.size(1) - 2)), 1));
        }
        tensors.entrySet().removeIf(entry -> {
            boolean distillation = isDistillation(entry.getKey());
            if (distillation) {
                Tensors.release(entry.getValue());
            }
            return distillation;
        });
        LOG.warn(
                "{}: dropped dist_token, its position and its head, which the network does not have;"
                        + " without them it computes other numbers than the distilled one",
                file);
    }

    /** As in timm, a table with the right number of rows is taken as it is. */
    private void resizePositions() {
        Tensor table = tensors.get(POSITIONS);
        List<Long> expected = shapes.getOrDefault(POSITIONS, List.of());
        List<Long> filters = shapes.getOrDefault(PATCH_FILTERS, List.of());
        if (table == null
                || table.dim() != 3
                || expected.size() != 3
                || filters.size() != 4
                || table.size(1) == expected.get(1)) {
            return;
        }
        int rows = Math.toIntExact(spec.height() / filters.get(2));
        int columns = Math.toIntExact(spec.width() / filters.get(3));
        int prefix = Math.toIntExact(expected.get(1) - (long) rows * columns);
        int side = PositionTable.side(table.size(1) - prefix);
        if (prefix < 0 || side == 0) {
            throw new DataException(file + ": " + POSITIONS + ": expected " + expected.get(1) + " rows ("
                    + prefix + " and " + rows + " × " + columns + " patches), or " + prefix
                    + " and the cells of a square, found " + table.size(1)
                    + " rows; choose the variant or spec that the weights were made for");
        }
        replace(POSITIONS, PositionTable.resize(table, prefix, rows, columns, resampling));
        notes.add("resized " + POSITIONS + " from " + side + " × " + side + " to " + rows + " × " + columns
                + " patches, " + resampling);
    }

    /** A table with the right number of rows is taken as it is; one that is not a square window's is the loader's to refuse. */
    private void resizeBiases() {
        int resized = 0;
        for (Map.Entry<String, BiasGrid> wanted : biasGrids.entrySet()) {
            Tensor table = tensors.get(wanted.getKey());
            BiasGrid grid = wanted.getValue();
            if (table == null || table.dim() != 2 || table.size(0) == grid.distances()) {
                continue;
            }
            int side = PositionTable.side(table.size(0));
            if (side % 2 == 1) {
                replace(wanted.getKey(), BiasTable.resize(table, side, grid));
                resized++;
            }
        }
        if (resized > 0) {
            notes.add("resized " + resized + " tables of position biases to the network's windows");
        }
    }

    private void replace(String name, Tensor table) {
        Tensors.release(tensors.put(name, Tensors.own(table)));
    }
}
