package dev.inlay.data.builtin;

import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The outline of a body: polygons around the origin, y downwards, scaled so that every outline encloses the area of a
 * disc of radius 1. Outlines that point somewhere point along the positive x axis.
 */
public enum Silhouette {
    /** A disc. */
    CIRCLE(polygon(48, i -> polar(1, i / 48.0))),
    /** A square. */
    SQUARE(polygon(4, i -> polar(1, (i + 0.5) / 4))),
    /** An equilateral triangle. */
    TRIANGLE(polygon(3, i -> polar(1, i / 3.0))),
    /** A star of five points. */
    STAR(polygon(10, i -> polar(i % 2 == 0 ? 1 : 0.42, i / 10.0))),
    /** A Greek cross. */
    CROSS(corners(
            -0.33, -1, 0.33, -1, 0.33, -0.33, 1, -0.33, 1, 0.33, 0.33, 0.33, 0.33, 1, -0.33, 1, -0.33, 0.33, -1, 0.33,
            -1, -0.33, -0.33, -0.33)),
    /** A disc with a round hole. */
    RING(polygon(48, i -> polar(1, i / 48.0)), polygon(48, i -> polar(0.56, -i / 48.0))),
    /** A moon in its first days. */
    CRESCENT(polygon(60, Silhouette::crescent)),
    /** A regular pentagon. */
    PENTAGON(polygon(5, i -> polar(1, i / 5.0))),

    /** A shaft with a head. */
    ARROW(corners(1, 0, 0.2, -0.75, 0.2, -0.28, -1, -0.28, -1, 0.28, 0.2, 0.28, 0.2, 0.75)),
    /** Round at one end, pointed at the other. */
    DROP(polygon(41, i -> i == 0 ? new double[] {1.35, 0} : polar(0.72, 0.13 + 0.74 * (i - 1) / 39.0))),
    /** A paper dart: two wings and a notch behind. */
    DART(corners(1, 0, -0.8, -0.75, -0.35, 0, -0.8, 0.75)),
    /** A long isosceles triangle. */
    WEDGE(corners(1.1, 0, -0.8, -0.6, -0.8, 0.6)),

    /** A heart. */
    HEART(polygon(48, Silhouette::heart)),
    /** Six petals. */
    FLOWER(polygon(72, i -> polar(1 + 0.32 * StrictMath.cos(6 * turns(i / 72.0)), i / 72.0))),
    /** A rhombus, longer than wide. */
    LOZENGE(corners(1, 0, 0, 0.55, -1, 0, 0, -0.55)),
    /** A rectangle, three times as long as wide. */
    BAR(corners(-1, -0.34, 1, -0.34, 1, 0.34, -1, 0.34)),
    /** An ellipse, twice as long as wide. */
    ELLIPSE(polygon(48, i -> new double[] {StrictMath.cos(turns(i / 48.0)), 0.5 * StrictMath.sin(turns(i / 48.0))})),
    /** The letter L. */
    ELBOW(corners(-0.8, -0.9, -0.2, -0.9, -0.2, 0.3, 0.8, 0.3, 0.8, 0.9, -0.8, 0.9)),
    /** The letter T. */
    TEE(corners(-0.9, -0.85, 0.9, -0.85, 0.9, -0.25, 0.3, -0.25, 0.3, 0.85, -0.3, 0.85, -0.3, -0.25, -0.9, -0.25)),
    /** Two steps of a stair. */
    ZED(corners(-1, -0.6, 0.3, -0.6, 0.3, 0, 1, 0, 1, 0.6, -0.3, 0.6, -0.3, 0, -1, 0)),
    /** Half a disc. */
    HALF_DISC(polygon(25, i -> new double[] {StrictMath.sin(turns(i / 48.0)) - 0.42, StrictMath.cos(turns(i / 48.0))})),
    /** Two triangles that touch. */
    HOURGLASS(corners(-0.75, -0.9, 0.75, -0.9, 0.14, 0, 0.75, 0.9, -0.75, 0.9, -0.14, 0)),
    /** A square with a square hole. */
    FRAME(corners(-1, -1, 1, -1, 1, 1, -1, 1), corners(-0.55, -0.55, -0.55, 0.55, 0.55, 0.55, 0.55, -0.55)),
    /** A star of nine short points. */
    BURST(polygon(18, i -> polar(i % 2 == 0 ? 1 : 0.66, i / 18.0))),

