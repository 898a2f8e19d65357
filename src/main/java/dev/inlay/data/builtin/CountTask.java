package dev.inlay.data.builtin;

import dev.inlay.data.LabelSpace;
import dev.inlay.data.builtin.SceneLayout.Placed;
import dev.inlay.random.Key;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * How many bodies are there? They never touch. Each body's area goes with {@code count^-0.6} times a factor from a wide
 * range, so that neither the area covered nor the size of a body gives the count away.
 */
final class CountTask implements BuiltinTask {
    private static final int MAX = 6;

    @Override
    public String name() {
        return "count";
    }

    @Override
    public List<String> classNames() {
        return IntStream.rangeClosed(1, MAX).mapToObj(Integer::toString).toList();
    }

    /** How many bodies there are, and which shapes are among them. */
    @Override
    public List<String> names(LabelSpace.Kind kind) {
        return kind == LabelSpace.Kind.NUMBERS
                ? List.of("count")
                : Silhouette.SHAPES.stream()
                        .map(shape -> shape.name().toLowerCase(Locale.ROOT))
                        .toList();
    }

    @Override
    public float[] target(LabelSpace.Kind kind, Scene scene) {
        if (kind == LabelSpace.Kind.NUMBERS) {
            return new float[] {scene.bodies().size()};
        }
        float[] among = new float[Silhouette.SHAPES.size()];
        scene.bodies().forEach(body -> among[Silhouette.SHAPES.indexOf(body.silhouette())] = 1);
        return among;
    }

    @Override
    public Scene scene(int label, Key key) {
        Dice dice = new Dice(key);
        int count = label + 1;
        Surface ground = Scenery.ground(dice);
        double typical = dice.logBetween(0.09, 0.16) * StrictMath.pow(count, -0.3);
        List<Body> bodies = new ArrayList<>();
        for (Placed placed : SceneLayout.scattered(dice, count, typical)) {
            Surface coat = Surface.plain(Scenery.standingOut(dice, ground));
            bodies.add(new Body(placed.silhouette(), placed.pose(), coat, Scenery.finish(dice)));
        }
        return new Scene(ground, List.of(), bodies, List.of(), Camera.ordinary(dice));
    }
}
