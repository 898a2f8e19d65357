package dev.inlay.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.inlay.data.transform.ColorJitter;
import dev.inlay.data.transform.RandAugment;
import dev.inlay.data.transform.RandomErasing;
import dev.inlay.serve.http.ServeConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every config of the project for Inlay is one, and says in its head how it is run. */
class CommittedConfigsTest {
    private static final Path FOLDER = Path.of("configs/run");
    private static final Path OTHER_PROGRAMS = Path.of("configs/monitoring");
    private static final Path COMPARISON = Path.of("configs/compare/builtin.yaml");

    @ParameterizedTest
    @MethodSource("configs")
    void isAConfigOfTheCommandInItsHead(Path file) throws IOException {
        String text = Files.readString(file);
        if (text.contains("bin/inlay pretrain " + file)) {
            assertThatCode(() -> PretrainConfig.read(file, List.of())).doesNotThrowAnyException();
        } else if (text.contains("bin/inlay compare " + file + " --out ")) {
            assertThatCode(() -> ExperimentConfig.comparison(file, List.of())).doesNotThrowAnyException();
        } else if (text.contains("bin/inlay serve " + file)) {
            assertThatCode(() -> ServeConfig.read(file, List.of())).doesNotThrowAnyException();
        } else if (text.contains("bin/inlay suite " + file)) {
            assertThatCode(() -> ExperimentConfig.suite(file, Path.of("images"), List.of()))
                    .doesNotThrowAnyException();
        } else {
            assertThat(text).contains("bin/inlay tune " + file + " --out ");
            assertThatCode(() -> RunConfig.read(file, List.of())).doesNotThrowAnyException();
        }
    }

    @Test
    void theQuickstartNeedsNoFiles() {
        RunConfig config = RunConfig.read(FOLDER.resolve("quickstart.yaml"), List.of());
        assertThat(config.backbone().name()).isEqualTo(BackboneConfig.BUILTIN);
        assertThat(config.data().source()).isInstanceOf(DataSource.Builtin.class);
        assertThat(config.baselines().linear()).isTrue();
    }

    @Test
    void theComparisonSpendsOnSptWhatLoraTrains() {
        ExperimentConfig config = ExperimentConfig.comparison(COMPARISON, List.of());
        assertThat(config.methods()).hasSize(11);
        assertThat(config.runs()).hasSize(11 * 3 * 3);
        assertThat(config.runs().stream()
                        .filter(run -> run.key().method().startsWith("SPT"))
                        .map(ExperimentConfig.Run::parametersOf))
                .hasSize(2 * 3 * 3)
                .containsOnly(Optional.of("LoRA-8 (q, v)"));
    }

    @Test
    void theVtabConfigHasThePublishedSettings() {
        RunConfig config = RunConfig.read(FOLDER.resolve("vtab.yaml"), List.of());
        assertThat(config.train().epochs()).isEqualTo(100);
        assertThat(config.train().warmupEpochs()).isEqualTo(10);
        assertThat(config.train().schedule()).isEqualTo(TrainConfig.Schedule.SPT);
        assertThat(config.train().batchSize()).isEqualTo(64);
        assertThat(config.backbone().dropPath()).isEqualTo(0.1);
        assertThat(config.data().augment())
                .isEqualTo(new AugmentConfig(
                        false,
                        false,
                        AugmentConfig.Crop.CENTER,
                        0.08,
                        RandAugment.NONE,
                        ColorJitter.NONE,
                        RandomErasing.NONE));
        assertThat(config.sensitivity().batchSize() * config.sensitivity().batches())
                .isEqualTo(512);
    }

    static Stream<Path> configs() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("configs"))) {
            return files
                    .filter(Files::isRegularFile)
                    .filter(file -> !file.startsWith(OTHER_PROGRAMS))
                    .sorted()
                    .toList()
                    .stream();
        }
    }
}
