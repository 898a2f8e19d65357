package dev.inlay.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.Inlay;
import dev.inlay.config.ExperimentConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.data.Images;
import dev.inlay.data.RawImage;
import dev.inlay.data.builtin.BuiltinDataset;
import dev.inlay.data.builtin.BuiltinTasks;
import dev.inlay.engine.LocalEngine;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.StoppedException;
import dev.inlay.progress.Progress;
import dev.inlay.record.ComparisonRecord;
import dev.inlay.record.FoldRecord;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.RunRecord;
import dev.inlay.record.RunStatus;
import dev.inlay.train.RunObserver;
import dev.inlay.train.run.TuneRun;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A built-in task, cross-validated. */
class CrossValidationTest {
    private static final int IMAGES = 90;
    private static final int PIXELS = 32;

    private static final String CONFIG =
            """
            threads: 1
            backbone: {name: builtin}
            data: {type: folder, root: images, split: {folds: 3, validation: 0.2}, workers: 1}
            method: {type: lora, rank: 2}
            train: {epochs: 2, batchSize: 20, learningRate: 1.0e-2, journal: {everySteps: 1}}
            """;

    @TempDir
    private Path folder;

    /** Stands for the end of a process. */
    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @BeforeEach
    void draw() throws Exception {
        BuiltinDataset task =
                new BuiltinDataset(BuiltinTasks.named("orientation"), BuiltinDataset.Split.TRAIN, 1, IMAGES, PIXELS);
        for (int i = 0; i < IMAGES; i++) {
            RawImage drawn = task.image(i);
            BufferedImage image = new BufferedImage(PIXELS, PIXELS, BufferedImage.TYPE_INT_RGB);
            for (int pixel = 0; pixel < PIXELS * PIXELS; pixel++) {
                byte[] rgb = drawn.rgb();
                image.setRGB(
                        pixel % PIXELS,
                        pixel / PIXELS,
                        (rgb[3 * pixel] & 255) << 16 | (rgb[3 * pixel + 1] & 255) << 8 | rgb[3 * pixel + 2] & 255);
            }
            Path file = folder.resolve("images")
                    .resolve(task.classNames().get(task.label(i)))
                    .resolve(i + ".png");
            Files.createDirectories(file.getParent());
            Files.write(file, Images.encode(image, "png"));
        }
    }

    private RunConfig config(String... overrides) {
        return RunConfig.parse(CONFIG, folder, List.of(overrides));
    }

    /** What a run found, without times and how often it was resumed. */
    private static ObjectNode timeless(RunRecord run) {
        ObjectNode all = MetricsFile.tree(run);
        all.remove(List.of("seconds", "peakResidentBytes", "provenance"));
        return all;
    }

    @Test
    void everyImageCountsOnceInThePooledResult() {
        Path out = folder.resolve("run");
        RunRecord pooled = Inlay.tune(config(), out);
        assertThat(pooled.test().examples()).isEqualTo(IMAGES);
        assertThat(pooled.data().test()).isEqualTo(IMAGES);
        List<RunRecord> folds = IntStream.rangeClosed(1, 3)
                .mapToObj(fold -> MetricsFile.read(out.resolve("fold-" + fold + "/metrics.json")))
                .toList();
        long right = folds.stream()
                .mapToLong(fold -> Math.round(fold.test().score() * fold.test().examples()))
                .sum();
        assertThat(pooled.test().score()).isCloseTo((double) right / IMAGES, within(1e-12));
        int classes = pooled.data().classes();
        for (int label = 0; label < classes; label++) {
            assertThat(pooled.confusion().examples(label))
                    .isEqualTo(pooled.data().perClass().get(label).test());
        }
        assertThat(IntStream.range(0, classes)
                        .mapToLong(label -> pooled.confusion().count(label, label))
                        .sum())
                .isEqualTo(right);
        assertThat(pooled.linear().paired().onlyTask())
                .isEqualTo(folds.stream()
                        .mapToLong(fold -> fold.linear().paired().onlyTask())
                        .sum());
        assertThat(pooled.folds()).extracting(FoldRecord::folder).containsExactly("fold-1", "fold-2", "fold-3");
        assertThat(pooled.folds())
                .extracting(FoldRecord::test)
                .isEqualTo(folds.stream().map(RunRecord::test).toList());
        assertThat(MetricsFile.read(out.resolve("metrics.json"))).isEqualTo(pooled);
        assertThat(out.resolve("report.html")).content().contains("all folds together", "fold-2");
        assertThat(out.resolve("fold-3/task.safetensors")).exists();
        assertThat(out.resolve("task.safetensors")).doesNotExist();

        RunRecord second = Inlay.tune(config("data.split.fold=2"), folder.resolve("alone"));
        assertThat(second.test()).as("a run on one fold").isEqualTo(folds.get(1).test());
    }

