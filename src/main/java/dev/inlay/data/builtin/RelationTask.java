package dev.inlay.data.builtin;

import dev.inlay.data.builtin.Body.Pose;
import dev.inlay.random.Key;
import java.util.ArrayList;
import java.util.List;

/** On which side of the blue body is the red one? Bodies of other colours stand around. */
final class RelationTask implements BuiltinTask {
    @Override
    public String name() {
        return "relation";
    }

    @Override
    public List<String> classNames() {
        return List.of("right of", "below", "left of", "above");
    }

    /** The red body is the first, the blue one the second. */
    @Override
    public Scene scene(int label, Key key) {
        Dice dice = new Dice(key);
        Surface ground = paleGround(dice);
        List<Silhouette> silhouettes = new ArrayList<>();
        List<Double> radii = new ArrayList<>();
        int count = 3 + dice.below(4);
        for (int i = 0; i < count; i++) {
            silhouettes.add(dice.pick(Silhouette.SHAPES));
            radii.add(dice.between(0.07, 0.1));
        }
        List<Pose> poses = SceneLayout.apart(dice, silhouettes, radii, 0.01);
        while (side(poses.get(0), poses.get(1)) != label) {
            poses = SceneLayout.apart(dice, silhouettes, radii, 0.01);
        }
        List<Body> bodies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Surface coat = Surface.plain(Colour.hsv(hue(dice, i), dice.between(0.75, 1), dice.between(0.6, 1)));
            bodies.add(new Body(silhouettes.get(i), poses.get(i), coat, Body.Finish.MATT));
        }
        return new Scene(ground, List.of(), bodies, List.of(), Camera.ordinary(dice));
    }

    /** On which side of the second the first is, as a label; -1 if neither near a row nor near a column with it. */
    static int side(Pose first, Pose second) {
        double dx = first.x() - second.x();
        double dy = first.y() - second.y();
        if (Math.abs(dx) > 1.6 * Math.abs(dy)) {
            return dx > 0 ? 0 : 2;
        }
        return Math.abs(dy) > 1.6 * Math.abs(dx) ? (dy > 0 ? 1 : 3) : -1;
    }

    /** Red for the first body, blue for the second, yellow to green for the others. */
    private static double hue(Dice dice, int body) {
        if (body == 0) {
            return dice.between(-0.03, 0.03);
        }
        return body == 1 ? dice.between(0.58, 0.68) : dice.between(0.15, 0.4);
    }

    private static Surface paleGround(Dice dice) {
        Colour first = Colour.hsv(dice.uniform(), dice.between(0, 0.15), dice.between(0.1, 1));
        Colour second = Colour.hsv(dice.uniform(), dice.between(0, 0.15), dice.between(0.1, 1));
        return new Surface(Pattern.CLOUDS, first, second, Surface.Weave.any(dice, dice.logBetween(0.8, 6), 0));
    }
}
