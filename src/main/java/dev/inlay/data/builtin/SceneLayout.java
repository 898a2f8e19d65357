package dev.inlay.data.builtin;

import dev.inlay.data.builtin.Body.Pose;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Places bodies so that none touches another. */
final class SceneLayout {
    private static final int TRIES = 40;

    private SceneLayout() {}

    /**
     * Random places for bodies, the enclosing discs apart from each other and inside the image. Where they do not
     * fit, all shrink by a little until they do.
     *
     * @param silhouettes outlines, one per body
     * @param radii radii in image widths, one per body
     * @param gap least distance between two enclosing discs, in image widths
     * @return poses in the order of the bodies, with random angles
     */
    static List<Pose> apart(Dice dice, List<Silhouette> silhouettes, List<Double> radii, double gap) {
        for (double scale = 1; ; scale *= 0.95) {
            List<Pose> poses = new ArrayList<>();
            while (poses.size() < silhouettes.size()) {
                int next = poses.size();
                double radius = scale * radii.get(next);
                Pose free = free(dice, poses, silhouettes, radius, gap);
                if (free == null) {
                    break;
                }
                poses.add(free);
            }
            if (poses.size() == silhouettes.size()) {
                return poses;
            }
        }
    }

    /** An outline and where it is. */
    record Placed(Silhouette silhouette, Pose pose) {}

    /**
     * Random shapes at random places, apart from each other.
     *
     * @param typical radius in image widths; theirs are a quarter more or a fifth less at most
     */
    static List<Placed> scattered(Dice dice, int count, double typical) {
        List<Silhouette> silhouettes = new ArrayList<>();
        List<Double> radii = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            silhouettes.add(dice.pick(Silhouette.SHAPES));
            radii.add(typical * dice.logBetween(0.8, 1.25));
        }
        List<Pose> poses = apart(dice, silhouettes, radii, 0.02);
        return IntStream.range(0, count)
                .mapToObj(i -> new Placed(silhouettes.get(i), poses.get(i)))
                .toList();
    }

    /** A place for the next body, or null if none was found. */
    private static Pose free(Dice dice, List<Pose> taken, List<Silhouette> silhouettes, double radius, double gap) {
        double reach = radius * silhouettes.get(taken.size()).extent();
        for (int attempt = 0; attempt < TRIES; attempt++) {
            Pose pose = Scenery.anywhere(dice, radius, reach, dice.angle());
            boolean clear = true;
            for (int i = 0; i < taken.size() && clear; i++) {
                double other = taken.get(i).radius() * silhouettes.get(i).extent();
                clear = pose.distance(taken.get(i)) >= reach + other + gap;
            }
            if (clear) {
                return pose;
            }
        }
        return null;
    }
}
