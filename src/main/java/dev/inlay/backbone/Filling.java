package dev.inlay.backbone;

import org.bytedeco.pytorch.Tensor;

/**
 * What fills the sites of a backbone during a forward pass. Every method has a default that leaves the backbone as it is;
 * a method of tuning overrides what it needs.
 */
public interface Filling {
    /** Leaves every site as it is. */
    Filling NONE = new Filling() {};

    /**
     * The value a pass uses for a frozen parameter.
     *
     * @param name timm's name of the parameter
     * @param base its frozen value; never written
     * @return {@code base}, or a tensor of the same shape
     */
    default Tensor parameter(String name, Tensor base) {
        return base;
    }

    /**
     * Told of each product y = x Wᵀ + b right after it was computed.
     *
     * @param weight timm's name of W
     * @param x (…, in) what went in
     * @param y (…, out) what came out; all linear sites of a fused W together
     */
    default void product(String weight, Tensor x, Tensor y) {}

    /**
     * The output of a linear site.
     *
     * @param linear name of the site, such as {@code blocks.3.attn.q}
     * @param x (B, N, in) its input
     * @param y (B, N, out) its output so far
     * @param noise the pass's noise, for methods that drop
     * @return {@code y} or what takes its place
     */
    default Tensor output(String linear, Tensor x, Tensor y, Noise noise) {
        return y;
    }
}
