package dev.inlay.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.Inlay;
import dev.inlay.config.RunConfig;
import dev.inlay.record.RunRecord;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole way from images to accuracy, on what comes with Inlay: gradients that are right but useless would show here. */
class AccuracyTest {
    private static final String CONFIG =
            """
            seed: 3
            threads: 2
            backbone: {name: builtin}
            data: {type: builtin, task: orientation, train: 800, validation: 100, test: 500}
            method: {type: spt, module: lora, rank: 8, budget: 5%}
            sensitivity: {batches: 4}
            train: {epochs: 5, batchSize: 32, learningRate: 1.0e-2, evaluateEvery: 5}
            baselines: {linear: true}
            """;

    /** One of eight classes. */
    private static final double GUESSING = 0.125;

    @TempDir
    private Path folder;

    /** Measured with this seed: 39.4 % against 27.8 %; with seeds 1, 2 and 4: 38.4, 38.4, 37.2 against 30.4, 31.0, 34.0. */
    @Test
    void tuningABackboneGetsMoreOfItsTestImagesRightThanLinearProbing() {
        RunRecord run = Inlay.tune(RunConfig.parse(CONFIG, folder, List.of()), folder.resolve("run"));
        double probed = run.linear().test().score();
        assertThat(probed).isGreaterThan(GUESSING + 0.08);
        assertThat(run.accuracy().top1()).isGreaterThan(probed + 0.05);
        assertThat(run.curves().get(4).trainLoss())
                .isLessThan(run.curves().get(0).trainLoss());
    }
}
