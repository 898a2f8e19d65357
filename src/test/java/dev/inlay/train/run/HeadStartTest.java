package dev.inlay.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.Inlay;
import dev.inlay.config.RunConfig;
import dev.inlay.data.Examples;
import dev.inlay.data.LabelSpace;
import dev.inlay.record.Phase;
import dev.inlay.record.RunRecord;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Heads that start at the fit of a linear probe. */
class HeadStartTest {
    private static final String CONFIG =
            """
            threads: 1
            backbone: {name: builtin}
            data: {type: builtin, task: orientation, train: 160, validation: 40, test: 80, workers: 1}
            sensitivity: {batchSize: 16, batches: 2}
            train: {epochs: 1, batchSize: 80, learningRate: 1.0e-12, weightDecay: 0, warmupEpochs: 0}
            """;

    @TempDir
    private Path folder;

    private RunRecord run(String name, String... overrides) {
        return Inlay.tune(RunConfig.parse(CONFIG, folder, List.of(overrides)), folder.resolve(name));
    }

    /** Every method that leaves the features of the backbone as they are until its first step. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{type: spt, rank: 2, budget: 400}",
                "{type: lora, rank: 2}",
                "{type: dora, rank: 2}",
                "{type: adapter, bottleneck: 2}",
                "{type: adapterPlus, bottleneck: 2}",
                "{type: convpass, hidden: 2}",
                "{type: ssf}",
                "{type: bias}",
                "{type: partial, blocks: 1}",
                "{type: full}",
                "{type: linear}",
                "{type: sum, of: [{type: bias}, {type: lora, rank: 2}]}"
            })
    void trainingBeginsWithTheAccuracyOfTheProbe(String method) {
        RunRecord run = run("run", "method=" + method, "train.withValidation=true");
        assertThat(run.accuracy().top1()).isEqualTo(run.linear().test().score());
        assertThat(run.linear().test().score()).isGreaterThan(0.2);
    }

    /** Prompts change the features from the start, so their head is fitted to what they make of them. */
    @ParameterizedTest
    @ValueSource(strings = {"{type: prompt, tokens: 3}", "{type: prompt, tokens: 3, depth: deep}"})
    void aMethodThatChangesTheFeaturesStartsAtAProbeOfItsOwn(String method) {
        RunRecord fitted = run("fitted", "method=" + method, "train.select=best");
        RunRecord small = run("small", "method=" + method, "train.headInit=small");
        assertThat(fitted.curves().get(0).trainTop1())
                .isGreaterThan(small.curves().get(0).trainTop1() + 0.1);
        assertThat(fitted.selection().epoch()).isZero();
        assertThat(fitted.warnings()).anyMatch(warning -> warning.contains("the result is the start"));
        assertThat(small.selection()).isNull();
    }

    @Test
    void oneSettingStartsTheSameInARunWithoutTheBaseline() {
        RunRecord with = run("with", "method={type: lora, rank: 2}");
        RunRecord without = run("without", "method={type: lora, rank: 2}", "baselines.linear=false");
        assertThat(without.baselines()).isEmpty();
        assertThat(without.test()).isEqualTo(with.test());
        assertThat(without.seconds()).containsKey(Phase.PROBE);
    }

    @Test
    void veryManyImagesOrClassesAreFittedOnAShare() {
        try (Examples few = new Counted(49_999, 10);
                Examples many = new Counted(50_001, 1_000);
                Examples classes = new Counted(50_000, 2_000)) {
            assertThat(HeadStart.share(few, 0)).isSameAs(few);
            assertThat(HeadStart.share(many, 0).size()).isEqualTo(50_000);
            assertThat(HeadStart.share(classes, 0).size()).isEqualTo(25_000);
        }
    }

    /** Examples of which only the numbers are asked. */
    private record Counted(int size, int classes) implements Examples {
        @Override
        public LabelSpace labels() {
            return LabelSpace.oneOf(Collections.nCopies(classes, "class"));
        }

        @Override
        public int label(int i) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String id(int i) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int height() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int width() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void read(int i, int epoch, float[] out, int offset) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean repeats() {
            throw new UnsupportedOperationException();
        }

        @Override
        public String fingerprint() {
            throw new UnsupportedOperationException();
        }
    }
}
