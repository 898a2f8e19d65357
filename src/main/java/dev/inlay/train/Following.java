package dev.inlay.train;

/** The part that ranks other than 0 take in a training: they start where rank 0 does, take every step, and keep nothing. */
public final class Following {
    private Following() {}

    /**
     * Takes part to the end; rank 0 runs a {@link Training} meanwhile.
     *
     * @param trainer like that of rank 0, of the same group
     * @param inputs what all ranks together learn from
     * @param workers threads that read images
     */
    public static void run(Trainer trainer, Inputs inputs, int workers) {
        Start start = Start.common(trainer, Start.UNKNOWN);
        try (Steps steps = new Steps(trainer, inputs, workers)) {
            for (int epoch = start.epoch(); epoch < trainer.settings().epochs(); epoch++) {
                try (Steps.Epoch taken = steps.epoch(epoch, epoch == start.epoch() ? start.step() : 0)) {
                    while (taken.hasNext()) {
                        taken.next();
                    }
                }
            }
        }
    }
}
