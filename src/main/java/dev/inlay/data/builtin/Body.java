package dev.inlay.data.builtin;

import java.awt.geom.AffineTransform;

/**
 * One thing in a scene.
 *
 * @param silhouette its outline
 * @param pose where it is, how large and how turned
 * @param surface what it is covered with
 * @param finish its rim and the light on it
 */
public record Body(Silhouette silhouette, Pose pose, Surface surface, Finish finish) {
    /**
     * Place, size and direction.
     *
     * @param x of the centre, in image widths from the left
     * @param y of the centre, in image heights from the top
     * @param radius of the disc with the same area, in image widths
     * @param angle in radians, clockwise as seen, from pointing right
     */
    public record Pose(double x, double y, double radius, double angle) {
        /** Unit outline to an image of {@code size} pixels. */
        AffineTransform toPixels(int size) {
            double cos = StrictMath.cos(angle) * radius * size;
            double sin = StrictMath.sin(angle) * radius * size;
            return new AffineTransform(cos, sin, -sin, cos, x * size, y * size);
        }

        /** The distance of two centres, in image widths. */
        double distance(Pose other) {
            return Math.sqrt((x - other.x) * (x - other.x) + (y - other.y) * (y - other.y));
        }
    }

    /**
     * How a body looks at its edge and under the light.
     *
     * @param rim width of the rim in radii, 0 for none
     * @param rimColour colour of the rim
     * @param lightX by how much the surface gains brightness from the left edge to the middle, a fraction
     * @param lightY likewise from the top edge to the middle
     */
    public record Finish(double rim, Colour rimColour, double lightX, double lightY) {
        /** Flat light, no rim. */
        static final Finish MATT = new Finish(0, new Colour(0, 0, 0), 0, 0);
    }

    /** The radius of the disc around the centre that just holds the body, in image widths. */
    double reach() {
        return pose.radius * silhouette.extent();
    }
}
