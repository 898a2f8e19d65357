package dev.inlay.error;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/** Guesses which of the known names a person meant; used wherever a name is chosen from a list. */
public final class Spelling {
    private static final int MAX_SUGGESTIONS = 5;

    /** Longer lists are not printed whole where a near name is found. */
    private static final int MAX_LISTED = 24;

    private static final int MIN_PREFIX = 3;

    private Spelling() {}

    /**
     * Says which names there are and which of them was probably meant.
     *
     * @param word what was found
     * @param known the names that could have been given, in the order in which they are listed
     * @return such as {@code expected one of adamw, sgd, found adamv; did you mean adamw?}
     */
    public static String expected(String word, Collection<String> known) {
        List<String> near = near(word, known);
        String names = known.size() > MAX_LISTED && !near.isEmpty()
                ? "one of " + known.size() + " names"
                : "one of " + String.join(", ", known);
        return "expected " + names + ", found " + (word.isBlank() ? "nothing" : word) + hint(near);
    }

    /** Asks whether one of the nearest known names was meant: {@code "; did you mean adamw?"}, or nothing if none is near. */
    public static String hint(String word, Collection<String> known) {
        return hint(near(word, known));
    }

    /** Whether {@code name} could be what was meant by {@code word}, by at most one typing error. */
    public static boolean isNear(String word, String name) {
        return errors(word, name) <= Math.min(1, allowed(word));
    }

    /**
     * The known names near enough to be what was meant by {@code word}, the nearest first, at most five. Near are names
     * that differ by few typing errors, that begin with the word, or of whose parts the word has the initials ({@code lr}
     * for {@code learningRate}); case, hyphens, dots and underscores do not count. Where some are as good as equal, only
     * they are given.
     */
    public static List<String> near(String word, Collection<String> known) {
        List<String> near = new TreeSet<>(known)
                .stream()
                        .filter(name -> errors(word, name) <= allowed(word))
                        .sorted(Comparator.comparingInt((String name) -> errors(word, name)))
                        .toList();
        if (near.isEmpty()) {
            return near;
        }
        int fewest = errors(word, near.get(0));
        return near.stream()
                .filter(name -> fewest > 0 || errors(word, name) == 0)
                .limit(MAX_SUGGESTIONS)
                .toList();
    }

    /** Asks whether one of some names was meant, such as those of {@link #near}: as {@link #hint(String, Collection)}. */
    public static String hint(List<String> near) {
        if (near.isEmpty()) {
            return "";
        }
        int last = near.size() - 1;
        String most = String.join(", ", near.subList(0, last));
        return "; did you mean " + (most.isEmpty() ? "" : most + " or ") + near.get(last) + "?";
    }

    private static int allowed(String word) {
        return Math.min(3, plain(word).length() / 2);
    }

    /** How many typing errors make {@code word} of a name; an abbreviation counts as one. */
    private static int errors(String word, String name) {
        String plain = plain(word);
        String meant = plain(name);
        int errors = distance(plain, meant);
        boolean abbreviated = plain.length() >= MIN_PREFIX && meant.startsWith(plain) || plain.equals(initials(name));
        return abbreviated ? Math.min(errors, 1) : errors;
    }

    private static String plain(String word) {
        return word.toLowerCase(Locale.ROOT).replaceAll("[-_.\\s]", "");
    }

    private static String initials(String name) {
        return name.replaceAll("(?<=[a-z])(?=[A-Z])", "_")
                .replaceAll("([A-Za-z])[A-Za-z]*[^A-Za-z]*", "$1")
                .toLowerCase(Locale.ROOT);
    }

    /** How many letters are to be inserted, deleted, replaced or swapped with their neighbour to turn one into the other. */
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] next = new int[b.length() + 1];
            next[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = row[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                next[j] = Math.min(replaced, 1 + Math.min(row[j], next[j - 1]));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    next[j] = Math.min(next[j], previous[j - 2] + 1);
                }
            }
            previous = row;
            row = next;
        }
        return row[b.length()];
    }
}
