package dev.inlay.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Places names beside points so that they cover neither each other nor a point: each name takes the best spot around its
 * point that is left, one after the other, and a line leads to it where it could be taken for another point's.
 */
final class PointLabels {
    private static final double CHARACTER = 6.6;
    private static final double LINE = 14;
    private static final double RADIUS = 7;
    private static final double FAR = 20;
    private static final double CLEARLY = 4;
    private static final double PIECE = 3;
    private static final double[] DISTANCES = {10, 16, 24, 34, 46, 60, 76, 94, 116, 140};
    private static final double[] ANGLES = {0, 180, -90, 90, -20, 20, 160, -160, -35, 35, -145, 145, -65, 65, -115, 115
    };

    private static final double COVERS_NAME = 100_000;
    private static final double COVERS_POINT = 20_000;
    private static final double COVERS_LEADER = 2_000;
    private static final double CROSSES_NAME = 300;
    private static final double CROSSES_POINT = 60;
    private static final double CROSSES_LEADER = 50;
    private static final double NEEDS_LEADER = 12;
    private static final double COVERS_LINE = 8;

    private final Box bounds;
    private final List<Box> points = new ArrayList<>();
    private final List<Box> lines = new ArrayList<>();
    private final List<Box> names = new ArrayList<>();
    private final List<Box> leaders = new ArrayList<>();

    /** A rectangle in the image. */
    record Box(double left, double top, double right, double bottom) {
        static Box around(double x, double y, double halfWidth, double halfHeight) {
            return new Box(x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight);
        }

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

        /** The horizontal place in here nearest to {@code x}. */
        double nearX(double x) {
            return Math.max(left, Math.min(right, x));
        }

        /** The vertical place in here nearest to {@code y}. */
        double nearY(double y) {
            return Math.max(top, Math.min(bottom, y));
        }

        double distance(double x, double y) {
            return Math.hypot(nearX(x) - x, nearY(y) - y);
        }
    }

    /**
     * Where a name stands.
     *
     * @param leader whether a line has to say whose name it is, because it is far or another point is as near
     */
    record Spot(Box box, boolean leader) {}

    /**
     * @param bounds no name leaves it
     */
    PointLabels(Box bounds) {
        this.bounds = bounds;
    }

    /** Keeps names off a point, and off the whisker through it, which reaches as far up as down. */
    void avoid(double x, double y, double whisker) {
        points.add(Box.around(x, y, RADIUS, RADIUS));
        lines.add(Box.around(x, y, 2, whisker));
    }

    /** Keeps names off a straight line, where that costs little. */
    void avoidLine(double fromX, double fromY, double toX, double toY) {
        lines.addAll(line(fromX, fromY, toX, toY));
    }

    /** A straight line as small boxes. */
    private static List<Box> line(double fromX, double fromY, double toX, double toY) {
        List<Box> line = new ArrayList<>();
        int pieces = 1 + (int) (Math.hypot(toX - fromX, toY - fromY) / PIECE);
        for (int i = 0; i <= pieces; i++) {
            line.add(Box.around(fromX + (toX - fromX) * i / pieces, fromY + (toY - fromY) * i / pieces, 1, 1));
        }
        return line;
    }

    /** The spot of a name, from then on avoided by others. */
    Spot place(String name, double x, double y) {
        double width = CHARACTER * name.length();
        Spot best = spot(x, y, width, DISTANCES[0], 0);
        double least = Double.POSITIVE_INFINITY;
        for (double distance : DISTANCES) {
            for (int i = 0; i < ANGLES.length; i++) {
                Spot spot = spot(x, y, width, distance, Math.toRadians(ANGLES[i]));
                double cost = distance + 0.1 * i + cost(spot, x, y);
                if (spot.box().inside(bounds) && cost < least) {
                    best = spot;
                    least = cost;
                }
            }
        }
        names.add(best.box());
        if (best.leader()) {
            leaders.addAll(leader(best.box(), x, y));
        }
        return best;
    }

    /** A box whose nearest point is about at a distance and angle from the point. */
    private Spot spot(double x, double y, double width, double distance, double angle) {
        double centerX = x + distance * Math.cos(angle) + width / 2 * side(Math.cos(angle));
        double centerY = y + distance * Math.sin(angle) + LINE / 2 * side(Math.sin(angle));
        Box box = Box.around(centerX, centerY, width / 2, LINE / 2);
        double own = box.distance(x, y);
        boolean doubtful = points.stream()
                .filter(point -> isOther(point, x, y))
                .anyMatch(point -> box.distance(point.centerX(), point.centerY()) < own + CLEARLY);
        return new Spot(box, doubtful || own > FAR);
    }

    private static double side(double component) {
        return Math.abs(component) < 0.1 ? 0 : Math.signum(component);
    }

    private static boolean isOther(Box point, double x, double y) {
        return Math.hypot(point.centerX() - x, point.centerY() - y) > 1e-6;
    }

    private double cost(Spot spot, double x, double y) {
        Box box = spot.box();
        double cost = COVERS_NAME * count(names, box)
                + COVERS_POINT * count(points, box)
                + COVERS_LEADER * count(leaders, box)
                + COVERS_LINE * count(lines, box);
        if (spot.leader()) {
            cost += NEEDS_LEADER;
            for (Box piece : leader(box, x, y)) {
                cost += CROSSES_NAME * count(names, piece) + CROSSES_LEADER * count(leaders, piece);
                cost += CROSSES_POINT
                        * points.stream()
                                .filter(point -> isOther(point, x, y) && point.meets(piece))
                                .count();
            }
        }
        return cost;
    }

    /** The line from outside of a point to its name. */
    private static List<Box> leader(Box name, double x, double y) {
        List<Box> pieces = line(x, y, name.nearX(x), name.nearY(y));
        pieces.removeIf(piece -> Math.hypot(piece.centerX() - x, piece.centerY() - y) < RADIUS);
        return pieces;
    }

    private static long count(List<Box> boxes, Box box) {
        return boxes.stream().filter(box::meets).count();
    }
}
