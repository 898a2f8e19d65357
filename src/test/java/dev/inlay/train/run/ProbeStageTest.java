package dev.inlay.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.inference.ClassEvaluation;
import dev.inlay.inference.ClassEvaluator;
import dev.inlay.record.Accuracy;
import dev.inlay.record.Baseline;
import dev.inlay.record.PairedTest;
import dev.inlay.train.probe.LinearHead;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProbeStageTest {
    private static final Baseline BASELINE = new Baseline(new Accuracy(0.5, 1, 0.5, 1, 4), List.of(), null);

    @Test
    void countsTheExamplesThatOneOfTheTwoAloneClassifiesCorrectly() {
        ClassEvaluator evaluator = new ClassEvaluator(2);
        evaluator.add(new float[] {1, 0, 1, 0, 0, 1, 0, 1}, new int[] {0, 0, 1, 0});
        ClassEvaluation task = evaluator.result();
        LinearHead head = new LinearHead(new float[] {1, 1}, new float[] {0, 0});
        assertThat(new ProbeStage(new ProbeStage.Heads(head, head), BASELINE, List.of(0, 1, 0, 0))
                        .against(task)
                        .paired())
                .isEqualTo(PairedTest.of(2, 1));
        assertThat(new ProbeStage(new ProbeStage.Heads(head, head), BASELINE, List.of()).against(task))
                .isEqualTo(BASELINE);
    }

    @Test
    void readsWhatAnEarlierVersionKept(@TempDir Path folder) {
        Path file = folder.resolve("probe.safetensors");
        SafeTensorsWriter.write(
                file,
                List.of(
                        TensorEntry.floats("head.weight", new float[] {1, 1}, 2, 1),
                        TensorEntry.floats("head.bias", new float[] {0, 0}, 2)),
                Map.of(
                        "inlay.baseline",
                        """
                        {"test": {"top1": 0.5, "top5": 1, "meanPerClass": 0.5, "crossEntropy": 1, "examples": 4}}
                        """));
        ProbeStage read = ProbeStage.read(file);
        assertThat(read.baseline()).isEqualTo(BASELINE);
        assertThat(read.predicted()).isEmpty();
    }
}
