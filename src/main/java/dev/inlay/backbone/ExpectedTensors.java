package dev.inlay.backbone;

import dev.inlay.error.DataException;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * The tensors that a checkpoint of a backbone holds: every parameter, the classifiers or not, nothing else.
 *
 * @param parameters name to shape of every parameter
 * @param heads the classifiers that may be there
 * @param embedDim width of the features, D
 * @param notComputed what networks with such tensors compute that the family does not; one line each
 */
public record ExpectedTensors(
        Map<String, List<Long>> parameters, List<Head> heads, int embedDim, List<String> notComputed) {
    /**
     * A classifier's two tensors.
     *
     * @param layer timm's name of the linear layer
     */
    public record Head(String layer) {
        /** The name of the matrix, (C, D). */
        public String weight() {
            return layer + ".weight";
        }

        /** The name of the bias, (C). */
        public String bias() {
            return layer + ".bias";
        }

        /** The classifier among tensors that are as expected; empty if it is not there. */
        public Optional<Classifier> read(Map<String, Tensor> tensors) {
            return Optional.ofNullable(tensors.get(weight()))
                    .map(found -> new Classifier(Tensors.floats(found), Tensors.floats(tensors.get(bias()))));
        }

        private Optional<String> difference(Map<String, List<Long>> found, int embedDim) {
            List<Long> w = found.get(weight());
            List<Long> b = found.get(bias());
            if (w == null && b == null) {
                return Optional.empty();
            }
            if (w == null || b == null) {
                return Optional.of("head: " + weight() + " and " + bias() + " come together, one is missing");
            }
            boolean fits = w.size() == 2 && w.get(1) == embedDim && b.equals(w.subList(0, 1));
            return fits
                    ? Optional.empty()
                    : Optional.of("head: expected (C, " + embedDim + ") and (C), found " + w + " and " + b);
        }

        private boolean has(String name) {
            return name.equals(weight()) || name.equals(bias());
        }
    }

    /**
     * How the tensors of a checkpoint differ from these.
     *
     * @param found name to shape of the checkpoint's tensors
     * @return one line for each thing that is not computed, and each tensor that is missing, unexpected or of another shape
     */
    public List<String> differences(Map<String, List<Long>> found) {
        List<String> differences = new ArrayList<>(notComputed);
        parameters.forEach((name, shape) -> {
            if (!found.containsKey(name)) {
                differences.add("missing " + name + " " + shape);
            } else if (!found.get(name).equals(shape)) {
                differences.add(name + ": expected " + shape + ", found " + found.get(name));
            }
        });
        found.forEach((name, shape) -> {
            if (!parameters.containsKey(name) && heads.stream().noneMatch(head -> head.has(name))) {
                differences.add("unexpected " + name + " " + shape);
            }
        });
        heads.forEach(head -> head.difference(found, embedDim).ifPresent(differences::add));
        return differences;
    }

    /**
     * Refuses tensors that are not these.
     *
     * @param name what to call the backbone in errors
     * @param source what to call the checkpoint in errors
     * @throws DataException listing every tensor that is missing, unexpected, of another shape or not finite
     */
    public void require(Map<String, Tensor> tensors, String name, String source) {
        List<String> problems = differences(Tensors.shapesOf(tensors));
        if (!problems.isEmpty()) {
            throw new DataException(source + " does not hold a " + name + " (" + problems.size()
                    + (problems.size() == 1 ? " tensor differs" : " tensors differ") + "):\n  - "
                    + String.join("\n  - ", problems) + "\nchoose the variant or spec that the weights were made for");
        }
        requireFinite(tensors, source);
    }

    private static void requireFinite(Map<String, Tensor> tensors, String source) {
        List<String> damaged = new ArrayList<>();
        try (PointerScope scope = new PointerScope()) {
            tensors.forEach((key, tensor) -> {
                if (!tensor.isfinite().all().item_bool()) {
                    damaged.add(key);
                }
            });
        }
        if (!damaged.isEmpty()) {
            throw new DataException(source + ": expected finite numbers, found others in " + String.join(", ", damaged)
                    + "; the file is damaged, get it again");
        }
    }
}
