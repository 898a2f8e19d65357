package dev.inlay.data.builtin;

import dev.inlay.random.Key;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** What the drawn data sets share: balanced labels and fingerprints. */
final class Drawn {
    /** Goes up whenever any image or label changes. */
    private static final int VERSION = 1;

    private Drawn() {}

    /** The label of image {@code i}: every run of {@code classes} images has each label once, in random order. */
    static int balanced(Key key, int classes, int i) {
        return key.at("labels").at(i / classes).permutation(classes)[i % classes];
    }

    /** A hash of all that decides about images and labels. */
    static String fingerprint(String name, List<String> classNames, long seed, int size, int pixels) {
        String all = String.join(
                "\n",
                "version " + VERSION,
                name,
                classNames.toString(),
                "seed " + seed,
                "size " + size,
                "pixels " + pixels);
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(sha.digest(all.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static void check(int size, int pixels) {
        if (size < 0 || pixels < 1) {
            throw new IllegalArgumentException(
                    "a drawn data set has 0 or more images of at least one pixel, not " + size + " of " + pixels);
        }
    }
}
