package dev.inlay.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.backbone.vit.VitFamily;
import dev.inlay.backbone.vit.VitSpec;
import dev.inlay.checkpoint.safetensors.Dtype;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.data.LabelSpace;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.golden.Golden;
import dev.inlay.plan.ModuleKind;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.Planned;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
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

    @Test
    void aTemperatureOtherThanOneIsAnOptionalKey() {
        Path file = folder.resolve("task.safetensors");
        TaskInfo plain = SampleTasks.info(new HeadOnly(), vit);
        TaskInfo calibrated = new TaskInfo(
                plain.spec(),
                plain.backbone(),
                plain.labels(),
                plain.transform(),
                plain.metrics(),
                plain.provenance(),
                1.3671875);
        try (Tuning tuning = SampleTasks.trained(new HeadOnly(), vit)) {
            TaskFile.write(file, calibrated, tuning);
            try (SafeTensorsFile stored = SafeTensorsFile.open(file)) {
                assertThat(stored.metadata()).containsEntry("temperature", "1.3671875");
            }
            try (Task task = TaskFile.read(file)) {
                assertThat(task.info()).isEqualTo(calibrated);
            }
            assertThat(Inspection.of(file).text()).contains("1.3671875");
            TaskFile.write(file, plain, tuning);
        }
        try (SafeTensorsFile stored = SafeTensorsFile.open(file)) {
            assertThat(stored.metadata()).doesNotContainKey("temperature");
        }
    }

    static List<LabelSpace> otherLabels() {
        return SampleTasks.OTHER_LABELS;
    }

    @ParameterizedTest
    @MethodSource("otherLabels")
    void otherLabelsThanOneClassAreAnOptionalKeyAndDamageToThemIsNamed(LabelSpace labels) throws IOException {
        Path file = folder.resolve("task.safetensors");
        TaskInfo plain = SampleTasks.info(new HeadOnly(), vit);
        TaskInfo info = new TaskInfo(
                plain.spec(), plain.backbone(), labels, plain.transform(), plain.metrics(), plain.provenance(), 1);
        try (Tuning tuning = SampleTasks.trained(new HeadOnly(), vit)) {
            TaskFile.write(file, info, tuning);
        }
        try (Task task = TaskFile.read(file)) {
            assertThat(task.info()).isEqualTo(info);
        }
        assertThat(Inspection.of(file).text())
                .contains(labels.kind().toString(), labels.kind() == LabelSpace.Kind.MULTI ? "thresholds" : "means");
        String whole = Files.readString(file, StandardCharsets.ISO_8859_1);
        for (String part : List.of(labels.kind() + "\\\"", "0.1")) {
            assertThat(whole).contains(part);
            Files.writeString(
                    file, whole.replace(part, part.replace(part.substring(0, 3), "---")), StandardCharsets.ISO_8859_1);
            assertThatThrownBy(() -> TaskFile.read(file))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("labels");
        }
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

    @Test
    void holdsWhatTheMethodTrainsAndNothingElse() {
        Path file = folder.resolve("task.safetensors");
        Planned spec = SampleTasks.planned(ModuleKind.LORA, Planned.Origin.PAPER);
        try (Tuning tuning = SampleTasks.trained(spec, vit)) {
            TaskFile.write(file, SampleTasks.info(spec, vit), tuning);
        }
        try (SafeTensorsFile stored = SafeTensorsFile.open(file)) {
            assertThat(stored.names())
                    .containsExactly(
                            "lora.blocks.1.mlp.fc1.A",
                            "lora.blocks.1.mlp.fc1.B",
                            "full.blocks.0.attn.v.bias",
                            "sparse.blocks.2.attn.k.weight.delta",
                            "sparse.blocks.0.attn.q.weight.delta",
                            "sparse.blocks.1.norm2.weight.delta",
                            "sparse.blocks.1.mlp.fc2.bias.delta",
                            "full.cls_token",
                            "head.weight",
                            "head.bias",
                            "sparse.blocks.2.attn.k.weight.index",
                            "sparse.blocks.0.attn.q.weight.index",
                            "sparse.blocks.1.norm2.weight.index",
                            "sparse.blocks.1.mlp.fc2.bias.index");
            assertThat(stored.info("head.weight").dtype()).isEqualTo(Dtype.F32);
            assertThat(stored.info("sparse.blocks.2.attn.k.weight.index").dtype())
                    .isEqualTo(Dtype.I32);
            assertThat(stored.longs("sparse.blocks.2.attn.k.weight.index")).containsExactly(0, 17, 48 * 48 - 1);
        }
        try (Task task = TaskFile.read(file)) {
            assertThat(task.parameters())
                    .isEqualTo(Map.of(
                            Role.MODULE, 3L * (48 + 96),
                            Role.VECTOR, 48L,
                            Role.SPARSE, 7L,
                            Role.CLASS_TOKEN, 48L,
                            Role.HEAD, 5L * 49));
            assertThat(task.trainables()).hasSize(10);
        }
    }

    @Test
    void aTaskWithoutATransformIsReadBack() {
        Path file = folder.resolve("task.safetensors");
        TaskInfo info = withoutTransform(SampleTasks.info(new HeadOnly(), vit));
        try (Tuning tuning = SampleTasks.trained(new HeadOnly(), vit)) {
            TaskFile.write(file, info, tuning);
        }
        try (Task task = TaskFile.read(file)) {
            assertThat(task.info()).isEqualTo(info);
        }
    }

    private static TaskInfo withoutTransform(TaskInfo info) {
        return new TaskInfo(
                info.spec(), info.backbone(), info.classNames(), Optional.empty(), info.metrics(), info.provenance());
    }

    @Test
    void anotherBackboneIsRefusedByName() {
        Path file = linear();
        try (VisionTransformer other = new VitFamily().random("twin", vit.spec(), 7);
                Task task = TaskFile.read(file)) {
            assertThatThrownBy(() -> task.attach(other))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining(file + " needs the backbone golden with the fingerprint "
                            + vit.fingerprint().substring(0, 12) + "…")
                    .hasMessageContaining(
                            "given twin with " + other.fingerprint().substring(0, 12) + "…");
        }
    }

    @Test
    void theSameWeightsWithOtherHeadsAreRefused() {
        VitSpec sizes = vit.spec();
        VitSpec twoHeads = new VitSpec(
                sizes.height(), sizes.width(), sizes.patchSize(), 48, sizes.depth(), 2, sizes.mlpHidden(), 0, 1e-6);
        try (VisionTransformer other = new VitFamily().load("two heads", twoHeads, vit.parameters(), "golden");
                Task task = TaskFile.read(linear())) {
            assertThat(other.fingerprint()).isEqualTo(vit.fingerprint());
            assertThatThrownBy(() -> task.attach(other))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("\"heads\":3")
                    .hasMessageContaining("\"heads\":2");
        }
    }

    @Test
    void theHeadThatCameWithTheBackboneDoesNotMatter() {
        try (VisionTransformer headless = new VitFamily().load("golden", vit.spec(), vit.parameters(), "golden");
                Task task = TaskFile.read(linear());
                Tuning tuning = task.attach(headless)) {
            assertThat(tuning.classes()).isEqualTo(5);
        }
    }

    private Path linear() {
        Path file = folder.resolve("linear.safetensors");
        try (Tuning tuning = SampleTasks.trained(new HeadOnly(), vit)) {
            TaskFile.write(file, SampleTasks.info(new HeadOnly(), vit), tuning);
        }
        return file;
    }

    @Test
    void aTaskOutlivesItsFileAndATuningItsTask() throws IOException {
        Path file = linear();
        Task task = TaskFile.read(file);
        Files.delete(file);
        try (Tuning tuning = task.attach(vit)) {
            task.close();
            task.close();
            assertThatThrownBy(task::trainables)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("linear.safetensors is closed");
            assertThatThrownBy(() -> task.attach(vit)).isInstanceOf(IllegalStateException.class);
            try (PointerScope scope = new PointerScope()) {
                assertThat(logits(tuning)).hasSize(5 * 5);
            }
        }
    }

    @Test
    void aDivergedTaskIsNotWritten() {
        Path file = folder.resolve("diverged.safetensors");
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Tuning tuning = SampleTasks.trained(new HeadOnly(), vit)) {
            tuning.trainables().get("head.bias").tensor().fill_(new Scalar(Float.NaN));
            assertThatThrownBy(() -> TaskFile.write(file, SampleTasks.info(new HeadOnly(), vit), tuning))
                    .isInstanceOf(InlayException.class)
                    .hasMessageContaining("head.bias")
                    .hasMessageContaining("not finite");
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void aTuningOfAnotherInfoIsRefused() {
        TaskInfo info = SampleTasks.info(new HeadOnly(), vit);
        Path file = folder.resolve("none.safetensors");
        try (Tuning tuning = new Tuning(vit, new HeadOnly(), 4, 0)) {
            assertThatThrownBy(() -> TaskFile.write(file, info, tuning))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("4 classes, found 5");
        }
        try (VisionTransformer other = new VitFamily().random("twin", vit.spec(), 7);
                Tuning tuning = new Tuning(other, new HeadOnly(), 5, 0)) {
            assertThatThrownBy(() -> TaskFile.write(file, info, tuning))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(other.fingerprint().substring(0, 12));
        }
    }

    @Test
    void readingAndAttachingLeavesNothingBehind() {
        Path file = folder.resolve("task.safetensors");
        Planned spec = SampleTasks.planned(ModuleKind.ADAPTER, Planned.Origin.PAPER);
        try (Tuning tuning = SampleTasks.trained(spec, vit)) {
            TaskFile.write(file, SampleTasks.info(spec, vit), tuning);
        }
        readAndAttach(file);
        long before = Pointer.totalCount();
        for (int i = 0; i < 10; i++) {
            readAndAttach(file);
        }
        // a leak grows; the garbage of earlier tests may go meanwhile
        assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
    }

    private static void readAndAttach(Path file) {
        try (Task task = TaskFile.read(file);
                Tuning tuning = task.attach(vit)) {
            assertThat(tuning.classes()).isEqualTo(5);
        }
    }

    private static float[] logits(Tuning tuning) {
        try (NoGradGuard guard = new NoGradGuard()) {
            return Tensors.floats(tuning.head(tuning.features(SampleTasks.images(), Dropout.NONE, 0)));
        }
    }
}
