package dev.inlay.hub;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HexFormat;

/** Text as part of the path of an address, as Python's {@code urllib.parse.quote}. */
final class UrlPath {
    private static final String PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~";

    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private UrlPath() {}

    /**
     * @param safe characters that stay, besides letters, digits and {@code _.-~}
     */
    static String encoded(String text, String safe) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : text.getBytes(UTF_8)) {
            char c = (char) (b & 0xff);
            if (PLAIN.indexOf(c) >= 0 || safe.indexOf(c) >= 0) {
                encoded.append(c);
            } else {
                encoded.append('%').append(HEX.toHexDigits(b));
            }
        }
        return encoded.toString();
    }
}
