package dev.inlay.data.builtin;

import dev.inlay.data.Mask;
import dev.inlay.data.RawImage;
import dev.inlay.data.builtin.Body.Pose;
import dev.inlay.random.Key;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Which outline does each pixel belong to? Two to four bodies on a ground, of any colour, pattern and size; they never touch. */
final class MaskScenes {
    /** What configs call it. */
    static final String NAME = "segmentation";

    private static final int MOST = 4;

    /** The first shapes of the shape task. */
    private static final List<Silhouette> OUTLINES = Silhouette.SHAPES.subList(0, 5);

    /** Classes by the number of a pixel. */
    static final List<String> CLASS_NAMES = Stream.concat(
                    Stream.of("ground"),
                    OUTLINES.stream().map(outline -> outline.name().toLowerCase(Locale.ROOT)))
            .toList();

    private final Scene scene;
    private final int pixels;

    /**
     * Makes up a scene.
     *
     * @param key all the randomness there is
     * @param pixels width and height of the image
     */
    MaskScenes(Key key, int pixels) {
        this.pixels = pixels;
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
        scene = new Scene(ground, Scenery.specks(dice, dice.below(8)), bodies, List.of(), Camera.ordinary(dice));
    }

    RawImage image() {
        return scene.draw(pixels);
    }

    Mask mask() {
        return scene.mask(pixels, body -> 1 + OUTLINES.indexOf(body.silhouette()));
    }
}
