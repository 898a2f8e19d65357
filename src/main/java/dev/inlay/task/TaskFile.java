package dev.inlay.task;

import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.safetensors.Dtype;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.checkpoint.safetensors.TensorInfo;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.plan.FlatIndices;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Ensemble;
import dev.inlay.tuning.Trainable;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.method.StoredSpec;
import dev.inlay.tuning.method.TuningMethod;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Task files: safetensors with the trained tensors (F32), the positions of individual weights (I32) and the task's metadata.
 * Documented in {@code docs/task-format.md}.
 */
public final class TaskFile {
    /** A task of 20,000 classes has a header of a megabyte; one of any file may have 100, of which far more memory is made. */
    private static final int MAX_HEADER_BYTES = 16 << 20;

    private TaskFile() {}

    /** Replaces {@code file} by the task of one tuning, like {@link #write(Path, TaskInfo, Ensemble)}. */
    public static void write(Path file, TaskInfo info, Tuning tuning) {
        write(file, info, Ensemble.of(List.of(tuning)));
    }

    /**
     * Replaces {@code file} by the task, or leaves it untouched. Equal tasks give equal bytes.
     *
     * @param tuned what {@code info.spec()} was attached as; its trainables are written
     * @throws InlayException if the file cannot be written, or a trained number is not finite
     * @throws dev.inlay.error.ConfigException if the spec's method is not a known one
     * @throws IllegalArgumentException if the head has not as many classes as there are names, or {@code info} names
     *     another backbone
     */
    public static void write(Path file, TaskInfo info, Ensemble tuned) {
        if (tuned.classes() != info.classNames().size()) {
            throw new IllegalArgumentException("expected a name for each of the head's " + tuned.classes()
                    + " classes, found " + info.classNames().size());
        }
        if (!tuned.backbone().fingerprint().equals(info.backbone().fingerprint())) {
            throw new IllegalArgumentException("expected the backbone "
                    + tuned.backbone().fingerprint() + ", which is tuned, found "
                    + info.backbone().fingerprint());
        }
        StoredSpec spec = TuningMethod.named(info.spec().method()).store(info.spec());
        Map<Role, Long> parameters = new EnumMap<>(Role.class);
        List<TensorEntry> tensors = new ArrayList<>();
        tuned.trainables().forEach((name, trainable) -> {
            requireFinite(name, trainable);
            parameters.merge(trainable.role(), trainable.tensor().numel(), Long::sum);
            tensors.add(StoredTensors.entry(name, trainable.tensor()));
        });
        spec.indices()
                .forEach((name, indices) -> tensors.add(TensorEntry.ints(name, indices.toArray(), indices.size())));
        SafeTensorsWriter.write(file, tensors, new TaskMetadata(info, parameters).write(spec));
    }

    private static void requireFinite(String name, Trainable trainable) {
        try (PointerScope scope = new PointerScope()) {
            if (!trainable.tensor().isfinite().all().item_bool()) {
                throw new InlayException("the trained tensor " + name
                        + " holds a number that is not finite, so no task is written; lower train.learningRate");
            }
        }
    }

    /**
     * Reads a task.
     *
     * @return owned by the caller
     * @throws DataException if the file is not a whole task of this version; names the file, the tensor or key, what was
     *     expected and what was found
     */
    public static Task read(Path file) {
        try (SafeTensorsFile stored = open(file)) {
            TaskMetadata metadata = metadata(stored);
            return new Task(file.toString(), metadata, trainables(stored));
        }
    }

    /** Opens a file that claims to be a task. */
    static SafeTensorsFile open(Path file) {
        SafeTensorsFile.requireHeader(file, MAX_HEADER_BYTES);
        SafeTensorsFile stored = openStored(file);
        if (FileKind.isTask(stored)) {
            return stored;
        }
        stored.close();
        throw FileKind.TASK.refuse(file, FileKind.of(file));
    }

    private static SafeTensorsFile openStored(Path file) {
        try {
            return SafeTensorsFile.open(file);
        } catch (DataException e) {
            throw FileKind.TASK.refuse(
                    file, FileKind.of(file)); // unless it cannot be read as anything, which tells why
        }
    }

    /** The metadata of a task, checked against the headers of its tensors. */
    static TaskMetadata metadata(SafeTensorsFile file) {
        String source = file.path().toString();
        Map<String, FlatIndices> indices = new LinkedHashMap<>();
        long numbers = 0;
        for (String name : file.names()) {
            TensorInfo info = file.info(name);
            if (info.dtype() == Dtype.I32) {
                indices.put(name, indices(file, info));
            } else if (info.dtype() == Dtype.F32) {
                numbers += info.elements();
            } else {
                throw new DataException(source + ": tensor '" + name
                        + "': expected F32 (trained) or I32 (positions), found " + info.dtype());
            }
        }
        TaskMetadata metadata = TaskMetadata.read(file.metadata(), indices, source);
        long counted = metadata.parameters().values().stream()
                .mapToLong(Long::longValue)
                .sum();
        if (counted != numbers) {
            throw new DataException(source + ": key 'parameters': expected " + numbers
                    + " in all, as many as the trained tensors hold, found " + counted);
        }
        return metadata;
    }

    private static FlatIndices indices(SafeTensorsFile file, TensorInfo info) {
        String place = file.path() + ": tensor '" + info.name() + "': ";
        if (info.shape().size() != 1) {
            throw new DataException(place + "expected a vector of positions, found the shape " + info.shape());
        }
        long[] positions = file.longs(info.name());
        int[] ascending = new int[positions.length];
        for (int i = 0; i < ascending.length; i++) {
            ascending[i] = (int) positions[i];
        }
        try {
            return FlatIndices.of(ascending);
        } catch (IllegalArgumentException e) {
            throw new DataException(place + e.getMessage(), e);
        }
    }

    private static Map<String, Tensor> trainables(SafeTensorsFile file) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try (PointerScope scope = new PointerScope()) {
            for (String name : file.names()) {
                TensorInfo info = file.info(name);
                if (info.dtype().isFloating()) {
                    float[] values = file.floats(name);
                    requireFinite(file, name, values);
                    tensors.put(name, Tensors.own(Tensors.of(values, info.sizes())));
                }
            }
            return tensors;
        } catch (RuntimeException e) {
            tensors.values().forEach(Tensors::release);
            throw e;
        }
    }

    private static void requireFinite(SafeTensorsFile file, String name, float[] values) {
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new DataException(file.path() + ": tensor '" + name + "': expected finite numbers, found "
                        + values[i] + " at " + i + "; the file is damaged");
            }
        }
    }
}
