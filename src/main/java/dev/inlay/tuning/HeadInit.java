package dev.inlay.tuning;

import dev.inlay.random.Key;
import java.util.Arrays;

/** How the head's last layer starts. */
public enum HeadInit {
    /** Weights from N(0, 0.02²), bias 0 (SPT, timm). */
    SMALL {
        @Override
        double std(int classes) {
            return 0.02;
        }

        @Override
        double bias() {
            return 0;
        }
    },
    /**
     * The fit of a linear probe (LP-FT, arXiv 2202.10054), which a run puts in its place; until then, and where nothing is
     * fitted, as {@link #SMALL}.
     */
    PROBE {
        @Override
        double std(int classes) {
            return SMALL.std(classes);
        }

        @Override
        double bias() {
            return SMALL.bias();
        }
    },
    /** Weights from N(0, 2 / C), bias -ln 99, a prior of 0.01 for each class (VPT's published code). */
    VPT {
        @Override
        double std(int classes) {
            return Math.sqrt(2.0 / classes);
        }

        @Override
        double bias() {
            return -Math.log(99);
        }
    };

    abstract double std(int classes);

    abstract double bias();

    /** (C, D) row-major. */
    float[] weights(Key key, int classes, int width) {
        return Initial.normal(key, Math.multiplyExact(classes, width), 0, std(classes));
    }

    /** (C). */
    float[] biases(int classes) {
        float[] biases = new float[classes];
        Arrays.fill(biases, (float) bias());
        return biases;
    }
}
