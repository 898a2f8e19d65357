package dev.inlay.backbone;

import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.Spelling;
import dev.inlay.onnx.OnnxGraph;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;

/**
 * Backbones of one design in many sizes, known by a name and found by {@link ServiceLoader}. A new family is one package
 * with a {@link BackboneSpec}, a {@link Backbone}, an implementation of this interface without parameters to construct it,
 * and an entry in {@code META-INF/services/dev.inlay.backbone.BackboneFamily}.
 */
public interface BackboneFamily {
    /** What {@link BackboneSpec#family} of its specs returns; unique. */
    String name();

    /** The record of its specs, as Jackson binds it to JSON without the key {@code family}. */
    Class<? extends BackboneSpec> specType();

    /** The published sizes by timm's name; a name belongs to one family. */
    SortedMap<String, ? extends BackboneSpec> variants();

    /**
     * The backbone over the tensors of a checkpoint.
     *
     * @param name what to call the backbone
     * @param spec one of this family
     * @param tensors float32 under timm's names, those of the head optional; owned by the caller, who may release them
     *     afterwards
     * @param source what to call the checkpoint in errors
     * @throws DataException listing every tensor that is missing, unexpected, of another shape or not finite
     */
    Backbone load(String name, BackboneSpec spec, Map<String, Tensor> tensors, String source);

    /**
     * A backbone with random weights.
     *
     * @param name what to call the backbone
     * @param spec one of this family
     * @param seed equal seeds give equal weights
     */
    Backbone random(String name, BackboneSpec spec, long seed);

    /**
     * The tensors of a checkpoint that {@link #load} takes.
     *
     * @param spec one of this family
     */
    ExpectedTensors expected(BackboneSpec spec);

    /**
     * Name to shape of every parameter of a backbone, for a checkpoint of other sizes to be fitted to.
     *
     * @param spec one of this family
     * @return without the head; empty if tensors of other sizes are never fitted
     */
    default Map<String, List<Long>> shapes(BackboneSpec spec) {
        return Map.of();
    }

    /**
     * Name to grid of every table of position biases, (distances, heads), for a checkpoint of other windows to be fitted to.
     *
     * @param spec one of this family
     */
    default Map<String, BiasGrid> biasGrids(BackboneSpec spec) {
        return Map.of();
    }

    /**
     * timm's names of the linear layers that turn features into logits, as in {@code head.weight}. Of several, timm's
     * logits are the mean; they are Inlay's if all are equal.
     *
     * @param spec one of this family
     */
    default List<String> headNames(BackboneSpec spec) {
        return List.of("head");
    }

    /**
     * Adds what a backbone computes without hooks to a graph of ONNX.
     *
     * @param spec one of this family
     * @param graph over the backbone's tensors under timm's names
     * @param images (B, 3, H, W)
     * @return the features, (B, D)
     */
    OnnxGraph.Value features(BackboneSpec spec, OnnxGraph graph, OnnxGraph.Value images);

    /**
     * Adds what a backbone computes without hooks up to its normalised patches to a graph of ONNX.
     *
     * @param spec one of this family
     * @param graph over the backbone's tensors under timm's names
     * @param images (B, 3, H, W)
     * @return the patches as a map, (B, D, h, w), see {@link Backbone#map}
     */
    OnnxGraph.ValueMap map(BackboneSpec spec, OnnxGraph graph, OnnxGraph.Value images);

    /**
     * What the shapes of tensors under timm's names tell about a backbone of this family.
     *
     * @param shapes name to shape of every tensor
     * @return empty if they are nothing like this family's
     */
    Optional<RecognisedShapes> recognise(Map<String, List<Long>> shapes);

    /**
     * The tunable parameters of the backbone whose tunable parameters tensors are named after; sizes that none of them shows are made up.
     *
     * @param shapes name to shape of every tensor, such as {@code blocks.0.attn.q.weight} to (D, D)
     * @return empty if they are named after another family's tunable parameters, or none
     */
    default Optional<List<TunableParameter>> sitesNamed(Map<String, List<Long>> shapes) {
        return Optional.empty();
    }

    /**
     * Every family on the class path, by name.
     *
     * @throws ConfigException if two have the same name
     */
    static SortedMap<String, BackboneFamily> all() {
        SortedMap<String, BackboneFamily> families = new TreeMap<>();
        for (BackboneFamily family : ServiceLoader.load(BackboneFamily.class)) {
            BackboneFamily other = families.putIfAbsent(family.name(), family);
            if (other != null) {
                throw new ConfigException("two families of backbones are called " + family.name() + ": "
                        + other.getClass().getName() + " and "
                        + family.getClass().getName() + "; remove one from the class path");
            }
        }
        return families;
    }

    /**
     * The family of that name.
     *
     * @throws ConfigException listing the names that are known, if it is none of them
     */
    static BackboneFamily named(String name) {
        SortedMap<String, BackboneFamily> families = all();
        BackboneFamily family = families.get(name);
        if (family == null) {
            throw new ConfigException("no family of backbones is called '" + name + "'; known are "
                    + String.join(", ", families.keySet()) + "; one from elsewhere must be on the class path"
                    + Spelling.hint(name, families.keySet()));
        }
        return family;
    }

    /** The family of a spec. */
    static BackboneFamily of(BackboneSpec spec) {
        return named(spec.family());
    }

    /** The published sizes of every family, by timm's name. */
    static SortedMap<String, BackboneSpec> published() {
        SortedMap<String, BackboneSpec> published = new TreeMap<>();
        all().values().forEach(family -> published.putAll(family.variants()));
        return published;
    }

    /**
     * The published sizes of a variant.
     *
     * @param name timm's
     * @throws ConfigException if no family has such a variant; asks for the one that was probably meant
     */
    static BackboneSpec published(String name) {
        SortedMap<String, BackboneSpec> published = published();
        BackboneSpec spec = published.get(name);
        if (spec == null) {
            String hint = Spelling.hint(name, published.keySet());
            throw new ConfigException("no published backbone is called " + name
                    + (hint.isEmpty() ? "; docs/backbones.md lists them" : hint));
        }
        return spec;
    }
}
