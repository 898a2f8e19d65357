package dev.inlay.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.golden.Golden;
import dev.inlay.interop.PeftExport;
import dev.inlay.interop.TimmExport;
import dev.inlay.plan.ModuleKind;
import dev.inlay.serve.Predictor;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Ensemble;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Lora;
import dev.inlay.tuning.method.Members;
import dev.inlay.tuning.method.Planned;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks of several members, from their file to their answers. */
class EnsembleTaskTest {
    private static final Planned PLAN = SampleTasks.planned(ModuleKind.LORA, Planned.Origin.PAPER);
    private static final Lora LORA = new Lora(2, 2, 0, List.of("attn.q"), List.of(1));
    private static final Members MEMBERS = new Members(List.of(PLAN, PLAN, LORA));

    @TempDir
    private Path folder;

    private static Ensemble trained(VisionTransformer vit) {
        return Ensemble.of(MEMBERS.members().stream()
                .map(spec -> SampleTasks.trained(spec, vit))
                .toList());
    }

    private Path write(VisionTransformer vit) {
        Path file = folder.resolve("task.safetensors");
        try (Ensemble ensemble = trained(vit)) {
            TaskFile.write(file, SampleTasks.info(MEMBERS, vit), ensemble);
        }
        return file;
    }

    @Test
    void writingWhatWasReadGivesTheSameBytes() throws Exception {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit()) {
            Path file = write(vit);
            Path again = folder.resolve("again.safetensors");
            try (Task task = TaskFile.read(file);
                    Ensemble read = task.ensemble(vit)) {
                assertThat(task.info().spec()).isEqualTo(MEMBERS);
                TaskFile.write(again, task.info(), read);
            }
            assertThat(again).hasSameBinaryContentAs(file);
        }
    }

    @Test
    void equalMembersShareTheirPositionsAndEachHasItsOwnNumbers() {
        try (VisionTransformer vit = Golden.vit()) {
            try (SafeTensorsFile file = SafeTensorsFile.open(write(vit))) {
                assertThat(file.names())
                        .contains(
                                "member.0.head.weight",
                                "member.1.head.weight",
                                "member.2.head.weight",
                                "member.1.sparse.blocks.2.attn.k.weight.delta",
                                "member.2.lora.blocks.1.attn.q.A")
                        .contains("member.0.sparse.blocks.2.attn.k.weight.index")
                        .doesNotContain("member.1.sparse.blocks.2.attn.k.weight.index");
            }
        }
    }

    @Test
    void parametersAndBytesAreThoseOfAllMembers() {
        try (VisionTransformer vit = Golden.vit();
                Task task = TaskFile.read(write(vit));
                Ensemble ensemble = task.ensemble(vit)) {
            long numbers = 0;
            for (TuningSpec spec : MEMBERS.members()) {
                try (Tuning alone = SampleTasks.trained(spec, vit)) {
                    numbers += alone.nativeBytes() / Float.BYTES;
                }
            }
            assertThat(task.parameters().values().stream().mapToLong(n -> n).sum())
                    .isEqualTo(numbers);
            assertThat(ensemble.nativeBytes()).isEqualTo(Float.BYTES * numbers);
            assertThat(task.parameters()).containsEntry(Role.HEAD, 3 * 5 * 49L);
            try (Predictor predictor = new Predictor(vit)) {
                predictor.put("many", task);
                assertThat(predictor.state().nativeBytes()).isEqualTo(Float.BYTES * numbers);
            }
        }
    }

    @Test
    void itIsServedBesideTasksOfOneTuning() {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit();
                Predictor predictor = new Predictor(vit)) {
            Path many = write(vit);
            Path one = folder.resolve("one.safetensors");
            SampleTasks.write(one, LORA);
            predictor.put("many", many);
            predictor.put("one", one);
            Tensor images = SampleTasks.images();
            float[] first = Tensors.floats(images.narrow(0, 0, 1));
            for (Map.Entry<String, Path> task : Map.of("many", many, "one", one).entrySet()) {
                try (TunedModel model = TunedModel.open(task.getValue(), vit)) {
                    float[] alone = Tensors.floats(model.logits(images.narrow(0, 0, 1)));
                    float[] served = predictor
                            .predictPixels(task.getKey(), List.of(first, first), Duration.ofMinutes(1))
                            .join()
                            .get(1)
                            .prediction()
                            .logits();
                    assertThat(served).containsExactly(alone, offset(1e-4F));
                }
            }
        }
    }

    @Test
    void whatHoldsOneNetworkRefusesSeveralMembers() {
        try (VisionTransformer vit = Golden.vit();
                Task task = TaskFile.read(write(vit))) {
            Path out = folder.resolve("out");
            assertThatThrownBy(() -> PeftExport.write(task, vit, PeftExport.Names.TIMM, out))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("the task has 3 members")
                    .hasMessageContaining("an adapter of PEFT holds one")
                    .hasMessageContaining("method.members: 1");
            assertThatThrownBy(() -> TimmExport.write(task, vit, out))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("a merged network holds one");
            assertThat(Files.exists(out)).isFalse();
        }
    }

    @Test
    void damagedMembersAreRefused() {
        try (VisionTransformer vit = Golden.vit()) {
            Path file = write(vit);
            Path other = folder.resolve("other.safetensors");
            Changed.from(file).replaced("spec", "\"times\":2", "\"times\":3").write(other);
            assertThatThrownBy(() -> TaskFile.read(other).ensemble(vit))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("member 2 does not fit what is tuned");
            Changed.from(file).replaced("spec", "\"times\":2", "\"times\":65").write(other);
            assertThatThrownBy(() -> TaskFile.read(other))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("times")
                    .hasMessageContaining("from 1 to 64");
        }
    }
}
