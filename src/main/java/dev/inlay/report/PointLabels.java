package dev.inlay.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Places names beside points so that they cover neither each other nor a point: each name takes the nearest free spot
 * around its point, one after the other.
 */
final class PointLabels {
    private static final double CHARACTER = 6.6;
    private static final double LINE = 14;
    private static final double RADIUS = 7;
    private static final double[] DISTANCES = {10, 16, 24, 34, 46, 60, 76, 94};
    private static final double[] ANGLES = {0, 180, -90, 90, -35, 35, -145, 145, -65, 65, -115, 115};
    private static final double COVERS_NAME = 10_000;
    private static final double COVERS_POINT = 3_000;
    private static final double COVERS_WHISKER = 30;

    private final Box bounds;
    private final List<Box> points = new ArrayList<>();
    private final List<Box> whiskers = new ArrayList<>();
    private final List<Box> names = new ArrayList<>();

    /** A rectangle in the picture. */
    record Box(double left, double top, double right, double bottom) {
        boolean meets(Box other) {
            return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
        }

        boolean inside(Box other) {
            return left >= other.left && right <= other.right && top >= other.top && bottom <= other.bottom;
        }

        double centerX() {
            return (left + right) / 2;
        }

        double centerY() {
            return (top + bottom) / 2;
        }
    }

    /**
     * @param bounds no name leaves it
     */
    PointLabels(Box bounds) {
        this.bounds = bounds;
    }

    /** Keeps names off a point and the whisker through it, which reaches as far up as down. */
    void avoid(double x, double y, double whisker) {
        points.add(new Box(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS));
        whiskers.add(new Box(x - 2, y - whisker, x + 2, y + whisker));
    }

    /** The spot of a name, from then on avoided by others. */
    Box place(String name, double x, double y) {
        double width = CHARACTER * name.length();
        Box best = null;
        double least = Double.POSITIVE_INFINITY;
        for (double distance : DISTANCES) {
            for (int i = 0; i < ANGLES.length; i++) {
                Box box = spot(x, y, width, distance, Math.toRadians(ANGLES[i]));
                double cost = distance + 0.1 * i + cover(box);
                if (box.inside(bounds) && cost < least) {
                    best = box;
                    least = cost;
                }
            }
        }
        Box placed = best == null ? spot(x, y, width, DISTANCES[0], 0) : best;
        names.add(placed);
        return placed;
    }

    /** A box that touches the circle around the point at an angle, from the side away from the point. */
    private static Box spot(double x, double y, double width, double distance, double angle) {
        double centerX = x + distance * Math.cos(angle) + width / 2 * side(Math.cos(angle));
        double centerY = y + distance * Math.sin(angle) + LINE / 2 * side(Math.sin(angle));
        return new Box(centerX - width / 2, centerY - LINE / 2, centerX + width / 2, centerY + LINE / 2);
    }

    private static double side(double component) {
        return Math.abs(component) < 0.1 ? 0 : Math.signum(component);
    }

    private double cover(Box box) {
        return COVERS_NAME * count(names, box)
                + COVERS_POINT * count(points, box)
                + COVERS_WHISKER * count(whiskers, box);
    }

    private static long count(List<Box> boxes, Box box) {
        return boxes.stream().filter(box::meets).count();
    }
}
