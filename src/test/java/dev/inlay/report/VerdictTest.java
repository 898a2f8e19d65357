package dev.inlay.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.PairedTest;
import dev.inlay.record.RunRecord;
import dev.inlay.record.SampleRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerdictTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            100 | 20 |  4 | BETTER  | better than linear probing by 16.0 points (p = 0.0015)
            100 |  6 |  0 | BETTER  | better than linear probing by 6.0 points (p = 0.03)
            9999| 60 |  4 | BETTER  | better than linear probing by 0.6 points (p < 0.0001)
            36  |  5 |  2 | SIMILAR | ahead of linear probing by 3 of 36 images, but within noise (p = 0.45)
            36  |  2 |  1 | SIMILAR | linear probing is as good here (behind by 1 of 36 images, within noise)
            36  |  2 |  2 | SIMILAR | linear probing is as good here (the same accuracy on 36 images)
            36  |  1 |  2 | SIMILAR | linear probing is as good here (ahead by 1 of 36 images, within noise)
            36  |  0 |  5 | SIMILAR | linear probing is as good here (ahead by 5 of 36 images, within noise)
            36  |  0 |  6 | WORSE   | worse than linear probing by 16.7 points (p = 0.03)
            """)
    void tellsADifferenceFromNoise(long images, long onlyTask, long onlyBaseline, Verdict.Kind kind, String sentence) {
        Verdict verdict = Verdict.of(run(images, PairedTest.of(onlyTask, onlyBaseline), 0.05))
                .orElseThrow();
        assertThat(verdict.kind()).isEqualTo(kind);
        assertThat(verdict.sentence()).isEqualTo(sentence);
        assertThat(verdict.advice().isPresent()).isEqualTo(kind != Verdict.Kind.BETTER);
    }

    @Test
    void aRunAtTheLevelOfChanceIsToldSo() {
        Verdict verdict = Verdict.of(run(100, PairedTest.of(20, 0), 0.937)).orElseThrow();
        assertThat(verdict.kind()).isEqualTo(Verdict.Kind.WORSE);
        assertThat(verdict.sentence()).isEqualTo("no better than always answering the most frequent class (93.7 %)");
    }

    @Test
    void thereIsNoneWithoutAProbeOrItsPredictions() {
        assertThat(Verdict.of(SampleRuns.minimal())).isEmpty();
        assertThat(Verdict.of(run(100, null, null))).isEmpty();
    }

    @Test
    void linesSayAccuracySpreadVerdictSearchAndSize() {
        assertThat(RunText.lines(SampleRuns.planned()))
                .containsEntry("test accuracy", "93.7 %   (linear probing 79.5 %, chance 12.5 %)")
                .containsEntry("verdict", "better than linear probing by 14.2 points (p < 0.0001)")
                .containsEntry("repeated", "95.0 % ± 1.3 over 3 seeds (mean, sample standard deviation)")
                .hasEntrySatisfying(
                        "chosen",
                        chosen -> assertThat(chosen)
                                .matches(
                                        "train.learningRate=0.001 train.weightDecay=1.0E-4   \\(best of 6 trials, validation 9\\d.\\d %\\)"))
                .hasEntrySatisfying("trained", trained -> assertThat(trained).contains(" of 5,524,416 weights ("))
                .doesNotContainKey("to try");
        assertThat(RunText.lines(SampleRuns.minimal()))
                .containsEntry("test accuracy", "50.0 %")
                .containsOnlyKeys("test accuracy", "95 % interval", "trained");
    }

    /** A sample whose accuracy is 93.7 %. */
    private static RunRecord run(long images, PairedTest paired, Double chance) {
        ObjectNode json = MetricsFile.tree(SampleRuns.planned());
        ((ObjectNode) json.path("test")).put("examples", images).put("top1", 0.937);
        ((ObjectNode) json.path("data")).put("chance", chance);
        ObjectNode linear = (ObjectNode) json.at("/baselines/linear");
        if (paired == null) {
            linear.remove("paired");
        } else {
            linear.putObject("paired")
                    .put("onlyTask", paired.onlyTask())
                    .put("onlyBaseline", paired.onlyBaseline())
                    .put("p", paired.p());
        }
        return MetricsFile.parse(json.toString(), "sample");
    }
}
