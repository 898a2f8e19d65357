package dev.inlay.task;

import dev.inlay.checkpoint.Checkpoint;
import dev.inlay.checkpoint.naming.BackboneWeights;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.error.DataException;
import dev.inlay.plan.file.ReleasedPlan;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a file looks like it is. */
enum FileKind {
    TASK("a task", "give it as the task"),
    WEIGHTS("the weights of a backbone", "give it as the backbone"),
    SCORES("sensitivity scores", "give it to inlay allocate"),
    EXAMPLES("images and labels as tensors", "give it as data"),
    TENSORS("tensors that are none of Inlay's files", "check the path"),
    PLAN("a plan, or other JSON text", "inlay tune makes a task of a plan");

    private static final int LENGTH_BYTES = 8;
    private static final String SCORES_FAMILY = "inlay-scores-";

    private final String words;
    private final String advice;

    FileKind(String words, String advice) {
        this.words = words;
        this.advice = advice;
    }

    /**
     * What {@code file} looks like.
     *
     * @throws DataException if it cannot be read, or is no file of any of these kinds
     */
    static FileKind of(Path file) {
        if (ReleasedPlan.recognises(file)) {
            return PLAN;
        }
        if (Checkpoint.recognises(file)) {
            return WEIGHTS;
        }
        if (isJson(file)) {
            return PLAN;
        }
        try (SafeTensorsFile tensors = SafeTensorsFile.open(file)) {
            return of(tensors);
        }
    }

    /** Whether tensors claim to be a task, of whatever version. */
    static boolean isTask(SafeTensorsFile file) {
        return file.metadata().getOrDefault(TaskMetadata.FORMAT_KEY, "").startsWith(TaskMetadata.FORMAT_FAMILY);
    }

    private static FileKind of(SafeTensorsFile file) {
        if (isTask(file)) {
            return TASK;
        }
        String format = file.metadata().getOrDefault(TaskMetadata.FORMAT_KEY, "");
        List<String> names = file.names();
        // scores keep q, k and v of all blocks apart, which no weights do
        boolean apart = names.stream().anyMatch(name -> name.endsWith(".attn.q.weight"))
                && names.stream().noneMatch(name -> name.endsWith(".attn.qkv.weight"));
        if (format.startsWith(SCORES_FAMILY) || apart) {
            return SCORES;
        }
        try (BackboneWeights weights = BackboneWeights.open(file.path())) {
            if (weights.recognised().isPresent() || !weights.names().isIdentity()) {
                return WEIGHTS;
            }
        }
        return names.contains("images") && names.contains("labels") ? EXAMPLES : TENSORS;
    }

    /** Text that begins with a brace; a safetensors file begins with a length of 8 bytes, of which the last are zero. */
    private static boolean isJson(Path file) {
        byte[] start;
        try (InputStream in = Files.newInputStream(file)) {
            start = in.readNBytes(LENGTH_BYTES);
        } catch (IOException e) {
            return false; // opening it as safetensors says why
        }
        String text = new String(start, StandardCharsets.ISO_8859_1);
        return text.stripLeading().startsWith("{") && text.indexOf('\0') < 0;
    }

    /**
     * The failure of whoever needs a file of this kind and was given another.
     *
     * @param found what {@code file} looks like
     */
    DataException refuse(Path file, FileKind found) {
        return new DataException(file + ": expected " + words + ", found " + found.words + "; " + found.advice);
    }
}
