package dev.inlay.checkpoint;

import dev.inlay.checkpoint.pth.PthFile;
import dev.inlay.checkpoint.pth.StateDict;
import dev.inlay.checkpoint.pth.TensorView;
import dev.inlay.checkpoint.safetensors.TensorInfo;
import dev.inlay.error.DataException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** All tensors of a file of {@code torch.save} as a {@link Checkpoint}. */
record PthCheckpoint(PthFile file, StateDict state) implements Checkpoint {
    static PthCheckpoint open(Path path) {
        PthFile file = PthFile.open(path);
        try {
            return new PthCheckpoint(file, StateDict.of(file));
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public String format() {
        return "torch.save";
    }

    @Override
    public Map<String, TensorInfo> infos() {
        Map<String, TensorInfo> infos = new LinkedHashMap<>();
        state.tensors().forEach((name, view) -> infos.put(name, info(name, view)));
        return Collections.unmodifiableMap(infos);
    }

    private TensorInfo info(String name, TensorView view) {
        try {
            return new TensorInfo(name, view.storage().dtype(), view.shape());
        } catch (IllegalArgumentException e) {
            throw new DataException(path() + ": a tensor: " + e.getMessage(), e);
        }
    }

    @Override
    public List<String> notes() {
        return state.notes();
    }

    @Override
    public Map<String, String> unread() {
        return state.opaque();
    }

    @Override
    public Map<String, String> metadata() {
        return Map.of();
    }

    @Override
    public Tensor read(String name) {
        TensorView view = state.tensors().get(name);
        if (view == null) {
            throw new DataException(path() + ": expected a tensor '" + name + "', found "
                    + state.tensors().size() + " others");
        }
        return StoredTensors.read(file, view);
    }

    @Override
    public void close() {
        file.close();
    }
}
