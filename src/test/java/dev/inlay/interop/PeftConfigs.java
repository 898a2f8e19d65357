package dev.inlay.interop;

import java.nio.file.Path;
import java.util.ArrayList;

/** Opens the reader of PEFT's settings to tests of other packages. */
public final class PeftConfigs {
    private PeftConfigs() {}

    /**
     * Reads an {@code adapter_config.json}.
     *
     * @throws dev.inlay.error.InlayException if it is refused
     */
    public static void read(Path file) {
        PeftConfigReader.read(file, new ArrayList<>());
    }
}
