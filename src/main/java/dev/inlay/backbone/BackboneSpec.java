package dev.inlay.backbone;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The sizes and options of a backbone, without its weights, as an immutable value. An implementation is a record that
 * Jackson can bind, so that {@link SpecJson} writes and reads it; its constructor throws
 * {@link dev.inlay.error.ConfigException} listing every size that does not fit.
 */
public interface BackboneSpec {
    /** The {@link BackboneFamily#name} of its family. */
    String family();

    /** Height of the images, in pixels. */
    int height();

    /** Width of the images, in pixels. */
    int width();

    /** Width of the features, D. */
    int embedDim();

    /** Number of blocks. */
    int depth();

    /** The same backbone without the head that came with its weights; equal for backbones that compute equal features. */
    BackboneSpec withoutHead();

    /**
     * The same network for images of another size.
     *
     * @param height of the images, pixels
     * @param width of the images, pixels
     * @throws dev.inlay.error.ConfigException if the network cannot take them
     */
    BackboneSpec forImages(int height, int width);

    /** What a person wants to know of it besides the image's size: names to numbers or texts, in the order to show them. */
    ObjectNode facts();

    /** As JSON, which {@link SpecJson#parse} reads. */
    default String toJson() {
        return SpecJson.write(this).toString();
    }
}
