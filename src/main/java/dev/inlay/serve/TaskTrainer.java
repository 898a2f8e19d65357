package dev.inlay.serve;

import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.OverloadException;
import java.util.Map;
import java.util.Optional;

/** Makes tasks from labelled images, one after the other, while others are served. Safe for use by many threads. */
public interface TaskTrainer {
    /** The limits. */
    TrainingOptions options();

    /**
     * Refuses at once what {@link #submit} would refuse now, whatever the images.
     *
     * @throws ConfigException if {@code id} is no task's id, or its task cannot be replaced from here, or is being made
     * @throws OverloadException if too many jobs wait
     */
    void requireRoom(String id);

    /**
     * Has a task made. It takes the place of the one that has its id when it is done.
     *
     * @return the job, queued
     * @throws ConfigException if a limit is exceeded
     * @throws DataException naming an image that cannot be decoded
     * @throws OverloadException if too many jobs wait
     * @throws dev.inlay.error.StorageException if the images cannot be stored
     */
    TrainingJob submit(String id, TrainingRequest request);

    /** The last job for a task; empty if there was none lately. */
    Optional<TrainingJob> job(String id);

    /**
     * Calls a job off. It changes nothing from now on; a step that is being computed is computed to its end.
     *
     * @return whether one was waiting or running
     */
    boolean cancel(String id);

    /** How many jobs stand how: of those that are over, since the process started; of the others, now. */
    Map<TrainingJob.State, Long> counts();
}
