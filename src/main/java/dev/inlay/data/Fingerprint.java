package dev.inlay.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** A SHA-256 over values in their order, each with its length, so that no two sequences look alike. */
public final class Fingerprint {
    private final MessageDigest digest = sha256();

    /** The fingerprint of nothing yet. */
    public Fingerprint() {}

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Adds a text. */
    public Fingerprint with(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        with(bytes.length);
        digest.update(bytes);
        return this;
    }

    /** Adds a list of texts. */
    public Fingerprint with(List<String> texts) {
        with(texts.size());
        texts.forEach(this::with);
        return this;
    }

    /** Adds a number. */
    public Fingerprint with(long number) {
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
        return this;
    }

    /** Adds all bytes of a buffer from its position to its limit. */
    public Fingerprint with(ByteBuffer bytes) {
        with(bytes.remaining());
        digest.update(bytes);
        return this;
    }

    /** Ends it: 64 hexadecimal digits. Call it once. */
    public String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
