package dev.inlay.serve.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.inlay.error.ConfigException;
import dev.inlay.error.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.Optional;

/** Who may change tasks: whoever sends {@code Authorization: Bearer <token>}; everybody, where there is no token. */
final class WriteToken {
    private static final int MIN = 16;
    private static final String SCHEME = "Bearer ";

    /** SHA-256 of the token: digests are of one length, and comparing them tells nothing of the token. */
    private final Optional<byte[]> expected;

    /**
     * @param file holds the token, alone
     * @throws ConfigException if it cannot be read or holds no token of 16 or more visible characters
     */
    WriteToken(Optional<Path> file) {
        this.expected = file.map(WriteToken::read).map(WriteToken::digest);
    }

    private static String read(Path file) {
        String token;
        try {
            token = Files.readString(file).strip();
        } catch (IOException e) {
            throw new ConfigException("cannot read the file of the token " + file + ": " + StorageException.reason(e));
        }
        if (token.length() < MIN || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new ConfigException(file + ": expected a token of " + MIN
                    + " or more letters, digits and signs in one word; make one with openssl rand -hex 32");
        }
        return token;
    }

    boolean isKnown() {
        return expected.isPresent();
    }

    /**
     * Lets a change pass.
     *
     * @param authorization the header; null if there is none
     * @throws RefusedException if it does not carry the token
     */
    void require(String authorization) {
        if (expected.isEmpty()) {
            return;
        }
        if (authorization == null || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw new Problem(
                            401,
                            "changing tasks needs the token: Authorization: Bearer …",
                            Map.of("WWW-Authenticate", "Bearer realm=\"tasks\""))
                    .refused();
        }
        byte[] given = digest(authorization.substring(SCHEME.length()).strip());
        if (!MessageDigest.isEqual(expected.get(), given)) {
            throw new Problem(403, "that is not the token of this service").refused();
        }
    }

    private static byte[] digest(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
