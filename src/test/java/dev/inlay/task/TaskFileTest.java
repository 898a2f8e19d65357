package dev.inlay.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.backbone.Noise;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.backbone.vit.VitLoader;
import dev.inlay.backbone.vit.VitSpec;
import dev.inlay.checkpoint.safetensors.Dtype;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.ModuleKind;
import dev.inlay.tuning.Trainable.Part;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.linear.Linear;
import dev.inlay.tuning.planned.Planned;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tasks written, read and put back on their backbone. */
class TaskFileTest {
    private static VisionTransformer vit;

    @TempDir
    private Path folder;

    @BeforeAll
    static void load() {
        vit = Golden.vit();
    }

    @AfterAll
    static void close() {
        vit.close();
    }

    @ParameterizedTest
    @MethodSource("dev.inlay.task.SampleTasks#specs")
    void writingWhatWasReadGivesTheSameBytes(TuningSpec spec) throws IOException {
        TaskInfo info = SampleTasks.info(spec, vit);
        Path first = folder.resolve("first.safetensors");
        Path second = folder.resolve("second.safetensors");
        try (Tuning tuning = SampleTasks.trained(spec, vit)) {
            TaskFile.write(first, info, tuning);
        }
        try (Task task = TaskFile.read(first);
                Tuning tuning = task.attach(vit)) {
            assertThat(task.info()).isEqualTo(info);
            TaskFile.write(second, task.info(), tuning);
        }
        assertThat(Files.readAllBytes(second)).isEqualTo(Files.readAllBytes(first));
    }

    @ParameterizedTest
    @MethodSource("dev.inlay.task.SampleTasks#specs")
    void anAttachedTaskGivesTheSameLogitsToTheBit(TuningSpec spec) {
        Path file = folder.resolve("task.safetensors");
        float[] before;
        try (PointerScope scope = new PointerScope();
                Tuning tuning = SampleTasks.trained(spec, vit)) {
            before = logits(tuning);
            TaskFile.write(file, SampleTasks.info(spec, vit), tuning);
        }
        try (PointerScope scope = new PointerScope();
                Task task = TaskFile.read(file);
                Tuning tuning = task.attach(vit)) {
            assertThat(logits(tuning)).containsExactly(before);
        }
    }

    private static float[] logits(Tuning tuning) {
        try (NoGradGuard guard = new NoGradGuard()) {
            return Tensors.floats(tuning.head(tuning.features(SampleTasks.images(), Noise.NONE, 0)));
        }
    }
}
