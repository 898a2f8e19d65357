package dev.inlay.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.cli.Main;
import dev.inlay.error.InlayException;
import dev.inlay.plan.PlanJson;
import java.io.BufferedReader;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkersTest {
    private static final BenchCase WORK = TinyCases.of(Stage.STEP, "spt", "{'type': 'spt', 'budget': 600}", 2);

    @TempDir
    private Path folder;

    @Test
    void aLineIsAnsweredByALine() {
        Path file = folder.resolve("start.safetensors");
        String open = BenchJson.line(
                WorkerRequest.open(WORK, Methods.plan(WORK).map(PlanJson::tree).orElseThrow()));
        List<String> answers = answers(
                "{\"op\": \"RUN\", \"times\": 1}",
                open,
                "{\"op\": \"SAVE\", \"file\": \"" + file + "\"}",
                "{\"op\": \"RUN\", \"times\": 3}",
                "{\"op\": \"PLAN\", \"work\": " + BenchJson.line(WORK) + "}",
                "nonsense",
                "{\"op\": \"RATE\", \"precisions\": [\"float32\"], \"seconds\": 0.001}",
                "{\"op\": \"SUITE\"}");
        assertThat(answers).hasSize(8);
        assertThat(answers.get(0)).contains("error").contains("no case is open");
        assertThat(BenchJson.parse(answers.get(1), CaseInfo.class, "").images()).isEqualTo(2);
        assertThat(BenchJson.parse(answers.get(3), Rounds.class, "").results())
                .hasSize(3)
                .isSortedAccordingTo((a, b) -> Double.compare(b, a));
        assertThat(answers.get(4)).contains("\"plan\":{\"format\":\"inlay-plan-1\"");
        assertThat(answers.get(5)).contains("error");
        assertThat(answers.get(6)).matches("\\{\"float32\":[0-9.E]+}");
        assertThat(answers.get(7))
                .contains("\"precision\":\"bf16\",\"name\":\"step vit_tiny_patch16_224 linear 16 bf16\"");
        try (SafeTensorsFile saved = SafeTensorsFile.open(file)) {
            assertThat(saved.names()).contains("images", "backbone.blocks.1.attn.qkv.weight", "tuned.head.weight");
        }
    }

    @Test
    void aProcessOfItsOwnDoesTheSameWork() {
        List<String> command = List.of(Main.class.getName(), "bench", "--serve", "--threads=1");
        try (BenchWorker child = new ChildWorker(command);
                BenchWorker here = new LocalWorker()) {
            assertThat(child.open(WORK, Methods.plan(WORK))).isEqualTo(here.open(WORK, Methods.plan(WORK)));
            assertThat(child.run(2).results()).isEqualTo(here.run(2).results());
            assertThat(child.memory(1))
                    .hasValueSatisfying(memory -> assertThat(memory.peakBytes()).isGreaterThan(1 << 20));
            assertThatThrownBy(() -> child.open(WORK, Optional.empty()))
                    .isInstanceOf(InlayException.class)
                    .hasMessageContaining("plan");
        }
    }

    @Test
    void aProcessThatEndsIsNoticed() {
        try (BenchWorker child = new ChildWorker(List.of(Main.class.getName(), "bench", "--slow"))) {
            assertThatThrownBy(() -> child.run(1))
                    .isInstanceOf(InlayException.class)
                    .hasMessageContaining("has ended");
        }
    }

    @Test
    void timeInLibTorchIsToldFromTimeInJava() {
        Duration time = Duration.ofMillis(600);
        try (PointerScope scope = new PointerScope()) {
            Tensor a = torch.randn(700, 700);
            Runnable product = () -> {
                try (PointerScope inner = new PointerScope()) {
                    a.mm(a);
                }
            };
            assertThat(NativeShare.of(product, time).orElseThrow()).isGreaterThan(0.9);
        }
        double[] sums = new double[1];
        Runnable loop = () -> {
            for (int i = 1; i < 10_000_000; i++) {
                sums[0] += Math.sqrt(i);
            }
        };
        assertThat(NativeShare.of(loop, time).orElseThrow()).isLessThan(0.1);
    }

    private static List<String> answers(String... lines) {
        StringWriter out = new StringWriter();
        WorkerLoop.serve(new BufferedReader(new StringReader(String.join("\n", lines))), new PrintWriter(out));
        return out.toString().lines().toList();
    }
}
