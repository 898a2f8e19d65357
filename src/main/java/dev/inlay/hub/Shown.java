package dev.inlay.hub;

import java.util.Locale;

/** Text from elsewhere, made fit for a message: short, on one line, without control characters. */
final class Shown {
    private static final int LONGEST = 120;

    private Shown() {}

    static String text(String text) {
        String plain = text.replaceAll("\\p{Cntrl}", "?");
        return plain.length() <= LONGEST ? plain : plain.substring(0, LONGEST) + "…";
    }

    /** A size in bytes for people, such as {@code 22.9 MB}. */
    static String bytes(long bytes) {
        return bytes < 1_000_000
                ? String.format(Locale.ROOT, "%,d bytes", bytes)
                : String.format(Locale.ROOT, "%,.1f MB", bytes / 1e6);
    }
}
