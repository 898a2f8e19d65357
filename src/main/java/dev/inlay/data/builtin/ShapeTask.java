package dev.inlay.data.builtin;

import dev.inlay.data.builtin.Body.Pose;
import dev.inlay.random.Key;
import java.util.List;
import java.util.Locale;

/** Which outline does the large body have? It is turned, patterned, rimmed, sometimes crossed by a twig. */
final class ShapeTask implements BuiltinTask {
    @Override
    public String name() {
        return "shape";
    }

    @Override
    public List<String> classNames() {
        return Silhouette.SHAPES.stream()
                .map(s -> s.name().toLowerCase(Locale.ROOT))
                .toList();
    }

    @Override
    public Scene scene(int label, Key key) {
        Dice dice = new Dice(key);
        Surface ground = Scenery.ground(dice);
        Silhouette silhouette = Silhouette.SHAPES.get(label);
        double radius = dice.between(0.13, 0.26);
        Pose pose = Scenery.anywhere(dice, radius, 1.1 * radius, dice.angle());
        Body body = new Body(silhouette, pose, Scenery.coat(dice, ground), Scenery.finish(dice));
        List<Body> specks = Scenery.specks(dice, dice.below(12));
        List<Body> twigs = dice.chance(0.35) ? List.of(Scenery.twig(dice, pose)) : List.of();
        return new Scene(ground, specks, List.of(body), twigs, Camera.ordinary(dice));
    }
}
