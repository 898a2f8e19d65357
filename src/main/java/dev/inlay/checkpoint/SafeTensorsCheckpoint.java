package dev.inlay.checkpoint;

import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.TensorInfo;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** A safetensors file as a {@link Checkpoint}. */
record SafeTensorsCheckpoint(SafeTensorsFile file) implements Checkpoint {
    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public String format() {
        return "safetensors";
    }

    @Override
    public Map<String, TensorInfo> infos() {
        Map<String, TensorInfo> infos = new LinkedHashMap<>();
        file.names().forEach(name -> infos.put(name, file.info(name)));
        return Collections.unmodifiableMap(infos);
    }

    @Override
    public List<String> notes() {
        return List.of();
    }

    @Override
    public Map<String, String> metadata() {
        return file.metadata();
    }

    @Override
    public Tensor read(String name) {
        return StoredTensors.read(file, name);
    }

    @Override
    public void close() {
        file.close();
    }
}
