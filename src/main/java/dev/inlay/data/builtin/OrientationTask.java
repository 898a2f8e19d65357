package dev.inlay.data.builtin;

import dev.inlay.data.builtin.Body.Pose;
import dev.inlay.random.Key;
import java.util.List;

/** Which way does the body point? Eight directions, each give or take 15 degrees; arrows, drops, darts and wedges. */
final class OrientationTask implements BuiltinTask {
    private static final double SLACK = StrictMath.toRadians(15);

    @Override
    public String name() {
        return "orientation";
    }

    @Override
    public List<String> classNames() {
        return List.of("right", "down right", "down", "down left", "left", "up left", "up", "up right");
    }

    @Override
    public Scene scene(int label, Key key) {
        Dice dice = new Dice(key);
        Surface ground = Scenery.ground(dice);
        double radius = dice.between(0.13, 0.22);
        double angle = label * StrictMath.PI / 4 + dice.between(-SLACK, SLACK);
        Pose pose = Scenery.anywhere(dice, radius, 1.4 * radius, angle);
        Body body = new Body(dice.pick(Silhouette.POINTED), pose, Scenery.coat(dice, ground), Scenery.finish(dice));
        List<Body> specks = Scenery.specks(dice, dice.below(10));
        return new Scene(ground, specks, List.of(body), List.of(), Camera.ordinary(dice));
    }
}
