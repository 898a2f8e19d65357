package dev.inlay.tuning;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Place;
import dev.inlay.backbone.Site;
import dev.inlay.error.ConfigException;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Mergeable.Weights;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Puts fillings into the parameters of their backbone, on copies, or says which of them no parameter can hold. */
final class Merging {
    private final Backbone backbone;
    private final Fillings fillings;
    private final Map<String, List<String>> obstacles;

    Merging(Backbone backbone, Fillings fillings) {
        this.backbone = backbone;
        this.fillings = fillings;
        this.obstacles = new LinkedHashMap<>(fillings.obstacles);
    }

    /**
     * @return the backbone's parameters with everything put in, by timm's name; owned by the caller
     * @throws ConfigException listing by method what cannot be put in
     */
    Map<String, Tensor> merged() {
        Map<String, Tensor> merged = new LinkedHashMap<>();
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            requireNoObstacle();
            backbone.parameters()
                    .forEach((name, base) -> merged.put(
                            name,
                            Tensors.own(fillings.parameter(name, base).detach().clone())));
            backbone.places().forEach(place -> merge(place, merged));
            requireNoObstacle();
            return merged;
        } catch (RuntimeException e) {
            merged.values().forEach(Tensors::release);
            throw e;
        }
    }

    private void merge(Place place, Map<String, Tensor> merged) {
        for (OutputFilling module : fillings.outputs.getOrDefault(place.name(), List.of())) {
            List<Site> weights = sites(place, false);
            List<Site> biases = sites(place, true);
            if (weights.size() != 1 || biases.size() > 1) {
                obstacle("a module behind a step that has not one matrix", place);
                return;
            }
            Tensor whole = view(weights.get(0), merged);
            Tensor weight = whole.dim() > 2 ? whole.flatten(1, -1) : whole; // filters are a matrix too
            Optional<Tensor> bias =
                    biases.stream().map(site -> view(site, merged)).findFirst();
            Weights made = ((Mergeable) module).merged(new Weights(weight, bias));
            if (made.bias().isPresent() != bias.isPresent()) {
                obstacle("a shift behind a step that has no bias", place);
                return;
            }
            weight.copy_(made.weight());
            bias.ifPresent(values -> values.copy_(made.bias().orElseThrow()));
        }
    }

    private void obstacle(String what, Place place) {
        obstacles.computeIfAbsent(what, w -> new ArrayList<>()).add(place.name());
    }

    /** The parameters of a step, as the sites of its operation have them. */
    private List<Site> sites(Place place, boolean bias) {
        return backbone.sites().stream()
                .filter(site ->
                        site.block() == place.block() && site.operation().equals(place.operation()))
                .filter(site -> site.isBias() == bias)
                .toList();
    }

    private static Tensor view(Site site, Map<String, Tensor> merged) {
        return merged.get(site.parameter()).narrow(0, site.firstRow(), site.rows());
    }

    private void requireNoObstacle() {
        if (!obstacles.isEmpty()) {
            List<String> problems = new ArrayList<>();
            obstacles.forEach((what, where) -> problems.add(
                    what + ": " + where.get(0) + (where.size() > 1 ? " and " + (where.size() - 1) + " more" : "")));
            throw new ConfigException(
                    "what is tuned cannot be merged into the weights of " + backbone.name(), problems);
        }
    }
}
