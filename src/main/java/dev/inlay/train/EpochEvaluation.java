package dev.inlay.train;

/** Accuracy on other splits at the end of an epoch; null where it is not measured. */
public interface EpochEvaluation {
    /**
     * The measured top-1 of one epoch.
     *
     * @param validation top-1 fraction on the validation split
     * @param validationLoss mean cross-entropy there, in nats, which tells epochs of equal top-1 apart
     * @param test top-1 fraction on the test split
     */
    record Top1(Double validation, Double validationLoss, Double test) {
        /** Nothing measured. */
        public static final Top1 NONE = new Top1(null, null, null);
    }

    /**
     * Measures.
     *
     * @param epoch from 1; 0 before the first step, asked for where the start may be selected
     * @param last whether it is the last epoch
     */
    Top1 after(int epoch, boolean last);
}
