package dev.inlay.keys;

import java.util.List;
import java.util.Locale;

/**
 * The settings of a method, asked for key by key, whether a config or a task file holds them. Each read says what the key
 * may hold and what it means if it is absent.
 */
public interface Keys {
    /** A whole number in [{@code min}, {@code max}]. */
    int integer(String key, int otherwise, int min, int max);

    /** A number in [{@code min}, {@code max}]. */
    double number(String key, double otherwise, double min, double max);

    /** {@code true} or {@code false}. */
    boolean flag(String key, boolean otherwise);

    /** One of an enum's constants, by its {@link #word}. */
    <E extends Enum<E>> E choice(String key, E otherwise);

    /** Words that are not blank. */
    String text(String key, String otherwise);

    /** A list of words. */
    List<String> texts(String key, List<String> otherwise);

    /** A list of whole numbers, each in [{@code min}, {@code max}]. */
    List<Integer> integers(String key, List<Integer> otherwise, int min, int max);

    /** The members of a list, each with keys of its own; empty if there is no list. */
    List<? extends Keys> members(String key);

    /** Notes a problem that no single read can see. */
    void problem(String key, String message);

    /** Notes every key that nothing asked for; to be called after all reads. */
    void end();

    /** How a constant is written: {@code PATCHES_AND_PROMPTS} is {@code patchesAndPrompts}. */
    static String word(Enum<?> constant) {
        String[] parts = constant.name().toLowerCase(Locale.ROOT).split("_");
        StringBuilder word = new StringBuilder(parts[0]);
        for (int i = 1; i < parts.length; i++) {
            word.append(Character.toUpperCase(parts[i].charAt(0))).append(parts[i].substring(1));
        }
        return word.toString();
    }

    /** How a constant is written in files of Inlay's own: {@code STRUCTURED_ONLY} is {@code structured-only}. */
    static String label(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
