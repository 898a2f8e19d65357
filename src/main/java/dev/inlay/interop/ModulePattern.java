package dev.inlay.interop;

import dev.inlay.error.DataException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression of an {@code adapter_config.json} over names of modules. It comes from a stranger, so matching it
 * takes a bounded number of steps.
 *
 * <p>Source of the rules: {@code tuners/tuners_utils.py} and {@code utils/other.py} of
 * <a href="https://github.com/huggingface/peft">peft</a>.
 */
final class ModulePattern {
    private static final int MAX_LENGTH = 2000;
    private static final int MAX_STEPS = 1_000_000;

    private final Pattern pattern;
    private final String source;

    private ModulePattern(Pattern pattern, String source) {
        this.pattern = pattern;
        this.source = source;
    }

    /**
     * @param source names file and key, for errors
     * @throws DataException if it is no regular expression, or one of more than 2,000 characters
     */
    static ModulePattern of(String regex, String source) {
        return compiled(regex, regex, source);
    }

    /** A key of {@code rank_pattern} or {@code alpha_pattern}: a module's whole name, or its end behind a dot. */
    static ModulePattern ofKey(String key, String source) {
        return compiled("(.*\\.)?(" + key + ")", key, source);
    }

    /** A layer of a list of modules that {@code list} names: the list, a dot and the layer's number. */
    static ModulePattern ofLayer(String list, String source) {
        return compiled(".*?\\.(?:" + list + ")\\.(?<layer>\\d{1,9})\\..*", list, source);
    }

    /** The first key that is a module's name or, behind a dot, its end. */
    static Optional<String> firstKey(Collection<String> keys, String module, String source) {
        return keys.stream().filter(key -> ofKey(key, source).matches(module)).findFirst();
    }

    /** Whether an entry of a list names a module: by its whole name or, behind a dot, its end. */
    static boolean names(List<String> entries, String module) {
        return entries.stream().anyMatch(entry -> module.equals(entry) || module.endsWith("." + entry));
    }

    private static ModulePattern compiled(String regex, String shown, String source) {
        if (regex.length() > MAX_LENGTH) {
            throw new DataException(source + ": expected a regular expression of at most " + MAX_LENGTH
                    + " characters, found " + regex.length());
        }
        try {
            return new ModulePattern(Pattern.compile(regex.replace("(?P<", "(?<")), source);
        } catch (PatternSyntaxException e) {
            throw new DataException(source + ": expected a regular expression, found " + shown, e);
        }
    }

    /**
     * Whether the whole of a name fits.
     *
     * @throws DataException if that takes more than a million steps
     */
    boolean matches(String module) {
        return pattern.matcher(new Counted(module, new int[1])).matches();
    }

    /**
     * The number of the layer that a module is in, of a pattern of {@link #ofLayer}.
     *
     * @throws DataException if that takes more than a million steps
     */
    Optional<Integer> numberIn(String module) {
        Matcher matcher = pattern.matcher(new Counted(module, new int[1]));
        return matcher.matches() ? Optional.of(Integer.valueOf(matcher.group("layer"))) : Optional.empty();
    }

    /** Text that counts how often the matcher looks at it. */
    private final class Counted implements CharSequence {
        private final String text;
        private final int[] steps;

        Counted(String text, int[] steps) {
            this.text = text;
            this.steps = steps;
        }

        @Override
        public char charAt(int index) {
            if (++steps[0] > MAX_STEPS) {
                throw new DataException(source + ": the regular expression " + pattern + " takes more than " + MAX_STEPS
                        + " steps on " + text + "; write it without nested repetitions");
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Counted(text.substring(start, end), steps);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
