package dev.inlay.task;

import dev.inlay.backbone.Backbone;
import dev.inlay.data.LabelSpace;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Ensemble;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.Tuning;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** A task as it was read from its file: what it says about itself, and the trained tensors. */
public final class Task implements AutoCloseable {
    private final String source;
    private final TaskMetadata metadata;
    private final Map<String, Tensor> trainables;
    private boolean closed;

    /**
     * @param source what to call the file in errors
     * @param trainables by name; ownership passes to this object
     */
    Task(String source, TaskMetadata metadata, Map<String, Tensor> trainables) {
        this.source = source;
        this.metadata = metadata;
        this.trainables = new LinkedHashMap<>(trainables);
    }

    /** What the task says about itself. */
    public TaskInfo info() {
        return metadata.info();
    }

    /** How many numbers train as each part that trains at all. */
    public Map<Role, Long> parameters() {
        return metadata.parameters();
    }

    /**
     * The trained tensors, float32, by name in the order of the file; borrowed.
     *
     * @throws IllegalStateException if the task is closed
     */
    public Map<String, Tensor> trainables() {
        requireOpen();
        return Collections.unmodifiableMap(trainables);
    }

    /**
     * Puts a task of one tuning on its backbone.
     *
     * @param backbone borrowed; must outlive the result
     * @return to be used and not trained; outlives this task; owned by the caller
     * @throws ConfigException if the task has several members; {@link #ensemble} takes them
     * @throws DataException if this is not the task's backbone, or a tensor is missing, unexpected or of another shape
     * @throws IllegalStateException if the task is closed
     */
    public Tuning attach(Backbone backbone) {
        requireOneMember("a single tuning");
        return ensemble(backbone).members().get(0);
    }

    /**
     * Puts the task on its backbone.
     *
     * @param backbone borrowed; must outlive the result
     * @return to be used and not trained; outlives this task; owned by the caller
     * @throws DataException if this is not the task's backbone, or a tensor is missing, unexpected or of another shape
     * @throws IllegalStateException if the task is closed
     */
    public Ensemble ensemble(Backbone backbone) {
        requireOpen();
        info().backbone().requireSame(backbone, source);
        try {
            Ensemble ensemble =
                    Ensemble.frozen(backbone, info().spec(), info().classNames().size(), trainables, source);
            requireHeadsOf(info().labels(), ensemble);
            return ensemble;
        } catch (ConfigException e) {
            throw new DataException(source + ": " + e.getMessage(), e);
        }
    }

    /** Masks come of maps, everything else of what is read of the image as a whole. */
    private void requireHeadsOf(LabelSpace labels, Ensemble ensemble) {
        boolean masks = labels.kind() == LabelSpace.Kind.MASKS;
        if (ensemble.members().stream().anyMatch(member -> member.hooks().readsMap() != masks)) {
            ensemble.close();
            throw new DataException(source + ": its labels are " + labels.kind() + ", but its head gives "
                    + (masks ? "an image one output for each name" : "every pixel outputs")
                    + "; the file is damaged, train the task anew");
        }
    }

    /**
     * Refuses a task with several members where one is all that can be held.
     *
     * @param holder what holds one, such as {@code an adapter of PEFT}
     * @throws ConfigException if the task has several
     */
    public void requireOneMember(String holder) {
        int members = info().spec().members().size();
        if (members > 1) {
            throw new ConfigException(source + ": the task has " + members + " members, whose logits are averaged, but "
                    + holder + " holds one; predict with inlay predict or inlay serve, or train a task with"
                    + " method.members: 1");
        }
    }

    /**
     * Refuses a task that gives every pixel a class where there is no head for that.
     *
     * @param holder what has none, such as {@code a network of timm}
     * @throws ConfigException if the task is one
     */
    public void requireWholeImages(String holder) {
        if (info().labels().kind() == LabelSpace.Kind.MASKS) {
            throw new ConfigException(
                    source + ": the task gives every pixel a class, and " + holder
                            + " has no head for that; export it as ONNX (--to onnx), or use it with inlay predict or inlay serve");
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the task " + source + " is closed");
        }
    }

    /** Frees the tensors; closing twice is harmless. */
    @Override
    public void close() {
        trainables.values().forEach(Tensors::release);
        trainables.clear();
        closed = true;
    }
}
