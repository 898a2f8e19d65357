package dev.inlay.task;

import dev.inlay.data.LabelSpace;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.MaskHead;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that a task file says beside its tensors. Equal runs have equal infos: no times, hosts or paths.
 *
 * @param spec what is tuned
 * @param backbone what it is tuned on
 * @param labels how the outputs of the head are read; at least one
 * @param transform from an image to what the backbone takes; empty if the task was trained on ready-made tensors
 * @param metrics how good the task is, such as {@code test.top1} as a fraction; finite numbers
 * @param provenance where the task comes from: the config, seeds, versions
 * @param temperature what logits are divided by before the softmax, so that probabilities are calibrated; 1 for nothing
 */
public record TaskInfo(
        TuningSpec spec,
        BackboneInfo backbone,
        LabelSpace labels,
        Optional<ImageTransform> transform,
        SortedMap<String, Double> metrics,
        SortedMap<String, String> provenance,
        double temperature) {
    /** One class for each image, with the softmax of the logits as they are. */
    public TaskInfo(
            TuningSpec spec,
            BackboneInfo backbone,
            List<String> classNames,
            Optional<ImageTransform> transform,
            SortedMap<String, Double> metrics,
            SortedMap<String, String> provenance) {
        this(spec, backbone, LabelSpace.oneOf(classNames), transform, metrics, provenance, 1);
    }

    /** Returns the name of the method that tunes the backbone, beside which a task of masks has a head of its own. */
    public String method() {
        List<TuningSpec> tuning = spec.terms().stream()
                .filter(term -> !term.method().equals(MaskHead.METHOD))
                .toList();
        return tuning.size() == 1 ? tuning.get(0).method() : spec.method();
    }

    /**
     * Copies the collections and checks every component.
     *
     * @throws IllegalArgumentException if there is no class, the transform does not end in the backbone's size, a metric is
     *     not finite, or the temperature is not a finite number above 0
     */
    public TaskInfo {
        metrics = copy(metrics);
        provenance = copy(provenance);
        if (labels.size() == 0) {
            throw new IllegalArgumentException("classNames: expected at least one, found none");
        }
        if (!(temperature > 0 && temperature < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("temperature: expected a finite number above 0, found " + temperature);
        }
        int height = backbone.spec().height();
        int width = backbone.spec().width();
        if (transform.isPresent()
                && (transform.get().height() != height || transform.get().width() != width)) {
            throw new IllegalArgumentException("transform: expected images of " + height + " x " + width
                    + ", the backbone's size, found " + transform.get().height() + " x "
                    + transform.get().width());
        }
        metrics.forEach((name, value) -> {
            if (!Double.isFinite(value)) {
                throw new IllegalArgumentException("metrics." + name + ": expected a finite number, found " + value);
            }
        });
    }

    /** The names of the outputs by index: classes, or numbers. */
    public List<String> classNames() {
        return labels.names();
    }

    private static <T> SortedMap<String, T> copy(Map<String, T> map) {
        return Collections.unmodifiableSortedMap(new TreeMap<>(Map.copyOf(map)));
    }
}
