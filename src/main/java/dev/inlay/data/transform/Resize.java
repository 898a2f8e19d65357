package dev.inlay.data.transform;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/** The size an image is brought to before it is cropped. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "to")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Resize.Exact.class, name = "exact"),
    @JsonSubTypes.Type(value = Resize.ShortSide.class, name = "shortSide")
})
public sealed interface Resize {
    /** How pixels between pixels are made up. */
    Interpolation interpolation();

    /** The height of an image of {@code height} x {@code width} pixels after the resize. */
    int heightOf(int height, int width);

    /** The width of an image of {@code height} x {@code width} pixels after the resize. */
    int widthOf(int height, int width);

    /** The smallest height an image can have after the resize. */
    @JsonIgnore
    int minHeight();

    /** The smallest width an image can have after the resize. */
    @JsonIgnore
    int minWidth();

    /**
     * To one size, whatever the image's proportions: torchvision's {@code Resize((height, width))}.
     *
     * @param height in pixels, in [1, 16384]
     * @param width in pixels, in [1, 16384]
     * @param interpolation how pixels between pixels are made up
     */
    record Exact(int height, int width, Interpolation interpolation) implements Resize {
        /**
         * @throws IllegalArgumentException if a size is out of range
         */
        public Exact {
            Sizes.check("height", height);
            Sizes.check("width", width);
        }

        @Override
        public int heightOf(int height, int width) {
            return this.height;
        }

        @Override
        public int widthOf(int height, int width) {
            return this.width;
        }

        @Override
        public int minHeight() {
            return height;
        }

        @Override
        public int minWidth() {
            return width;
        }
    }

    /**
     * The shorter side to a given length, proportions kept, the longer side rounded down: torchvision's
     * {@code Resize(pixels)}.
     *
     * @param pixels length of the shorter side, in [1, 16384]
     * @param interpolation how pixels between pixels are made up
     */
    record ShortSide(int pixels, Interpolation interpolation) implements Resize {
        /**
         * @throws IllegalArgumentException if {@code pixels} is out of range
         */
        public ShortSide {
            Sizes.check("pixels", pixels);
        }

        @Override
        public int heightOf(int height, int width) {
            return height <= width ? pixels : longSide(height, width);
        }

        @Override
        public int widthOf(int height, int width) {
            return width <= height ? pixels : longSide(width, height);
        }

        @Override
        public int minHeight() {
            return pixels;
        }

        @Override
        public int minWidth() {
            return pixels;
        }

        private int longSide(int longer, int shorter) {
            return (int) Math.min(Integer.MAX_VALUE, (long) pixels * longer / shorter);
        }
    }
}
