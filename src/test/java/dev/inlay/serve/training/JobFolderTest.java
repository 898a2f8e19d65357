package dev.inlay.serve.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.data.image.ImageLimits;
import dev.inlay.serve.TrainingRequest.Method;
import dev.inlay.serve.training.JobFolder.JobRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobFolderTest {
    @TempDir
    private Path folder;

    @Test
    void whatIsAskedIsKept() {
        ImageLimits limits = new ImageLimits(1, 2, 3, 4);
        JobRequest asked = new JobRequest(
                "t", Method.LINEAR, 5, 6, List.of("a", "b"), limits, List.of(1, 0), "2026-11-30T00:00:00Z");
        JobFolder kept = new JobFolder(folder);
        assertThat(kept.asked()).isEmpty();
        kept.describe(asked);
        assertThat(kept.asked()).contains(asked);
    }

    @Test
    void aJobOfAnEarlierVersionHasTheLimitsThatItsRunsHad() throws IOException {
        Files.writeString(
                folder.resolve("job.json"),
                """
                {"task": "t", "method": "SPT", "epochs": 5, "seed": 6, "classes": ["a", "b"], "labels": [0, 1],
                 "submitted": "2026-11-29T00:00:00Z"}""");
        assertThat(new JobFolder(folder).asked().orElseThrow().images()).isEqualTo(ImageLimits.DEFAULT);
    }
}
