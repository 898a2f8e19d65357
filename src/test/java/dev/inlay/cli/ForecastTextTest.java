package dev.inlay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.config.RunConfig;
import dev.inlay.config.TrainConfig;
import dev.inlay.data.source.Splits;
import dev.inlay.record.Phase;
import dev.inlay.record.TrainableParameters;
import dev.inlay.train.run.Forecast;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ForecastTextTest {
    private static String printed(String... overrides) {
        TrainConfig train =
                RunConfig.parse("{}", Path.of("/configs"), List.of(overrides)).train();
        Forecast forecast = new Forecast(
                5_000_000,
                TrainableParameters.ofParts(1_930, 0, 20_000, 5_000, 0, 0),
                new Splits<>(140, 20, 160, 40),
                10,
                16,
                1.5,
                new TreeMap<>(Map.of(Phase.LOAD, 4.0, Phase.TRAIN, 480.0)),
                OptionalLong.of(1L << 30),
                List.of("a note"));
        StringWriter text = new StringWriter();
        ForecastText.print(forecast, train, new PrintWriter(text, true));
        return text.toString();
    }

    @Test
    void saysWhatARunWouldTake() {
        assertThat(printed("train.batchSize=16"))
                .contains("140 to train on, 20 for validation, 40 to test on, 10 classes")
                .contains("1.50 s for 16 images\n")
                .containsPattern("time +about 8:04 min: load 4 s, train 8:00 min\n")
                .contains("about 1,024 MB at its peak")
                .contains("a note");
        assertThat(printed("train.batchSize=32")).contains("for 32 images, measured on 16");
    }

    @Test
    void isAnUpperLimitWherePatienceMayEndTheTraining() {
        assertThat(printed("train.patience=5"))
                .containsPattern("time +at most about 8:04 min: .*; train.patience=5 may end training earlier\n");
    }
}
