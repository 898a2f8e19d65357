package dev.inlay.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.progress.Progress;
import dev.inlay.tensor.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchTest {
    private static final int ROUNDS = 3;
    private static final Duration SHORT = Duration.ofMillis(1);
    private static final Bench BENCH = new Bench(LocalWorker::new, ROUNDS, SHORT, SHORT);

    @TempDir
    private Path folder;

    @Test
    void everyStageIsMeasuredAndWritten() {
        List<BenchCase> cases = List.of(
                TinyCases.of(Stage.SENSITIVITY, "micro", "{'memory': 'micro', 'microBatch': 2}", 3),
                TinyCases.of(Stage.ALLOCATION, "79-tau", "{}", 0),
                TinyCases.of(Stage.TOP_K, "79-tau", "{}", 0),
                TinyCases.of(Stage.STEP, "lora", "{'type': 'lora', 'rank': 2}", 4),
                TinyCases.of(Stage.STEP, "spt", "{'type': 'spt', 'budget': 600}", 4),
                TinyCases.of(Stage.EVALUATION, "linear", "{'type': 'linear'}", 4),
                TinyCases.of(Stage.PREDICTION, "ssf", "{'type': 'ssf'}", 4));
        BenchReport report = BENCH.run(cases, Progress.NONE);
        assertThat(report.results()).extracting(CaseResult::work).isEqualTo(cases);
        assertThat(report.matrixRates()).containsOnlyKeys(Precision.FLOAT32);
        assertThat(report.results())
                .allSatisfy(result -> assertThat(report.share(result)).isBetween(0.0, 1.0));
        for (CaseResult result : report.results()) {
            assertThat(result.rounds().seconds()).hasSize(ROUNDS).allMatch(seconds -> seconds > 0);
            assertThat(result.rounds().results()).hasSize(ROUNDS).allMatch(Double::isFinite);
        }
        CaseResult lora = report.results().get(3);
        assertThat(lora.opened().trainable()).isEqualTo(2 * 2 * 2 * (24 + 24) + 100 * (24 + 1));
        assertThat(lora.rounds().results()).isSortedAccordingTo((a, b) -> Double.compare(b, a));
        assertThat(lora.imagesPerSecond()).isEqualTo(4 / lora.rounds().median());
        assertThat(report.results().get(4).opened().trainable()).isBetween(100L * 25 + 1, 100L * 25 + 600);
        assertThat(report.results().get(5).opened().images()).isEqualTo(8);

        Path file = folder.resolve("report.json");
        BenchJson.write(file, report);
        assertThat(BenchJson.read(file)).isEqualTo(report);
        assertThat(BenchText.table(report)).contains(cases.get(3).name()).hasLineCount(2 + cases.size());
    }

    @Test
    void memoryAloneIsMeasuredWithoutTime() {
        BenchCase timed = TinyCases.of(Stage.STEP, "full", "{'type': 'full'}", 2);
        BenchCase work = new BenchCase(
                timed.stage(),
                timed.backbone(),
                timed.method(),
                timed.settings(),
                timed.batch(),
                false,
                false,
                timed.precision());
        CaseResult result = BENCH.run(List.of(work), Progress.NONE).results().get(0);
        assertThat(result.rounds()).isNull();
        assertThat(result.imagesPerSecond()).isZero();
        if (result.memory() != null) {
            assertThat(result.memory().peakBytes()).isGreaterThan(1 << 20);
        }
    }

    @Test
    void ratesAreOfTheSameProduct() {
        try (PointerScope scope = new PointerScope()) {
            Tensor x = torch.randn(5, 7);
            Tensor matrix = torch.randn(3, 7);
            assertThat(MatrixRate.products(x, matrix)).hasSize(2).allSatisfy(product -> {
                Tensor y = product.get().squeeze();
                Tensor rows = y.size(0) == 5 ? y : y.t();
                assertThat(torch.allclose(rows, x.mm(matrix.t()), 1e-4, 1e-5, false))
                        .isTrue();
            });
        }
    }

    @Test
    void sharesAreOfTheRateOfTheirPrecision() {
        BenchCase work = TinyCases.of(Stage.STEP, "lora", "{'type': 'lora'}", 2);
        Rounds second = new Rounds(List.of(1.0), List.of(2.0), List.of(0.5));
        CaseInfo opened = new CaseInfo(10, 2, 300_000_000_000L);
        CaseResult float32 = new CaseResult(work, opened, second, null, null);
        CaseResult bf16 = new CaseResult(work.in(Precision.BF16), opened, second, null, null);
        CaseResult untimed = new CaseResult(work, opened, null, null, null);
        Map<Precision, Double> rates = Map.of(Precision.FLOAT32, 4e11, Precision.BF16, 8e11);
        BenchReport report = new BenchReport(Map.of(), 2, rates, List.of(float32, bf16, untimed));
        assertThat(report.results()).extracting(report::share).containsExactly(0.75, 0.375, 0.0);
        assertThat(BenchText.table(report).lines())
                .first()
                .isEqualTo("2 threads, matrix products at 400 GFLOP/s in float32, 800 GFLOP/s in bf16");
        assertThat(BenchText.table(report).lines().skip(2).map(line -> line.replaceAll(".* 2 float32|.* 2 bf16", "")))
                .satisfiesExactly(
                        line -> assertThat(line).endsWith(" 75 %"),
                        line -> assertThat(line).endsWith(" 38 %"),
                        line -> assertThat(line).isBlank());
    }

    @Test
    void aFailureNamesItsCase() {
        BenchCase work = TinyCases.of(Stage.STEP, "lara", "{'type': 'lara'}", 2);
        assertThatThrownBy(() -> BENCH.run(List.of(work), Progress.NONE))
                .isInstanceOf(InlayException.class)
                .hasMessageContaining("lara");
    }

    @Test
    void whatIsNoReportIsRefused() throws Exception {
        Path file = Files.writeString(folder.resolve("broken.json"), "{\"threads\": \"many\"}");
        assertThatThrownBy(() -> BenchJson.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("threads");
    }

    @Test
    void theMiddleOfAnEvenNumberIsTheLower() {
        Rounds rounds = new Rounds(List.of(4.0, 1.0, 3.0, 2.0), List.of(9.0, 5.0, 7.0), List.of());
        assertThat(List.of(rounds.median(), rounds.least(), rounds.most(), rounds.medianProcessor()))
                .containsExactly(2.0, 1.0, 4.0, 7.0);
    }
}
