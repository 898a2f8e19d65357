package dev.inlay.data.builtin;

import dev.inlay.data.LabelSpace;
import dev.inlay.data.Mask;
import dev.inlay.data.builtin.SceneLayout.Placed;
import dev.inlay.random.Key;
import java.util.ArrayList;
import java.util.List;

/** Does each pixel show a plain body, a patterned one or the ground? Two or three of any outline, colours and size; they never touch. */
final class SegmentationTask implements BuiltinTask {
    private static final int MOST = 3;
    private static final List<String> CLASS_NAMES = List.of("ground", "plain", "patterned");

    @Override
    public String name() {
        return "segmentation";
    }

    @Override
    public List<String> classNames() {
        return CLASS_NAMES;
    }

    @Override
    public List<String> names(LabelSpace.Kind kind) {
        return kind == LabelSpace.Kind.MASKS ? CLASS_NAMES : List.of();
    }

    @Override
    public boolean hasOneClass() {
        return false;
    }

    @Override
    public Scene scene(int label, Key key) {
        Dice dice = new Dice(key);
        int count = 2 + dice.below(MOST - 1);
        Surface ground = Scenery.ground(dice);
        double typical = dice.between(0.17, 0.22) * StrictMath.pow(count / 2.0, -0.4);
        List<Body> bodies = new ArrayList<>();
        for (Placed placed : SceneLayout.scattered(dice, count, typical)) {
            Pattern pattern = dice.chance(0.5) ? Pattern.PLAIN : dice.pick(Pattern.TEXTURES);
            Surface coat = Scenery.coat(dice, ground, pattern, Palette.ANY, dice.logBetween(6, 12));
            bodies.add(new Body(placed.silhouette(), placed.pose(), coat, Scenery.finish(dice)));
        }
        return new Scene(ground, Scenery.specks(dice, dice.below(8)), bodies, List.of(), Camera.ordinary(dice));
    }

    @Override
    public Mask mask(Scene scene, int pixels) {
        return scene.mask(pixels, body -> body.surface().pattern() == Pattern.PLAIN ? 1 : 2);
    }
}
