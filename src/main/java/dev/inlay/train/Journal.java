package dev.inlay.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.error.DataException;
import dev.inlay.error.JsonFault;
import dev.inlay.tensor.Tensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * The saved state of a training between two steps: trainables, optimiser and position in one safetensors file that is
 * replaced atomically.
 *
 * @param file where it is kept
 * @param everySeconds at most this long between saves; 0 for no such bound
 * @param everySteps at most this many steps between saves; 0 for no such bound
 */
public record Journal(Path file, double everySeconds, int everySteps) {
    private static final String POSITION = "inlay.position";
    private static final String BEST = "best.";
    private static final String AVERAGE = "ema.";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /**
     * Whether the state is to be saved.
     *
     * @param steps since it last was
     * @param seconds since it last was
     */
    boolean isDue(int steps, double seconds) {
        return (everySteps > 0 && steps >= everySteps) || (everySeconds > 0 && seconds >= everySeconds);
    }

    /** Saves a learner's state. */
    public void save(SteppedTraining learner, TrainingPosition position) {
        save(learner, position, Map.of(), Map.of());
    }

    /**
     * Saves a learner's state.
     *
     * @param best what was learned by the end of the best epoch, by name; borrowed
     * @param averages of what was learned, by name; borrowed
     */
    void save(
            SteppedTraining learner,
            TrainingPosition position,
            Map<String, Tensor> best,
            Map<String, Tensor> averages) {
        List<TensorEntry> tensors = new ArrayList<>();
        learner.state().forEach((name, tensor) -> tensors.add(StoredTensors.entry(name, tensor)));
        best.forEach((name, tensor) -> tensors.add(StoredTensors.entry(BEST + name, tensor)));
        averages.forEach((name, tensor) -> tensors.add(StoredTensors.entry(AVERAGE + name, tensor)));
        try {
            SafeTensorsWriter.write(file, tensors, Map.of(POSITION, JSON.writeValueAsString(position)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Restores what was saved last.
     *
     * @return where to resume; empty if nothing was saved
     * @throws DataException if the file is damaged or is of another training; says how to start again
     */
    public Optional<TrainingPosition> restore(SteppedTraining learner) {
        Map<String, Tensor> best = new HashMap<>();
        Map<String, Tensor> averages = new HashMap<>();
        try {
            return restore(learner, best, averages);
        } finally {
            best.values().forEach(Tensors::release);
            averages.values().forEach(Tensors::release);
        }
    }

    /**
     * Restores what was saved last.
     *
     * @param best gets what was learned by the end of the best epoch, by name; owned by the caller
     * @param averages gets those of what was learned, by name; owned by the caller
     * @return where to resume; empty if nothing was saved
     * @throws DataException if the file is damaged or is of another training; says how to start again
     */
    Optional<TrainingPosition> restore(
            SteppedTraining learner, Map<String, Tensor> best, Map<String, Tensor> averages) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try (SafeTensorsFile stored = SafeTensorsFile.open(file)) {
            return Optional.of(restore(learner, stored, best, averages));
        } catch (DataException e) {
            throw new DataException(
                    "the saved state cannot be used: " + e.getMessage() + "; move " + file
                            + " away to start this training again",
                    e);
        }
    }

    private TrainingPosition restore(
            SteppedTraining learner, SafeTensorsFile stored, Map<String, Tensor> best, Map<String, Tensor> averages) {
        try {
            String position = stored.metadata().get(POSITION);
            if (position == null) {
                throw new DataException(file + " is no journal of a training: its metadata lack " + POSITION);
            }
            Map<String, Tensor> state = StoredTensors.readAll(stored);
            try {
                move(BEST, state, best);
                move(AVERAGE, state, averages);
                learner.restore(state, file.toString());
            } finally {
                state.values().forEach(Tensors::release);
            }
            return JSON.readValue(position, TrainingPosition.class);
        } catch (JsonProcessingException e) {
            throw new DataException(JsonFault.in(file + ": metadata " + POSITION, "a place in a training", e), e);
        }
    }

    private static void move(String prefix, Map<String, Tensor> from, Map<String, Tensor> to) {
        List<String> names =
                from.keySet().stream().filter(name -> name.startsWith(prefix)).toList();
        names.forEach(name -> to.put(name.substring(prefix.length()), from.remove(name)));
    }
}
