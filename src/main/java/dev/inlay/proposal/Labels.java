package dev.inlay.proposal;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** What the names of classes say about images that are mirrored. */
final class Labels {
    private static final Pattern BETWEEN_WORDS = Pattern.compile("[^\\p{L}]+|(?<=\\p{Ll})(?=\\p{Lu})");
    private static final Set<String> SIDES = Set.of(
            "left",
            "right",
            "east",
            "west",
            "clockwise",
            "counterclockwise",
            "anticlockwise",
            "mirrored",
            "links",
            "rechts",
            "gauche",
            "droite",
            "izquierda",
            "derecha",
            "sinistra",
            "destra",
            "esquerda",
            "direita");
    private static final Set<String> DIGITS =
            Set.of("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine");

    private Labels() {}

    /** Why a mirrored image may belong to another class; empty if no name says so. */
    static Optional<String> againstMirroring(List<String> classNames) {
        Optional<String> side = classNames.stream().filter(Labels::namesASide).findFirst();
        if (side.isPresent()) {
            return Optional.of("the class " + side.get() + " tells left from right");
        }
        long signs = classNames.stream().filter(Labels::isSign).count();
        return 2 * signs >= classNames.size()
                ? Optional.of("classes are called by digits or letters, which may change their meaning when mirrored")
                : Optional.empty();
    }

    private static boolean namesASide(String name) {
        return BETWEEN_WORDS.splitAsStream(name).anyMatch(word -> SIDES.contains(word.toLowerCase(Locale.ROOT)));
    }

    private static boolean isSign(String name) {
        return name.codePointCount(0, name.length()) == 1
                || name.chars().allMatch(Character::isDigit)
                || DIGITS.contains(name.toLowerCase(Locale.ROOT));
    }
}
