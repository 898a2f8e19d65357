package dev.inlay.bench;

import dev.inlay.plan.Candidate;
import dev.inlay.random.Key;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Scores that no gradients stand behind, spread so that plans look like those published for SPT: a score is the fourth power
 * of a normal number, times how sensitive its tensor is, which is log-normal, and vectors are more sensitive than matrices.
 * On ViT-B/16 with a budget of 0.2 M about 31,000 individual weights are spread over most matrices, as in the published plans.
 */
final class SyntheticScores {
    private static final double SPREAD = 0.4;
    private static final double VECTORS = 10;

    private SyntheticScores() {}

    /** One array per candidate; equal candidates and seeds give equal scores. */
    static float[][] of(List<Candidate> candidates, long seed) {
        Key key = Key.of(seed, "bench").at("scores");
        return candidates.stream()
                .parallel()
                .map(candidate -> scores(candidate, key.at(candidate.name()).stream()))
                .toArray(float[][]::new);
    }

    private static float[] scores(Candidate candidate, RandomGenerator random) {
        double tensor = Math.exp(SPREAD * random.nextGaussian()) * (candidate.isVector() ? VECTORS : 1);
        float[] scores = new float[candidate.size()];
        for (int i = 0; i < scores.length; i++) {
            double normal = random.nextGaussian();
            scores[i] = (float) (tensor * normal * normal * normal * normal);
        }
        return scores;
    }
}
