package dev.inlay.config;

import dev.inlay.backbone.BackboneFamily;
import dev.inlay.error.Spelling;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which frozen network is tuned.
 *
 * @param name {@value #BUILTIN}, {@value #CUSTOM}, a published variant by timm's name, or {@value #FROM_FILE} if the file
 *     decides which of these it is
 * @param file its weights, as {@code docs/checkpoints.md} lists them: a file, an index or a folder; empty for the built-in one and for random weights
 * @param spec the JSON file that gives a custom network's sizes; present exactly if the name is {@value #CUSTOM}
 * @param imageSize height and width of the images, in pixels; empty for the size that the network is published with
 * @param random true for seeded random weights instead of trained ones
 * @param dropPath stochastic depth of the last block while training, in [0, 1); block i of n has rate i/(n-1) of it
 */
public record BackboneConfig(
        String name,
        Optional<Path> file,
        Optional<Path> spec,
        Optional<ImageSize> imageSize,
        boolean random,
        double dropPath) {
    private static final String IMAGE_SIZE = "imageSize";
    private static final int MAX_SIDE = 16_384;

    /**
     * The size of images.
     *
     * @param height in pixels
     * @param width in pixels
     */
    public record ImageSize(int height, int width) {}

    /** A backbone for images of the size that it is published with. */
    public BackboneConfig(String name, Optional<Path> file, Optional<Path> spec, boolean random, double dropPath) {
        this(name, file, spec, Optional.empty(), random, dropPath);
    }

    /** The name of the small network that comes with Inlay. */
    public static final String BUILTIN = "builtin";

    /** The name of a network whose sizes a JSON file gives. */
    public static final String CUSTOM = "custom";

    /** In place of a name: the published variant that the file holds. */
    public static final String FROM_FILE = "auto";

    /** How {@code huggingface_hub} names the folder of a repository in its cache. */
    private static final Pattern CACHED = Pattern.compile("models--([^/\\\\]+?)--([^/\\\\]+)[/\\\\]snapshots[/\\\\]");

    /** Returns the repository on the hub that the weights are from, such as {@code timm/vit_tiny_patch16_224.augreg_in21k}, if their path says so. */
    public Optional<String> hubRepository() {
        return file.map(path -> CACHED.matcher(path.toString()))
                .filter(Matcher::find)
                .map(found -> found.group(1) + "/" + found.group(2));
    }

    /** Reads the section {@code backbone}, with the defaults of a recipe. */
    public static BackboneConfig read(Section section, Recipe recipe) {
        String name = section.text("name", nameless(section));
        Optional<Path> file = section.path("file");
        Optional<Path> spec = section.path("spec");
        Optional<ImageSize> imageSize = imageSize(section);
        boolean random = section.flag("random", false);
        double dropPath = section.number("dropPath", recipe == Recipe.SPT ? 0.1 : 0.0, 0.0, 0.99);
        if (name.equals(CUSTOM) && spec.isEmpty()) {
            section.problem("spec", "missing; a custom backbone needs the JSON file of its sizes");
        }
        if (!name.equals(CUSTOM) && section.has("spec")) {
            section.problem("spec", "only a custom backbone has one; remove it or set backbone.name: " + CUSTOM);
        }
        if (file.isPresent() && (random || name.equals(BUILTIN))) {
            section.problem("file", "conflicts with " + (random ? "random: true" : "name: " + BUILTIN) + "; keep one");
        }
        if (name.equals(FROM_FILE) && file.isEmpty()) {
            section.problem("name", FROM_FILE + " needs the file that decides it; give backbone.file");
        }
        Optional<String> unknown = unknown(name);
        unknown.ifPresent(problem -> section.problem("name", problem));
        boolean needsNoFile = name.equals(BUILTIN) || name.equals(FROM_FILE) || random;
        if (unknown.isEmpty() && !needsNoFile && !section.has("file")) {
            section.problem("file", "missing; give the file of weights of " + name + ", or random: true");
        }
        section.end();
        return new BackboneConfig(name, file, spec, imageSize, random, dropPath);
    }

    /** A number of pixels, or a list of height and width. */
    private static Optional<ImageSize> imageSize(Section section) {
        if (!section.has(IMAGE_SIZE)) {
            return Optional.empty();
        }
        if (section.isList(IMAGE_SIZE)) {
            List<Integer> sides = section.integers(IMAGE_SIZE, List.of(), 1, MAX_SIDE);
            if (sides.size() != 2) {
                section.problem(IMAGE_SIZE, "expected pixels, such as 384, or height and width, such as [352, 480]");
                return Optional.empty();
            }
            return Optional.of(new ImageSize(sides.get(0), sides.get(1)));
        }
        int side = section.integer(IMAGE_SIZE, 1, 1, MAX_SIDE);
        return Optional.of(new ImageSize(side, side));
    }

    private static String nameless(Section section) {
        if (section.has("spec")) {
            return CUSTOM;
        }
        return section.has("file") ? FROM_FILE : BUILTIN;
    }

    private static Optional<String> unknown(String name) {
        Set<String> known = new TreeSet<>(BackboneFamily.published().keySet());
        known.add(BUILTIN);
        known.add(CUSTOM);
        known.add(FROM_FILE);
        if (known.contains(name)) {
            return Optional.empty();
        }
        String hint = Spelling.hint(name, known);
        return Optional.of("no published backbone is called " + name
                + (hint.isEmpty() ? "; docs/backbones.md lists them." : hint)
                + " For another size give backbone.spec");
    }
}
