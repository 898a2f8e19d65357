package dev.inlay.data.builtin;

import dev.inlay.data.LabelSpace;
import dev.inlay.data.builtin.Body.Finish;
import dev.inlay.data.builtin.Body.Pose;
import dev.inlay.random.Key;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * How far away is the nearest of a few equally large bodies on a plain? By the rules of perspective a body at distance
 * d looks 1/d as large and stands 1/d below the horizon; horizon and height of the eye differ from image to image.
 */
final class DistanceTask implements BuiltinTask {
    /** Apparent radius of the nearest body, in image widths: the class limits are equal ratios between these. */
    static final double MAX = 0.2;

    static final double MIN = 0.045;

    private static final List<Silhouette> STANDING =
            List.of(Silhouette.CIRCLE, Silhouette.SQUARE, Silhouette.TRIANGLE, Silhouette.PENTAGON, Silhouette.CROSS);

    @Override
    public String name() {
        return "distance";
    }

    @Override
    public List<String> classNames() {
        return List.of("very near", "near", "middle", "far", "very far");
    }

    /** How far away the nearest body is, in radii. */
    @Override
    public List<String> names(LabelSpace.Kind kind) {
        return kind == LabelSpace.Kind.NUMBERS ? List.of("distance") : List.of();
    }

    @Override
    public float[] target(LabelSpace.Kind kind, Scene scene) {
        double nearest = scene.bodies().stream()
                .mapToDouble(body -> body.pose().radius())
                .max()
                .orElseThrow();
        return new float[] {(float) (1 / nearest)};
    }

    @Override
    public Scene scene(int label, Key key) {
        Dice dice = new Dice(key);
        Surface sky = Scenery.ground(dice);
        double horizon = dice.between(0.15, 0.4);
        Surface plain = Scenery.ground(dice);
        double eye = dice.between(2.0, 2.8);
        double part = (label + dice.between(0.15, 0.85)) / classNames().size();
        double nearest = MAX * StrictMath.pow(MIN / MAX, part);

        List<Body> bodies = new ArrayList<>();
        bodies.add(standing(dice, plain, nearest, horizon + eye * nearest));
        int others = 1 + dice.below(4);
        for (int i = 0; i < others; i++) {
            double radius = nearest * dice.logBetween(0.35, 0.78);
            bodies.add(standing(dice, plain, radius, horizon + eye * radius));
        }
        bodies.sort(Comparator.comparingDouble(body -> body.pose().radius()));
        return new Scene(sky, List.of(plain(plain, horizon)), bodies, List.of(), Camera.ordinary(dice));
    }

    /** A body whose foot is at {@code foot}, in image heights from the top. */
    private static Body standing(Dice dice, Surface ground, double radius, double foot) {
        Silhouette silhouette = dice.pick(STANDING);
        Pose pose = new Pose(dice.between(radius, 1 - radius), foot - radius, radius, -StrictMath.PI / 2);
        return new Body(silhouette, pose, Surface.plain(Scenery.standingOut(dice, ground)), Scenery.finish(dice));
    }

    /** Everything below the horizon. */
    private static Body plain(Surface surface, double horizon) {
        return new Body(
                Silhouette.SQUARE, new Pose(0.5, horizon + 2, 4 / Math.sqrt(StrictMath.PI), 0), surface, Finish.MATT);
    }
}
