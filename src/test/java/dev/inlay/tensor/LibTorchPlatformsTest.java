package dev.inlay.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LibTorchPlatformsTest {
    @Test
    void aSystemWithoutNativesIsToldWhichHaveThem() {
        assertThat(LibTorch.remedy("linux-arm64"))
                .contains("linux-x86_64", "macosx-arm64", "docs/platforms.md")
                .doesNotContain("classifier linux-arm64");
    }

    @Test
    void aSystemWithNativesIsToldWhatToAdd() {
        assertThat(LibTorch.remedy("macosx-arm64")).contains("classifier macosx-arm64");
    }

    @Test
    void thisSystemIsOneOfThem() {
        assertThat(LibTorch.PLATFORMS).contains(LibTorch.platform());
    }
}
