package dev.inlay.hub;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What names a blob: the SHA-256 of a file in large-file storage, or git's SHA-1 of a small one.
 *
 * @param hex 64 or 40 hexadecimal digits
 */
record Etag(String hex) {
    private static final Pattern HEADER = Pattern.compile("(?:W/)?\"?([0-9a-f]{64}|[0-9a-f]{40})\"?");
    private static final int SHA256_DIGITS = 64;

    /**
     * @param header the value of {@code X-Linked-Etag} or {@code ETag}
     * @return empty if it is no checksum
     */
    static Optional<Etag> parse(String header) {
        Matcher matcher = HEADER.matcher(header);
        return matcher.matches() ? Optional.of(new Etag(matcher.group(1))) : Optional.empty();
    }

    /**
     * A digest to feed a file's bytes to.
     *
     * @param size the file's length, which git's checksum covers
     */
    MessageDigest digest(long size) {
        try {
            if (hex.length() == SHA256_DIGITS) {
                return MessageDigest.getInstance("SHA-256");
            }
            MessageDigest git = MessageDigest.getInstance("SHA-1");
            git.update(("blob " + size + "\0").getBytes(US_ASCII));
            return git;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1 and SHA-256", e);
        }
    }

    /** Whether a digest that saw the whole file is this one. */
    boolean matches(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest()).equals(hex);
    }

    @Override
    public String toString() {
        return hex;
    }
}
