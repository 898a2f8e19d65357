package dev.inlay.serve.training;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.golden.Golden;
import dev.inlay.serve.TrainingRequest.Labelled;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrainingQueueTest {
    private static final Duration LONG = Duration.ofDays(1);

    @Test
    void decodingTheImagesOfARequestHasATime() throws IOException {
        ImageDecoder decoder = new ImageDecoder(ExifOrientation.APPLY);
        byte[] photo = Files.readAllBytes(Golden.path("transforms/photo_61x47.png"));
        List<Labelled> images = List.of(new Labelled("first", 0, photo), new Labelled("second", 1, photo));
        assertThatCode(() -> TrainingQueue.requireDecodable(images, decoder, LONG))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> TrainingQueue.requireDecodable(images, decoder, Duration.ZERO))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("takes longer than 0 s");
        List<Labelled> damaged = List.of(new Labelled("third", 0, new byte[] {1, 2, 3}));
        assertThatThrownBy(() -> TrainingQueue.requireDecodable(damaged, decoder, LONG))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("third");
    }
}
