package dev.inlay.cli;

import dev.inlay.config.RunConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Parameters;

/** The arguments {@code CONFIG [key=value …]} of the commands that run a config. */
final class ConfigArguments {
    @Parameters(index = "0", paramLabel = "CONFIG", description = "The config (YAML); docs/config.md has every key.")
    private Path file;

    @Parameters(
            index = "1..*",
            paramLabel = "key=value",
            description = "Settings laid over the config, such as train.epochs=5.")
    private List<String> overrides = new ArrayList<>();

    RunConfig read() {
        return RunConfig.read(file, overrides);
    }

    Path file() {
        return file;
    }

    List<String> overrides() {
        return overrides;
    }
}
