package dev.inlay.serve;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How the making of a task stands.
 *
 * @param task its id
 * @param state how far the job is
 * @param method what is tuned
 * @param epochs passes over the images
 * @param classes how many
 * @param images how many
 * @param submitted when the request was accepted
 * @param progress what it does now; present while it runs
 * @param metrics how good the task is, such as {@code train.top1}; empty unless it is done
 * @param problem why there is no task; present if it failed
 */
public record TrainingJob(
        String task,
        State state,
        TrainingRequest.Method method,
        int epochs,
        int classes,
        int images,
        Instant submitted,
        Optional<Step> progress,
        SortedMap<String, Double> metrics,
        Optional<String> problem) {
    /** How far a job is. */
    public enum State {
        /** Others are before it. */
        QUEUED,
        /** It is computed. */
        RUNNING,
        /** Its task is served. */
        DONE,
        /** It could not be done; nothing has changed. */
        FAILED,
        /** Somebody has called it off; nothing has changed. */
        CANCELLED;

        /** Whether nothing more will happen. */
        public boolean isOver() {
            return this != QUEUED && this != RUNNING;
        }
    }

    /**
     * The piece of work that a running job is at.
     *
     * @param phase such as {@code train}
     * @param part which of its trainings, from 1: where images are held out, the first is judged by them
     * @param parts how many trainings it has
     * @param done steps of the piece that are done
     * @param total steps of the piece
     * @param secondsLeft until the piece is done; empty where that cannot be told yet
     */
    public record Step(String phase, int part, int parts, long done, long total, OptionalDouble secondsLeft) {}

    /** Copies the metrics. */
    public TrainingJob {
        metrics = Collections.unmodifiableSortedMap(new TreeMap<>(Map.copyOf(metrics)));
    }
}
