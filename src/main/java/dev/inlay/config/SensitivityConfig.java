package dev.inlay.config;

import dev.inlay.sensitivity.ScoringOptions.Memory;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Stage 1 of SPT: how the score of each weight is measured.
 *
 * @param batchSize images whose mean loss is differentiated
 * @param batches batches summed over, in the order of the training list; fewer if the images end
 * @param mode whether stochastic depth is on
 * @param perSample square each image's gradient instead of the batch mean's
 * @param head the head whose loss is differentiated
 * @param memory how activations are held
 * @param microBatch images per part with {@link Memory#MICRO}, at most {@code batchSize}
 * @param prompts how many prompts of each block are scored beside its weights; 0 for none
 * @param scores a scores file made earlier; stage 1 is then skipped
 */
public record SensitivityConfig(
        int batchSize,
        int batches,
        Mode mode,
        boolean perSample,
        Head head,
        Memory memory,
        int microBatch,
        int prompts,
        Optional<Path> scores) {
    /** Whether the network is in training or evaluation mode. */
    public enum Mode {
        /** Nothing random. */
        EVAL,
        /** Stochastic depth as in training. */
        TRAIN
    }

    /** Where the head of stage 1 comes from. */
    public enum Head {
        /** N(0, 0.02²) weights, zero bias, seeded. */
        RANDOM,
        /** A linear probe fitted to the same images. */
        PROBE,
        /** The head in the backbone's file. */
        CHECKPOINT
    }

    static SensitivityConfig read(Section section, Compat compat) {
        int batchSize = section.integer("batchSize", 32, 1, 1_000_000);
        int batches = section.integer("batches", 16, 1, 1_000_000);
        Mode mode = section.choice("mode", compat == Compat.SEED ? Mode.TRAIN : Mode.EVAL);
        boolean perSample = section.flag("perSample", false);
        Head head = section.choice("head", Head.RANDOM);
        Memory memory = section.choice("memory", Memory.PLAIN);
        int microBatch = section.integer("microBatch", Math.min(8, batchSize), 1, batchSize);
        int prompts = section.integer("prompts", 0, 0, 4096);
        Optional<Path> scores = section.path("scores");
        section.end();
        return new SensitivityConfig(batchSize, batches, mode, perSample, head, memory, microBatch, prompts, scores);
    }
}
