package dev.inlay.data.builtin;

import dev.inlay.data.builtin.Body.Pose;
import dev.inlay.random.Key;
import java.util.List;
import java.util.Locale;

/** Which outline is in this bad photo? Blurred, noisy, in uneven light, with little contrast and a twig in front. */
final class PhotoTask implements BuiltinTask {
    private static final List<Silhouette> CLASSES = List.of(
            Silhouette.CIRCLE,
            Silhouette.SQUARE,
            Silhouette.TRIANGLE,
            Silhouette.STAR,
            Silhouette.CROSS,
            Silhouette.RING);

    @Override
    public String name() {
        return "photo";
    }

    @Override
    public List<String> classNames() {
        return CLASSES.stream().map(s -> s.name().toLowerCase(Locale.ROOT)).toList();
    }

    @Override
    public Scene scene(int label, Key key) {
        Dice dice = new Dice(key);
        Surface ground = Scenery.ground(dice);
        double radius = dice.between(0.18, 0.3);
        Pose pose = Scenery.anywhere(dice, radius, 1.15 * radius, dice.angle());
        Surface coat = Surface.plain(Scenery.standingOut(dice, ground));
        Body body = new Body(CLASSES.get(label), pose, coat, Scenery.finish(dice));
        List<Body> twigs = dice.chance(0.5) ? List.of(Scenery.twig(dice, pose)) : List.of();
        return new Scene(ground, List.of(), List.of(body), twigs, Camera.poor(dice));
    }
}
