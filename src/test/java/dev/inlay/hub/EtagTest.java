package dev.inlay.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.security.MessageDigest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The checksums are those of {@code git hash-object} and {@code sha256sum} of the line "hello". */
class EtagTest {
    private static final String GIT = "ce013625030ba8dba906f756967f9e9ca394464a";

    @ParameterizedTest
    @ValueSource(strings = {GIT, "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"})
    void bytesAreCheckedByTheKindOfTheirName(String hex) {
        Etag etag = Etag.parse('"' + hex + '"').orElseThrow();
        assertThat(etag.hex()).isEqualTo(hex);
        assertThat(etag.matches(digest(etag, "hello\n"))).isTrue();
        assertThat(etag.matches(digest(etag, "hallo\n"))).isFalse();
    }

    @Test
    void aWeakOneCountsToo() {
        assertThat(Etag.parse("W/\"" + GIT + "\"")).contains(new Etag(GIT));
    }

    @ParameterizedTest
    @CsvSource({"''", "abc", "../" + GIT, GIT + "0", "CE013625030BA8DBA906F756967F9E9CA394464A"})
    void anythingElseIsNone(String header) {
        assertThat(Etag.parse(header)).isEmpty();
    }

    private static MessageDigest digest(Etag etag, String text) {
        MessageDigest digest = etag.digest(text.length());
        digest.update(text.getBytes(UTF_8));
        return digest;
    }
}