    /** A rectangle a hundred times as long as wide. */
    TWIG(corners(-1, -0.01, 1, -0.01, 1, 0.01, -1, 0.01));

    /** The classes of the shape task and, some of them, of the photo task. */
    static final List<Silhouette> SHAPES = List.of(CIRCLE, SQUARE, TRIANGLE, STAR, CROSS, RING, CRESCENT, PENTAGON);

    /** Outlines that point along their x axis. */
    static final List<Silhouette> POINTED = List.of(ARROW, DROP, DART, WEDGE);

    /** The bodies of the pretraining mix; none of {@link #SHAPES} or {@link #POINTED}. */
    static final List<Silhouette> PRETRAINING =
            List.of(HEART, FLOWER, LOZENGE, BAR, ELLIPSE, ELBOW, TEE, ZED, HALF_DISC, HOURGLASS, FRAME, BURST);

    @SuppressWarnings("ImmutableEnumChecker") // written once, only copies are handed out
    private final Path2D.Double outline;

    private final double extent;

    Silhouette(double[][]... polygons) {
        double scale = Math.sqrt(StrictMath.PI / area(polygons));
        this.outline = new Path2D.Double(Path2D.WIND_NON_ZERO);
        double far = 0;
        for (double[][] polygon : polygons) {
            for (int i = 0; i < polygon.length; i++) {
                double x = scale * polygon[i][0];
                double y = scale * polygon[i][1];
                far = Math.max(far, Math.sqrt(x * x + y * y));
                if (i == 0) {
                    outline.moveTo(x, y);
                } else {
                    outline.lineTo(x, y);
                }
            }
            outline.closePath();
        }
        this.extent = far;
    }

    /** The radius of the disc around the origin that just holds the outline; at least 1. */
    public double extent() {
        return extent;
    }

    /** The outline under a transform; a copy. */
    Path2D.Double outline(AffineTransform transform) {
        return new Path2D.Double(outline, transform);
    }

    private static double[][] polygon(int corners, IntFunction<double[]> corner) {
        double[][] polygon = new double[corners][];
        for (int i = 0; i < corners; i++) {
            polygon[i] = corner.apply(i);
        }
        return polygon;
    }

    private static double[][] corners(double... xy) {
        return polygon(xy.length / 2, i -> new double[] {xy[2 * i], xy[2 * i + 1]});
    }

    private static double[] polar(double radius, double turns) {
        return new double[] {radius * StrictMath.cos(turns(turns)), radius * StrictMath.sin(turns(turns))};
    }

    private static double turns(double turns) {
        return 2 * StrictMath.PI * turns;
    }

    /** The outer edge is three quarters of the unit circle, the inner edge an arc through the same two tips. */
    private static double[] crescent(int i) {
        if (i < 36) {
            return polar(1, 0.125 + 0.75 * i / 35.0);
        }
        double tip = StrictMath.sqrt(0.5);
        double centre = 0.35;
        double radius = StrictMath.sqrt((tip - centre) * (tip - centre) + tip * tip);
        double half = StrictMath.atan2(tip, tip - centre);
        double a = -half - (2 * StrictMath.PI - 2 * half) * (i - 35) / 25.0;
        return new double[] {centre + radius * StrictMath.cos(a), radius * StrictMath.sin(a)};
    }

    private static double[] heart(int i) {
        double t = turns(i / 48.0);
        double sine = StrictMath.sin(t);
        double y =
                13 * StrictMath.cos(t) - 5 * StrictMath.cos(2 * t) - 2 * StrictMath.cos(3 * t) - StrictMath.cos(4 * t);
        return new double[] {16 * sine * sine * sine, -y - 2};
    }

    /** Twice-signed areas cancel where a hole runs against the sense of its frame. */
    private static double area(double[][]... polygons) {
        double twice = 0;
        for (double[][] polygon : polygons) {
            for (int i = 0; i < polygon.length; i++) {
                double[] a = polygon[i];
                double[] b = polygon[(i + 1) % polygon.length];
                twice += a[0] * b[1] - b[0] * a[1];
            }
        }
        return Math.abs(twice) / 2;
    }
}
