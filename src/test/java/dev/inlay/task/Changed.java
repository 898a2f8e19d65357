package dev.inlay.task;

import dev.inlay.checkpoint.safetensors.Dtype;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.checkpoint.safetensors.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A safetensors file with something changed. */
final class Changed {
    private final Map<String, TensorEntry> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata;

    private Changed(Map<String, String> metadata) {
        this.metadata = new TreeMap<>(metadata);
    }

    static Changed from(Path file) {
        try (SafeTensorsFile stored = SafeTensorsFile.open(file)) {
            Changed changed = new Changed(stored.metadata());
            for (String name : stored.names()) {
                ByteBuffer bytes = stored.buffer(name);
                changed.tensors.put(name, TensorEntry.bytes(stored.info(name), () -> bytes));
            }
            return changed;
        }
    }

    Changed metadata(String key, String value) {
        metadata.put(key, value);
        return this;
    }

    Changed without(String key) {
        metadata.remove(key);
        return this;
    }

    /** Replaces text in a value, which must be there. */
    Changed replaced(String key, String target, String replacement) {
        String changed = metadata.get(key).replace(target, replacement);
        if (changed.equals(metadata.get(key))) {
            throw new AssertionError(target + " is not in " + metadata.get(key));
        }
        return metadata(key, changed);
    }

    Changed withoutTensor(String name) {
        tensors.remove(name);
        return this;
    }

    Changed floats(String name, float... values) {
        tensors.put(name, TensorEntry.floats(name, values, values.length));
        return this;
    }

    Changed ints(String name, int... values) {
        tensors.put(name, TensorEntry.ints(name, values, values.length));
        return this;
    }

    /** Gives a tensor another shape of as many elements. */
    Changed shape(String name, long... shape) {
        TensorEntry tensor = tensors.get(name);
        TensorInfo info = TensorInfo.of(name, tensor.info().dtype(), shape);
        tensors.put(name, new TensorEntry(info, tensor.content()));
        return this;
    }

    /** A tensor of zeros of another type. */
    Changed zeros(String name, Dtype dtype, long... shape) {
        TensorInfo info = TensorInfo.of(name, dtype, shape);
        tensors.put(name, TensorEntry.bytes(info, () -> ByteBuffer.allocate((int) info.byteLength())));
        return this;
    }

    void write(Path file) {
        List<TensorEntry> all = new ArrayList<>(tensors.values());
        SafeTensorsWriter.write(file, all, metadata);
    }
}
