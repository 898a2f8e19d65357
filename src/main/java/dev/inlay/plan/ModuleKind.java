package dev.inlay.plan;

/** The module that a plan puts on a matrix whose weights are sensitive enough, or behind a block. */
public enum ModuleKind {
    /** y += B·A·x with A (r, in) and B (out, r), no biases: in·r + r·out parameters (Hu et al. 2022). */
    LORA {
        @Override
        public long parameters(int outFeatures, int inFeatures, int rank) {
            return (long) inFeatures * rank + (long) rank * outFeatures;
        }
    },
    /** y += Up·gelu(Down·y) on the layer's output, both with biases: out·r + r·out + r + out parameters (Houlsby et al. 2019). */
    ADAPTER {
        @Override
        public long parameters(int outFeatures, int inFeatures, int rank) {
            return 2L * outFeatures * rank + rank + outFeatures;
        }
    },
    /** γ ⊙ y + β on the layer's output: 2 · out parameters, whatever the rank (Lian et al. 2022). */
    SSF {
        @Override
        public long parameters(int outFeatures, int inFeatures, int rank) {
            return 2L * outFeatures;
        }
    },
    /**
     * y + s ⊙ Up·gelu(Down·y) behind a whole block instead of on a matrix, of a width that the plan gives the block: 2·out·r + r +
     * 2·out parameters (Steitz and Roth 2024).
     */
    ADAPTER_PLUS {
        @Override
        public long parameters(int outFeatures, int inFeatures, int rank) {
            return 2L * outFeatures * rank + rank + 2L * outFeatures;
        }
    };

    /** Whether it stands behind a block, so that a plan has {@linkplain BlockWidth widths} of blocks instead of matrices. */
    public boolean isOfBlock() {
        return this == ADAPTER_PLUS;
    }

    /**
     * How many parameters the module adds to a linear layer, or to a block with as many outputs as inputs.
     *
     * @param outFeatures rows of the tunable parameter's weight
     * @param inFeatures columns of the tunable parameter's weight
     * @param rank inner width of the module
     * @return trainable parameters, at least 1
     */
    public abstract long parameters(int outFeatures, int inFeatures, int rank);
}
