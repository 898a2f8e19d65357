package dev.inlay.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.keys.Notation;
import dev.inlay.random.Key;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;

/**
 * Settings tried on the validation images, of which the best is then used for the final training.
 *
 * @param grid dotted config key, below {@code train} or {@code method}, to the values tried, as JSON texts
 * @param sample how many points of the grid are tried, drawn by the run's seed; 0 for all
 * @param repeats how often the final training is repeated with other seeds, for the spread of its result
 */
public record SearchConfig(Map<String, List<String>> grid, int sample, int repeats) {
    private static final String GRID = "grid";

    /** Published grids, by the word that names them. */
    enum Published {
        /** VPT's for prompts on VTAB-1k. */
        VPT("[50, 25, 10, 5, 2.5, 1, 0.5, 0.25, 0.1, 0.05]"),
        /** VPT's larger rates for prompts. */
        VPT_LARGER("[1000, 500, 250, 100]"),
        /** VPT's for linear probing of self-supervised backbones. */
        VPT_LINEAR("[50, 25, 10, 5, 2.5, 1, 0.5, 0.25, 0.1, 0.05, 0.025, 0.005, 0.0025]"),
        /** VPT's for methods that train the backbone's own weights. */
        VPT_FINETUNE("[0.001, 0.0001, 0.0005, 0.005]");

        private static final String DECAYS = "[0.01, 0.001, 0.0001, 0]";

        private final String rates;

        Published(String rates) {
            this.rates = rates;
        }

        private Map<String, List<String>> grid() {
            Map<String, List<String>> grid = new LinkedHashMap<>();
            grid.put("train.learningRate", words(rates));
            grid.put("train.weightDecay", words(DECAYS));
            return grid;
        }

        private static List<String> words(String list) {
            return List.of(list.substring(1, list.length() - 1).split(", "));
        }
    }

    /** Copies the grid and keeps its order. */
    public SearchConfig {
        grid = Collections.unmodifiableMap(new LinkedHashMap<>(grid));
    }

    /**
     * The points of the grid, the last key changing fastest; a seeded subset in that order if {@link #sample} asks for one.
     *
     * @param seed of the subset
     * @return each as settings: dotted key to value; none if there is no grid
     */
    public List<Map<String, String>> points(long seed) {
        if (grid.isEmpty()) {
            return List.of();
        }
        List<Map<String, String>> points = List.of(Map.of());
        for (Map.Entry<String, List<String>> axis : grid.entrySet()) {
            List<Map<String, String>> longer = new ArrayList<>();
            for (Map<String, String> point : points) {
                for (String value : axis.getValue()) {
                    Map<String, String> next = new LinkedHashMap<>(point);
                    next.put(axis.getKey(), value);
                    longer.add(next);
                }
            }
            points = longer;
        }
        return sample == 0 || sample >= points.size() ? points : subset(points, seed);
    }

    private List<Map<String, String>> subset(List<Map<String, String>> points, long seed) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < points.size(); i++) {
            order.add(i);
        }
        Collections.shuffle(order, new Random(Key.of(seed, "search").stream().nextLong()));
        return new TreeSet<>(order.subList(0, sample)).stream().map(points::get).toList();
    }

    static SearchConfig read(Section section, Recipe recipe) {
        SearchConfig config = new SearchConfig(
                grid(section, recipe),
                section.integer("sample", 0, 0, 1_000_000),
                section.integer("repeats", 0, 0, 1000));
        section.end();
        return config;
    }

    private static Map<String, List<String>> grid(Section section, Recipe recipe) {
        Optional<JsonNode> given = section.anything(GRID);
        if (given.isEmpty() && recipe != Recipe.VPT) {
            return Map.of();
        }
        if (given.isEmpty() || given.get().isTextual()) {
            return section.choice(GRID, Published.VPT).grid();
        }
        Map<String, List<String>> grid = new LinkedHashMap<>();
        if (!(given.get() instanceof ObjectNode axes)) {
            section.problem(
                    GRID,
                    "expected keys with lists of values, or the name of a published grid, found "
                            + Notation.YAML.describe(given.get()));
            return grid;
        }
        axes.properties().forEach(axis -> {
            String key = axis.getKey();
            if (!key.startsWith("train.") && !key.startsWith("method.")) {
                section.problem(GRID, key + " cannot be searched; keys below train and method can");
            } else if (!(axis.getValue() instanceof ArrayNode values) || values.isEmpty()) {
                section.problem(
                        GRID, key + ": expected a list of values, found " + Notation.YAML.describe(axis.getValue()));
            } else {
                List<String> texts = new ArrayList<>();
                values.forEach(value -> texts.add(value.isTextual() ? value.textValue() : value.toString()));
                grid.put(key, List.copyOf(texts));
            }
        });
        return grid;
    }
}
