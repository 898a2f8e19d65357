package dev.inlay.hub;

import java.util.Locale;

/** Text from elsewhere, made fit for a message: short, on one line, without control characters. */
final class Printable {
    private static final int MAX = 120;

    private Printable() {}

    static String text(String text) {
        String plain = text.replaceAll("\\p{Cntrl}", "?");
        return plain.length() <= MAX ? plain : plain.substring(0, MAX) + "…";
    }

    /** A size in bytes for people, such as {@code 22.9 MB}. */
    static String bytes(long bytes) {
        return bytes < 1_000_000
                ? String.format(Locale.ROOT, "%,d bytes", bytes)
                : String.format(Locale.ROOT, "%,.1f MB", bytes / 1e6);
    }
}
