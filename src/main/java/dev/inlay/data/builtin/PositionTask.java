package dev.inlay.data.builtin;

import dev.inlay.data.LabelSpace;
import dev.inlay.data.builtin.Body.Pose;
import dev.inlay.random.Key;
import java.util.List;

/** In which of nine fields is the body? Fields have a margin, so that no body's centre is near a border. */
final class PositionTask implements BuiltinTask {
    private static final int FIELDS = 3;
    private static final double MARGIN = 0.08;

    @Override
    public String name() {
        return "position";
    }

    @Override
    public List<String> classNames() {
        return List.of(
                "top left", "top", "top right", "left", "centre", "right", "bottom left", "bottom", "bottom right");
    }

    /** Where the body's centre is, in image widths from the left and image heights from the top. */
    @Override
    public List<String> names(LabelSpace.Kind kind) {
        return kind == LabelSpace.Kind.NUMBERS ? List.of("x", "y") : List.of();
    }

    @Override
    public float[] target(LabelSpace.Kind kind, Scene scene) {
        Pose pose = scene.bodies().get(0).pose();
        return new float[] {(float) pose.x(), (float) pose.y()};
    }

    @Override
    public Scene scene(int label, Key key) {
        Dice dice = new Dice(key);
        Surface ground = Scenery.ground(dice);
        double radius = dice.between(0.07, 0.12);
        Pose pose = new Pose(within(dice, label % FIELDS), within(dice, label / FIELDS), radius, dice.angle());
        Body body = new Body(dice.pick(Silhouette.SHAPES), pose, Scenery.coat(dice, ground), Scenery.finish(dice));
        List<Body> specks = Scenery.specks(dice, 6 + dice.below(14));
        return new Scene(ground, specks, List.of(body), List.of(), Camera.ordinary(dice));
    }

    private static double within(Dice dice, int field) {
        return MARGIN + (1 - 2 * MARGIN) * (field + dice.between(0.12, 0.88)) / FIELDS;
    }
}
