package dev.inlay.serve.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An image in JSON: Base64 in either alphabet (RFC 4648), padded or not, perhaps as a {@code data:} URI (RFC 2397). */
final class Base64Image {
    private static final Pattern DATA = Pattern.compile("data:[^,]{0,200};base64,", Pattern.CASE_INSENSITIVE);
    private static final Pattern ADDRESS = Pattern.compile("(data|https?|file):", Pattern.CASE_INSENSITIVE);

    private Base64Image() {}

    /**
     * The bytes of the image.
     *
     * @param place what to call it in problems
     * @param text null if there is none
     * @throws RefusedException if the text is no Base64
     */
    static byte[] bytes(String place, String text) {
        if (text == null) {
            throw bad(place, "null");
        }
        Matcher data = DATA.matcher(text);
        int start = data.lookingAt() ? data.end() : 0;
        if (start == 0 && ADDRESS.matcher(text).lookingAt()) {
            throw bad(place, "an address; send the bytes of the image themselves");
        }
        byte[] digits = text.substring(start).getBytes(ISO_8859_1);
        int count = 0;
        for (int i = 0; i < digits.length; i++) {
            char digit = (char) digits[i];
            if (isDigit(digit)) {
                digits[count++] = (byte) (digit == '-' ? '+' : digit == '_' ? '/' : digit);
            } else if (!Character.isWhitespace(digit)) {
                throw bad(place, "a character that is none of its digits at " + (start + i));
            }
        }
        try {
            return Base64.getDecoder().decode(Arrays.copyOf(digits, count));
        } catch (IllegalArgumentException e) {
            throw bad(place, count + " digits that end within a byte, or go on behind their padding");
        }
    }

    private static boolean isDigit(char c) {
        return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || "+/-_=".indexOf(c) >= 0;
    }

    private static RefusedException bad(String place, String found) {
        return new Problem(400, place + ": expected Base64, found " + found).refused();
    }
}
