package dev.inlay.tuning.mixed;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.TunableParameter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which vectors of a backbone are added to which products, so that they can be changed behind the product. */
final class ProductBiases {
    private final Map<String, List<Bias>> byWeight = new HashMap<>();
    private final Set<String> names = new HashSet<>();

    /**
     * A vector that is added to a product.
     *
     * @param parameter its name
     * @param column of the product's output that its first number is added to
     */
    record Bias(String parameter, int column) {}

    ProductBiases(Backbone backbone) {
        Map<List<Object>, TunableParameter> vectors = new HashMap<>();
        backbone.tunableParameters().stream()
                .filter(tunable -> tunable.kind() == TunableParameter.Kind.VECTOR && tunable.isBias())
                .forEach(tunable -> vectors.put(List.of(tunable.block(), tunable.operation()), tunable));
        for (TunableParameter matrix : backbone.tunableParameters()) {
            TunableParameter vector = vectors.get(List.<Object>of(matrix.block(), matrix.operation()));
            if (matrix.kind() == TunableParameter.Kind.MATRIX && vector != null) {
                Bias bias = new Bias(vector.parameter(), Math.toIntExact(matrix.firstRow() - vector.firstRow()));
                List<Bias> known = byWeight.computeIfAbsent(matrix.parameter(), w -> new ArrayList<>());
                if (!known.contains(bias)) {
                    known.add(bias);
                }
                names.add(vector.parameter());
            }
        }
    }

    /** Those of the product with a matrix. */
    List<Bias> of(String weight) {
        return byWeight.getOrDefault(weight, List.of());
    }

    /** Whether a parameter is one of them. */
    boolean contains(String parameter) {
        return names.contains(parameter);
    }
}
