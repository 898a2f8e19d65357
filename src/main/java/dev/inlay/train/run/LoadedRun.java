package dev.inlay.train.run;

import dev.inlay.backbone.Backbone;
import dev.inlay.config.RunConfig;
import dev.inlay.data.Examples;
import dev.inlay.data.source.Splits;
import dev.inlay.inference.InferenceLoop;
import dev.inlay.inputs.RunData;

/**
 * A config with what it names, loaded.
 *
 * @param config of the run
 * @param backbone borrowed
 * @param data borrowed
 */
record LoadedRun(RunConfig config, Backbone backbone, RunData data) {
    Splits<Examples> splits() {
        return data.splits();
    }

    /** Whether there are validation images, and not the training images again. */
    boolean hasOwnValidation() {
        Examples validation = splits().validation();
        return validation.size() > 0
                && !validation.fingerprint().equals(splits().train().fingerprint());
    }

    /** How many threads read images. */
    int workers() {
        return RunData.workers(config.data());
    }

    /** Evaluates. */
    InferenceLoop inference() {
        return new InferenceLoop(config.train().evaluationBatchSize(), workers(), backbone.device());
    }
}
