package dev.inlay.cli;

import java.util.Map;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Ansi.IStyle;

/** Colours, which only a terminal gets: {@code bin/inlay} says which streams are one, and {@code NO_COLOR} switches them off. */
final class Colours {
    /** The system property that says that standard output is a terminal. */
    private static final String RESULTS = "inlay.results.terminal";

    private Colours() {}

    /** Returns those of standard output. */
    static Ansi results() {
        return of(Boolean.getBoolean(RESULTS), System.getenv());
    }

    /** Returns those of standard error. */
    static Ansi messages() {
        return of(ConsoleProgress.isWatched(), System.getenv());
    }

    /**
     * Returns those of a stream.
     *
     * @param environment of the process (https://no-color.org)
     */
    static Ansi of(boolean terminal, Map<String, String> environment) {
        boolean refused = !environment.getOrDefault("NO_COLOR", "").isEmpty()
                || environment.getOrDefault("TERM", "").equals("dumb");
        return terminal && !refused ? Ansi.ON : Ansi.OFF;
    }

    /** Returns a text in styles, or as it is without colours. */
    static String in(Ansi colours, String text, IStyle... styles) {
        return colours.enabled() && styles.length > 0 ? Ansi.Style.on(styles) + text + Ansi.Style.reset.on() : text;
    }
}