    @Test
    void killedInTheSecondFoldItEndsAsOneLeftAlone() throws Exception {
        RunRecord through = Inlay.tune(config(), folder.resolve("through"));
        Path out = folder.resolve("killed");
        int[] steps = {0};
        RunObserver killing = RunObserver.of(Progress.NONE, new RunStatus(), () -> {
            if (++steps[0] == 9) {
                throw new Killed();
            }
            return false;
        });
        assertThatThrownBy(() -> Inlay.tune(config(), out, killing)).isInstanceOf(Killed.class);
        assertThat(out.resolve("fold-1/metrics.json")).exists();
        assertThat(out.resolve("fold-2/journal.safetensors")).exists();
        assertThat(out.resolve("metrics.json")).doesNotExist();
        String first = Files.readString(out.resolve("fold-1/metrics.json"));

        RunRecord resumed = Inlay.tune(config(), out);
        assertThat(timeless(resumed)).isEqualTo(timeless(through));
        assertThat(Files.readString(out.resolve("fold-1/metrics.json"))).isEqualTo(first);
        assertThat(Files.readAllBytes(out.resolve("fold-2/task.safetensors")))
                .isEqualTo(Files.readAllBytes(folder.resolve("through/fold-2/task.safetensors")));
        assertThatThrownBy(() -> Inlay.tune(config("train.epochs=3"), out))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("holds a run of another config: train.epochs was 2 and is 3");
    }

    @Test
    void finishedFoldsOfOtherImagesAreNotPooledWithNewOnes() throws Exception {
        Path out = folder.resolve("changed");
        RunObserver killing = RunObserver.of(Progress.NONE, new RunStatus(), new BooleanSupplier() {
            private int steps;

            @Override
            public boolean getAsBoolean() {
                return ++steps == 9;
            }
        });
        assertThatThrownBy(() -> Inlay.tune(config(), out, killing)).isInstanceOf(StoppedException.class);
        try (Stream<Path> images = Files.walk(folder.resolve("images"))) {
            Path one = images.filter(Files::isRegularFile).findFirst().orElseThrow();
            Files.write(one, Images.encode(Images.gradient(PIXELS, PIXELS, BufferedImage.TYPE_INT_RGB), "png"));
        }
        assertThatThrownBy(() -> Inlay.tune(config(), out))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(out.resolve("fold-1") + " is a finished run of other data");
    }

    @Test
    void aComparisonRanksMethodsByAllImagesTogether() {
        ExperimentConfig compare = ExperimentConfig.comparison(
                """
                threads: 1
                backbone: {name: builtin}
                data: {type: folder, root: images, split: {folds: 2}, workers: 1}
                train: {epochs: 1, batchSize: 20}
                seeds: [0]
                tasks: [{name: images}]
                methods:
                  - {name: linear, method: {type: linear}}
                  - {name: bias, method: {type: bias}}
                """,
                folder,
                List.of());
        ComparisonRecord compared = Inlay.compare(compare, folder.resolve("compare"));
        assertThat(compared.failures()).isEmpty();
        assertThat(MetricsFile.read(folder.resolve("compare/runs/images/bias/seed-0/metrics.json"))
                        .test()
                        .examples())
                .isEqualTo(IMAGES);
    }

    @Test
    void onAnEngineItFindsTheSame() {
        RunRecord alone = Inlay.tune(config("train.epochs=1"), folder.resolve("alone"));
        RunRecord spread =
                Inlay.tune(config("train.epochs=1"), folder.resolve("spread"), RunObserver.nobody(), new LocalEngine());
        assertThat(timeless(spread)).isEqualTo(timeless(alone));
    }

    @Test
    void aSingleRunIsOnOneFold() {
        assertThatThrownBy(() -> TuneRun.run(config(), folder.resolve("single"), RunObserver.nobody()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("data.split.folds: this is a run on one fold; set data.split.fold, too");
    }

    @Test
    void foldsThatCannotBeAreRefusedAtOnce() {
        assertThatThrownBy(() -> config("data.split.folds=1"))
                .hasMessageContaining("data.split.folds (override): one fold");
        assertThatThrownBy(() -> config("data.split.fold=4"))
                .hasMessageContaining(
                        "data.split.fold (override): expected 1 to data.split.folds, which is 3, or 0 for all");
        assertThatThrownBy(() -> config("data.split.folds=0", "data.split.fold=1"))
                .hasMessageContaining("there are no folds; set data.split.folds, too");
        assertThatThrownBy(() -> config("data.split.folds=2", "data.split.validation=0.5"))
                .hasMessageContaining("validation + a fold is 1.0; nothing is left to train on");
    }
}
