package dev.inlay.data.builtin;

import dev.inlay.data.LabelSpace;
import dev.inlay.data.Mask;
import dev.inlay.data.builtin.Body.Pose;
import dev.inlay.random.Key;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Which outline does each pixel belong to? Two to four bodies of any colour, pattern and size on a ground; they never touch. */
final class SegmentationTask implements BuiltinTask {
    private static final int MOST = 4;

    /** The first shapes of the shape task. */
    private static final List<Silhouette> OUTLINES = Silhouette.SHAPES.subList(0, 5);

    private static final List<String> CLASS_NAMES = Stream.concat(
                    Stream.of("ground"),
                    OUTLINES.stream().map(outline -> outline.name().toLowerCase(Locale.ROOT)))
            .toList();

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
        double typical = dice.between(0.15, 0.21) * StrictMath.pow(count / 2.0, -0.4);
        List<Silhouette> silhouettes = new ArrayList<>();
        List<Double> radii = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            silhouettes.add(dice.pick(OUTLINES));
            radii.add(typical * dice.logBetween(0.8, 1.25));
        }
        List<Pose> poses = SceneLayout.apart(dice, silhouettes, radii, 0.02);
        List<Body> bodies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            bodies.add(new Body(silhouettes.get(i), poses.get(i), Scenery.coat(dice, ground), Scenery.finish(dice)));
        }
        return new Scene(ground, Scenery.specks(dice, dice.below(8)), bodies, List.of(), Camera.ordinary(dice));
    }

    @Override
    public Mask mask(Scene scene, int pixels) {
        return scene.mask(pixels, body -> 1 + OUTLINES.indexOf(body.silhouette()));
    }
}
