package dev.inlay.serve.http;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.ConfigException;
import org.junit.jupiter.api.Test;

class OpenFilesTest {
    @Test
    void moreConnectionsThanFilesAreRefusedInOneLine() {
        assertThatCode(() -> OpenFiles.require(512, 100, 1024)).doesNotThrowAnyException();
        assertThatThrownBy(() -> OpenFiles.require(512, 100, 256))
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll("512 connections need 676 open files", "may have 256", "to 92 at most")
                .message()
                .doesNotContain("\n");
        assertThatThrownBy(() -> OpenFiles.require(1, 100, 128))
                .isInstanceOf(ConfigException.class)
                .hasMessageEndingWith("raise that limit (ulimit -n)");
    }

    @Test
    void nobodyHasAsManyFilesAsThat() {
        assertThatThrownBy(() -> OpenFiles.require(Integer.MAX_VALUE)).hasMessageContaining("http.maxConnections");
    }
}
