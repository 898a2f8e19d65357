package dev.inlay.data.source;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Tells what commands of Inlay write into their folders, so that none of it is taken for an input. */
final class OwnOutput {
    private static final Pattern NAMES = Pattern.compile(
            "\\.lock|\\.inlay-.+|predictions\\.json|part-([0-9]{7}|[0-9a-f]{16})|config\\.json|state\\.json"
                    + "|metrics\\.(json|prom)|inputs\\.txt|report\\.html|run\\.log|plan\\.json"
                    + "|README\\.md|curves\\.csv|augmented\\.png|mlflow\\.json|tensorboard|(probe|start|scores|journal|task)\\.safetensors|points");

    private OwnOutput() {}

    /** Whether a folder holds predictions, or a run that is perhaps only just begun. */
    static boolean isIn(Path folder) {
        return Files.exists(folder.resolve("predictions.json"))
                || Files.exists(folder.resolve(".lock"))
                || Files.exists(folder.resolve("state.json")) && Files.exists(folder.resolve("config.json"));
    }

    /** Whether what has this name in such a folder belongs to it. */
    static boolean has(String name) {
        return NAMES.matcher(name).matches();
    }
}
