package dev.inlay.data.builtin;

import dev.inlay.data.Dataset;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.RawImage;
import dev.inlay.data.builtin.Body.Finish;
import dev.inlay.data.builtin.Body.Pose;
import dev.inlay.data.builtin.Surface.Weave;
import dev.inlay.random.Key;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * What a built-in backbone learns to see before any task: 192 kinds of things, each an outline with a pattern in warm
 * or cold colours; outlines and patterns are others than those the tasks ask for. An image is the portrait of one large
 * body, often bright on dark, or a crowd: one body of the kind or a few smaller ones, anywhere and turned anyhow, among things of other kinds
 * that are smaller still. Where, how many and how turned is never asked for.
 */
public final class PretrainingMix implements Dataset {
    private static final List<Silhouette> OUTLINES = Silhouette.PRETRAINING;
    private static final List<Pattern> PATTERNS = Pattern.PRETRAINING;
    private static final List<Palette> PALETTES = List.of(Palette.WARM, Palette.COLD);
    private static final int CLASSES = OUTLINES.size() * PATTERNS.size() * PALETTES.size();

    /** The part of the images that show one bright body on a dark ground. */
    private static final double PLATES = 0.5;

    /** The part of the images that show one large body on any ground. */
    private static final double PORTRAITS = 0.3;

    private final long seed;
    private final int size;
    private final int pixels;
    private final Key root;

    /**
     * @param seed of all images
     * @param size how many images count as one epoch; image {@code i} is the same for any size
     * @param pixels width and height of an image
     * @throws IllegalArgumentException if {@code size} is negative or {@code pixels} not positive
     */
    public PretrainingMix(long seed, int size, int pixels) {
        Drawn.check(size, pixels);
        this.seed = seed;
        this.size = size;
        this.pixels = pixels;
        this.root = Key.of(seed, "builtin").at("pretraining");
    }

    @Override
    public String name() {
        return "builtin pretraining mix";
    }

    @Override
    public LabelSpace labels() {
        return LabelSpace.oneOf(IntStream.range(0, CLASSES)
                .mapToObj(label -> (palette(label) + " " + pattern(label) + " " + outline(label))
                        .toLowerCase(Locale.ROOT)
                        .replace('_', ' '))
                .toList());
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int label(int i) {
        return Drawn.balanced(root, CLASSES, i);
    }

    @Override
    public String id(int i) {
        return "pretraining/" + i;
    }

    @Override
    public RawImage image(int i) {
        return scene(i).draw(pixels);
    }

    @Override
    public String fingerprint() {
        return Drawn.fingerprint(name(), classNames(), seed, size, pixels);
    }

    /** The scene of image {@code i}. */
    public Scene scene(int i) {
        Dice dice = new Dice(root.at(i));
        double kind = dice.uniform();
        if (kind < PLATES) {
            return plate(dice, label(i));
        }
        return kind < PLATES + PORTRAITS ? portrait(dice, label(i)) : crowd(dice, label(i));
    }

    /** One bright body on a dark plain ground, as in an image book: what outlines are learned from first. */
    private static Scene plate(Dice dice, int label) {
        Colour dark = Colour.hsv(dice.uniform(), dice.between(0, 0.5), dice.between(0, 0.2));
        double hue = palette(label).hue(dice);
        Colour bright = Colour.hsv(hue, dice.between(0.2, 0.9), dice.between(0.8, 1));
        Colour shade = bright.mix(dark, dice.between(0.55, 0.75));
        Pose pose = new Pose(
                dice.between(0.46, 0.54), dice.between(0.46, 0.54), dice.between(0.33, 0.4), dice.between(-0.1, 0.1));
        Weave weave = new Weave(5, dice.between(-0.1, 0.1), dice.uniform(), dice.uniform(), 0, dice.bits());
        Body body = new Body(outline(label), pose, new Surface(pattern(label), bright, shade, weave), Finish.MATT);
        return new Scene(Surface.plain(dark), List.of(), List.of(body), List.of(), Camera.ordinary(dice));
    }

    /** One large body, nearly upright and in the middle: what outlines and patterns are learned from first. */
    private static Scene portrait(Dice dice, int label) {
        Surface ground = Scenery.ground(dice);
        Pose pose = new Pose(
                dice.between(0.42, 0.58), dice.between(0.42, 0.58), dice.between(0.3, 0.4), dice.between(-0.3, 0.3));
        Surface coat =
                Scenery.coat(dice, ground, pattern(label), palette(label), dice.between(1.5, 2.5) / pose.radius());
        Body body = new Body(outline(label), pose, coat, Scenery.finish(dice));
        return new Scene(ground, List.of(), List.of(body), List.of(), Camera.ordinary(dice));
    }

    /** One body anywhere or a few smaller ones, turned anyhow, among smaller things of other kinds. */
    private static Scene crowd(Dice dice, int label) {
        Surface ground = Scenery.ground(dice);
        int count = dice.chance(0.6) ? 1 : 2 + dice.below(3);
        int others = dice.chance(0.4) ? 1 + dice.below(3) : 0;
        double typical = count == 1 ? dice.between(0.18, 0.36) : dice.between(0.12, 0.16);

        List<Silhouette> silhouettes = new ArrayList<>();
        List<Double> radii = new ArrayList<>();
        for (int k = 0; k < count + others; k++) {
            silhouettes.add(k < count ? outline(label) : dice.pick(OUTLINES));
            radii.add(k < count ? typical * dice.between(0.9, 1.1) : typical * dice.between(0.3, 0.5));
        }
        List<Pose> poses = SceneLayout.apart(dice, silhouettes, radii, -0.02);
        List<Body> bodies = new ArrayList<>();
        List<Body> clutter = new ArrayList<>(Scenery.specks(dice, dice.below(8)));
        for (int k = 0; k < count + others; k++) {
            Pattern pattern = k < count ? pattern(label) : dice.pick(PATTERNS);
            double periods = Math.min(15, dice.between(1.5, 2.5) / poses.get(k).radius());
            Palette palette = k < count ? palette(label) : Palette.ANY;
            Surface coat = Scenery.coat(dice, ground, pattern, palette, periods);
            Body body = new Body(silhouettes.get(k), poses.get(k), coat, Scenery.finish(dice));
            (k < count ? bodies : clutter).add(body);
        }
        List<Body> twigs = dice.chance(0.2) ? List.of(Scenery.twig(dice, poses.get(0))) : List.of();
        return new Scene(ground, clutter, bodies, twigs, Camera.ordinary(dice));
    }

    private static Silhouette outline(int label) {
        return OUTLINES.get(label / PALETTES.size() / PATTERNS.size());
    }

    private static Pattern pattern(int label) {
        return PATTERNS.get(label / PALETTES.size() % PATTERNS.size());
    }

    private static Palette palette(int label) {
        return PALETTES.get(label % PALETTES.size());
    }
}
