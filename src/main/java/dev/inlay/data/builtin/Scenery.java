package dev.inlay.data.builtin;

import dev.inlay.data.builtin.Body.Finish;
import dev.inlay.data.builtin.Body.Pose;
import dev.inlay.data.builtin.Surface.Weave;
import java.util.ArrayList;
import java.util.List;

/** What all scenes have in common and no label depends on: grounds, coats that stand out from them, small things. */
final class Scenery {
    /** Colours nearer than this can be hard to tell apart after a camera. */
    private static final double DISTINCT = 0.5;

    private static final List<Pattern> ANY = List.of(Pattern.values());

    private Scenery() {}

    /** A ground of two similar colours: mostly uneven light and dark, sometimes a faint pattern. */
    static Surface ground(Dice dice) {
        Colour first = Colour.hsv(dice.uniform(), dice.between(0, 0.8), dice.between(0.1, 1));
        Colour second = first.mix(colour(dice), dice.between(0.1, 0.4));
        if (dice.chance(0.3)) {
            return new Surface(dice.pick(ANY), first, second, Weave.any(dice, dice.between(4, 9), 0));
        }
        return new Surface(Pattern.CLOUDS, first, second, Weave.any(dice, dice.logBetween(0.8, 6), 0));
    }

    /** A surface that stands out from the ground, patterned one time in two. */
    static Surface coat(Dice dice, Surface ground) {
        Pattern pattern = dice.chance(0.5) ? Pattern.PLAIN : dice.pick(ANY);
        return coat(dice, ground, pattern, Palette.ANY, dice.between(8, 14));
    }

    /** A surface of a given pattern and palette whose colours stand out from the ground's and from each other. */
    static Surface coat(Dice dice, Surface ground, Pattern pattern, Palette palette, double periods) {
        Colour first = standingOut(dice, ground, palette);
        Colour second = standingOut(dice, ground, palette);
        while (first.distance(second) < 0.3) {
            first = standingOut(dice, ground, palette);
            second = standingOut(dice, ground, palette);
        }
        return new Surface(pattern, first, second, Weave.any(dice, periods, 0));
    }

    /** Any colour far enough from the ground's. */
    static Colour standingOut(Dice dice, Surface ground) {
        return standingOut(dice, ground, Palette.ANY);
    }

    private static Colour standingOut(Dice dice, Surface ground, Palette palette) {
        Colour colour = palette.colour(dice);
        while (colour.distance(ground.middle()) < DISTINCT) {
            colour = palette.colour(dice);
        }
        return colour;
    }

    /** Any colour at all. */
    static Colour colour(Dice dice) {
        return Palette.ANY.colour(dice);
    }

    /** Light from some side; a rim in two cases of five. */
    static Finish finish(Dice dice) {
        double rim = dice.chance(0.4) ? dice.between(0.08, 0.2) : 0;
        return new Finish(rim, colour(dice), dice.between(-0.3, 0.3), dice.between(-0.3, 0.3));
    }

    /** Anywhere in the image with the whole disc of reach {@code reach} inside. */
    static Pose anywhere(Dice dice, double radius, double reach, double angle) {
        return new Pose(dice.between(reach, 1 - reach), dice.between(reach, 1 - reach), radius, angle);
    }

    /** Small things of any outline and colour, all over the image. */
    static List<Body> specks(Dice dice, int count) {
        List<Body> specks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            double radius = dice.between(0.012, 0.035);
            Silhouette silhouette = dice.chance(0.5) ? Silhouette.CIRCLE : Silhouette.BAR;
            specks.add(new Body(
                    silhouette, anywhere(dice, radius, 0, dice.angle()), Surface.plain(colour(dice)), Finish.MATT));
        }
        return specks;
    }

    /** A long thin bar that crosses near a place. */
    static Body twig(Dice dice, Pose near) {
        double angle = dice.angle();
        double aside = dice.between(-0.7, 0.7) * near.radius();
        Pose pose = new Pose(
                near.x() - aside * StrictMath.sin(angle),
                near.y() + aside * StrictMath.cos(angle),
                dice.between(0.15, 0.3),
                angle);
        return new Body(Silhouette.TWIG, pose, Surface.plain(colour(dice)), Finish.MATT);
    }
}
