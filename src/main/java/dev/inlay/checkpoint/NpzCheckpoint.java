package dev.inlay.checkpoint;

import dev.inlay.checkpoint.npz.NpzFile;
import dev.inlay.checkpoint.safetensors.TensorInfo;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Tensors;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** A NumPy archive as a {@link Checkpoint}. */
record NpzCheckpoint(NpzFile file, Map<String, TensorInfo> infos) implements Checkpoint {
    NpzCheckpoint(NpzFile file) {
        this(file, file.infos());
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public String format() {
        return "NumPy .npz";
    }

    @Override
    public List<String> notes() {
        return List.of();
    }

    @Override
    public Map<String, String> metadata() {
        return Map.of();
    }

    @Override
    public Tensor read(String name) {
        TensorInfo info = infos.get(name);
        if (info == null) {
            throw new DataException(path() + ": expected an array '" + name + "', found " + infos.size() + " others");
        }
        try (PointerScope scope = new PointerScope()) {
            return Tensors.own(
                    info.dtype().isFloating()
                            ? Tensors.of(file.floats(name), info.sizes())
                            : Tensors.of(file.longs(name), info.sizes()));
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
