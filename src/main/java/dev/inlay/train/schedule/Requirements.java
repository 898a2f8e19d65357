package dev.inlay.train.schedule;

import dev.inlay.error.ConfigException;

/** The checks that the schedules share. */
final class Requirements {
    private Requirements() {}

    /** A peak rate: finite and above 0. */
    static void peak(double learningRate) {
        if (!(learningRate > 0 && learningRate < Double.POSITIVE_INFINITY)) {
            throw new ConfigException("learningRate: expected a finite number above 0, found " + learningRate);
        }
    }

    /** A rate beside the peak: in [0, peak]. */
    static void upToPeak(String key, double rate, double peak) {
        if (!(rate >= 0 && rate <= peak)) {
            throw new ConfigException(key + ": expected 0 to learningRate (" + peak + "), found " + rate);
        }
    }

    static void epochs(int epochs) {
        if (epochs < 1) {
            throw new ConfigException("epochs: expected at least 1, found " + epochs);
        }
    }

    static void warmup(int warmupEpochs) {
        if (warmupEpochs < 0) {
            throw new ConfigException("warmupEpochs: expected 0 or more, found " + warmupEpochs);
        }
    }

    static void warmupWithin(int warmupEpochs, int epochs) {
        warmup(warmupEpochs);
        if (warmupEpochs > epochs) {
            throw new ConfigException("warmupEpochs: expected 0 to epochs (" + epochs + "), found " + warmupEpochs
                    + "; lower it or train longer");
        }
    }
}
