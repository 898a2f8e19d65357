package dev.inlay.interop;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Place;
import dev.inlay.backbone.Site;
import dev.inlay.checkpoint.naming.Layout;
import dev.inlay.checkpoint.naming.Translation;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A linear layer of a network of timm or transformers, and the places of Inlay's backbone that it is: one, or query, key
 * and value together.
 *
 * @param name such as {@code blocks.0.attn.qkv} or {@code vit.encoder.layer.0.attention.attention.query}
 * @param places in the order of the layer's rows
 */
record PeftModule(String name, List<Place> places) {
    static final String WEIGHT = ".weight";

    /** How many numbers go in, per token. */
    long in() {
        return places.get(0).in();
    }

    /** How many numbers come out, per token. */
    long out() {
        return places.stream().mapToLong(Place::out).sum();
    }

    /** The parameters that hold the biases of the places. */
    Set<String> biases(Backbone backbone) {
        return backbone.sites().stream()
                .filter(Site::isBias)
                .filter(site -> places.stream()
                        .anyMatch(place -> place.block() == site.block()
                                && place.operation().equals(site.operation())))
                .map(Site::parameter)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** The name of the module that a weight is of. */
    static String ofWeight(String weight) {
        return weight.substring(0, weight.length() - WEIGHT.length());
    }

    /** The linear layers of a backbone under the names of a layout, in the order of the parameters. */
    static List<PeftModule> of(Backbone backbone, Layout layout) {
        Map<String, Place> places = backbone.places().stream()
                .filter(place -> place.kind() == Place.Kind.LINEAR)
                .collect(Collectors.toMap(Place::name, place -> place));
        Map<String, List<Site>> matrices = new HashMap<>();
        backbone.sites().stream()
                .filter(site -> site.kind() == Site.Kind.MATRIX && places.containsKey(site.linear()))
                .sorted(Comparator.comparing(Site::firstRow))
                .forEach(site -> matrices.computeIfAbsent(site.parameter(), p -> new ArrayList<>())
                        .add(site));
        List<PeftModule> modules = new ArrayList<>();
        for (Translation.Step step :
                layout.fromTimm(Tensors.shapesOf(backbone.parameters())).steps()) {
            List<Site> sites = matrices.get(step.from().get(0));
            if (sites != null) {
                modules.addAll(of(step.to(), sites, places));
            }
        }
        return modules;
    }

    /** Splits the rows of one parameter evenly among the tensors that a layout makes of it. */
    private static List<PeftModule> of(List<String> stored, List<Site> sites, Map<String, Place> places) {
        long rows = sites.stream().mapToLong(Site::rows).sum() / stored.size();
        List<PeftModule> modules = new ArrayList<>();
        for (int part = 0; part < stored.size(); part++) {
            long from = part * rows;
            List<Place> own = sites.stream()
                    .filter(site -> site.firstRow() >= from && site.firstRow() + site.rows() <= from + rows)
                    .map(site -> places.get(site.linear()))
                    .toList();
            modules.add(new PeftModule(ofWeight(stored.get(part)), own));
        }
        return modules;
    }
}
