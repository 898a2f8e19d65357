package dev.inlay.checkpoint;

import dev.inlay.checkpoint.npz.NpzFile;
import dev.inlay.checkpoint.pth.PthFile;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.TensorInfo;
import dev.inlay.error.DataException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * Named tensors that somebody stored, whatever the format, open for reading: headers are read at once, elements when they
 * are asked for. The names are the file's own; {@code naming.Network} finds the network among them, and
 * {@code naming.Layouts} makes timm's of its names.
 */
public interface Checkpoint extends AutoCloseable {
    /** What the index of a checkpoint in several files is called, after the name of the format. */
    String INDEX_SUFFIX = ".index.json";

    /**
     * Opens a checkpoint: a safetensors, {@code .npz} or {@code torch.save} file, each known by its content or name; the
     * index of one in several files ({@code *.index.json}); or a folder that holds one of transformers' names for these:
     * {@code model.safetensors}, {@code model.safetensors.index.json}, {@code pytorch_model.bin} or
     * {@code pytorch_model.bin.index.json}, in this order.
     *
     * @throws DataException if there is no such file, or it is damaged or refused
     */
    static Checkpoint open(Path path) {
        Path file = CheckpointFolder.resolve(path);
        if (file.getFileName().toString().endsWith(INDEX_SUFFIX)) {
            return ShardedCheckpoint.open(file);
        }
        if (NpzFile.recognises(file)) {
            return new NpzCheckpoint(NpzFile.open(file));
        }
        if (PthFile.recognises(file)) {
            return PthCheckpoint.open(file);
        }
        return new SafeTensorsCheckpoint(SafeTensorsFile.open(file));
    }

    /**
     * Whether a path is a checkpoint by its name or first bytes: a folder that holds one, an index, or a file of any format
     * but safetensors, in which much else is written too.
     */
    static boolean recognises(Path path) {
        return CheckpointFolder.holdsWeights(path)
                || path.getFileName() != null && path.getFileName().toString().endsWith(INDEX_SUFFIX)
                || NpzFile.recognises(path)
                || PthFile.recognises(path);
    }

    /** The file; of several, the index. */
    Path path();

    /** What the format is called, for people. */
    String format();

    /** The tensors by name, in the order of the file; unmodifiable, available after closing. */
    Map<String, TensorInfo> infos();

    /** What was taken off or left out of the file to come to these names, one line each. */
    List<String> notes();

    /** What stands under a name but is not read, as a quantised tensor, and what it is; empty for most formats. */
    default Map<String, String> unread() {
        return Map.of();
    }

    /** The string pairs of a safetensors file; empty for other formats. Available after closing. */
    Map<String, String> metadata();

    /**
     * One tensor: float32 if it is floating (half and bfloat16 widened, double rounded), int64 otherwise.
     *
     * @return owned by the caller
     * @throws DataException if there is none of this name or its bytes are damaged
     * @throws IllegalStateException if the file is closed
     */
    Tensor read(String name);

    /** The settings that transformers or timm wrote beside these weights, {@code config.json}; empty if there are none. */
    default Optional<Path> config() {
        return Optional.of(path().resolveSibling("config.json")).filter(Files::isRegularFile);
    }

    /** Closes the file; a second call does nothing. */
    @Override
    void close();
}
