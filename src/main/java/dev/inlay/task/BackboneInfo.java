package dev.inlay.task;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.error.DataException;

/**
 * Which backbone a task was trained on.
 *
 * @param name what it is called, such as {@code deit_tiny_patch16_224}
 * @param spec its sizes
 * @param fingerprint SHA-256 of its weights, 64 hexadecimal digits
 */
public record BackboneInfo(String name, BackboneSpec spec, String fingerprint) {
    /** As many digits tell all fingerprints that meet from one another. */
    private static final int SHOWN = 12;

    /**
     * Checks the fingerprint.
     *
     * @throws IllegalArgumentException if it is not a SHA-256
     */
    public BackboneInfo {
        if (!fingerprint.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException(
                    "backbone.fingerprint: expected 64 hexadecimal digits, found " + fingerprint);
        }
    }

    /** What a task should say about a backbone. */
    public static BackboneInfo of(Backbone backbone) {
        return new BackboneInfo(backbone.name(), backbone.spec(), backbone.fingerprint());
    }

    /**
     * Whether a task of this backbone works on another.
     *
     * @param task what to call the task in errors
     * @throws DataException saying which backbone is needed and which was given, if their weights or sizes differ
     */
    void requireSame(Backbone given, String task) {
        if (given.name().equals(name) && (given.height() != spec.height() || given.width() != spec.width())) {
            throw new DataException(task + " needs the backbone " + name + " for images of " + spec.height() + " x "
                    + spec.width() + ", but was given it for images of " + given.height() + " x "
                    + given.width() + "; give it that size (backbone.imageSize=[" + spec.height() + "," + spec.width()
                    + "])");
        }
        if (!given.fingerprint().equals(fingerprint)) {
            throw new DataException(task + " needs the backbone " + name + " with the fingerprint " + start(fingerprint)
                    + ", but was given " + given.name() + " with " + start(given.fingerprint())
                    + "; load the weights that the task was trained on");
        }
        if (!given.spec().withoutHead().equals(spec.withoutHead())) {
            throw new DataException(task + " needs the backbone " + name + " with the sizes " + spec.toJson()
                    + ", but was given the same weights with " + given.spec().toJson()
                    + "; give it the sizes of the task");
        }
    }

    private static String start(String fingerprint) {
        return fingerprint.substring(0, SHOWN) + "…";
    }

    /** Its name, fingerprint and sizes, for people. */
    void describe(InspectionRows rows) {
        rows.add("backbone.name", name)
                .add("backbone.fingerprint", fingerprint)
                .add("backbone.image", spec.height() + " x " + spec.width());
        spec.facts().properties().forEach(fact -> rows.add("backbone." + fact.getKey(), fact.getValue()));
    }
}
