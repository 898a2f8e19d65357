package dev.inlay.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** Changes bytes at random, some of the ways with a sense of what files hold: lengths, numbers as text, punctuation. */
final class Mutator {
    private static final byte[] PUNCTUATION = "{}[]\",:.()'\\ \n\0".getBytes(StandardCharsets.US_ASCII);
    private static final String[] NUMBERS = {
        "0",
        "-1",
        "1",
        "2",
        "7",
        "255",
        "256",
        "65536",
        "2147483647",
        "2147483648",
        "4294967296",
        "-2147483648",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "1e9",
        "1e400",
        "0.5",
        "00",
        "",
    };
    private static final long[] WORDS = {
        0, 1, -1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, Integer.MAX_VALUE, Integer.MIN_VALUE, 1L << 32, Long.MAX_VALUE
    };
    private static final int MAX_CHANGES = 4;
    private static final int MAX_PIECE = 64;

    private Mutator() {}

    /** A changed copy: one to a few changes. */
    static byte[] mutate(byte[] bytes, SplittableRandom random) {
        byte[] changed = bytes.clone();
        int changes = 1 + random.nextInt(MAX_CHANGES);
        for (int i = 0; i < changes && changed.length > 0; i++) {
            changed = once(changed, random);
        }
        return changed;
    }

    private static byte[] once(byte[] bytes, SplittableRandom random) {
        int at = random.nextInt(bytes.length);
        return switch (random.nextInt(8)) {
            case 0 -> with(bytes, at, (byte) (bytes[at] ^ (1 << random.nextInt(8))));
            case 1 -> with(bytes, at, (byte) random.nextInt(256));
            case 2 -> with(bytes, at, PUNCTUATION[random.nextInt(PUNCTUATION.length)]);
            case 3 -> word(bytes, at, random);
            case 4 -> replaced(bytes, at, at + piece(bytes.length - at, random), new byte[0]);
            case 5 -> repeated(bytes, at, random);
            default -> number(bytes, at, random);
        };
    }

    private static byte[] with(byte[] bytes, int at, byte value) {
        bytes[at] = value;
        return bytes;
    }

    /** A little-endian number of one to eight bytes. */
    private static byte[] word(byte[] bytes, int at, SplittableRandom random) {
        long value = WORDS[random.nextInt(WORDS.length)];
        int size = 1 << random.nextInt(4);
        for (int i = 0; i < size && at + i < bytes.length; i++) {
            bytes[at + i] = (byte) (value >>> (8 * i));
        }
        return bytes;
    }

    private static byte[] repeated(byte[] bytes, int at, SplittableRandom random) {
        int length = piece(bytes.length - at, random);
        byte[] piece = new byte[length];
        System.arraycopy(bytes, at, piece, 0, length);
        int to = random.nextInt(bytes.length);
        return replaced(bytes, to, to, piece);
    }

    /** Another number in the place of the digits found from {@code at} on; a bit flipped where there are none. */
    private static byte[] number(byte[] bytes, int at, SplittableRandom random) {
        int from = at;
        while (from < bytes.length && !isDigit(bytes[from])) {
            from++;
        }
        if (from == bytes.length) {
            return with(bytes, at, (byte) (bytes[at] ^ (1 << random.nextInt(8))));
        }
        int to = from;
        while (to < bytes.length && isDigit(bytes[to])) {
            to++;
        }
        String number = NUMBERS[random.nextInt(NUMBERS.length)];
        return replaced(bytes, from, to, number.getBytes(StandardCharsets.US_ASCII));
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private static int piece(int most, SplittableRandom random) {
        return 1 + random.nextInt(Math.min(most, MAX_PIECE));
    }

    private static byte[] replaced(byte[] bytes, int from, int to, byte[] by) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length + by.length);
        out.write(bytes, 0, from);
        out.writeBytes(by);
        out.write(bytes, to, bytes.length - to);
        return out.toByteArray();
    }
}
