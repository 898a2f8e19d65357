package dev.inlay.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.checkpoint.safetensors.Dtype;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.error.DataException;
import dev.inlay.golden.Golden;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanJson;
import dev.inlay.plan.allocation.PlanTable;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.FullFineTuning;
import dev.inlay.tuning.method.Planned;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told about files of each kind. */
class InspectionTest {
    @TempDir
    private Path folder;

    private Path task(TuningSpec spec) {
        Path file = folder.resolve("task.safetensors");
        try (VisionTransformer vit = Golden.vit();
                Tuning tuning = SampleTasks.trained(spec, vit)) {
            TaskFile.write(file, SampleTasks.info(spec, vit), tuning);
        }
        return file;
    }

    @Test
    void aTask() throws IOException {
        Planned spec = SampleTasks.planned(ModuleKind.LORA, Planned.Origin.PAPER);
        Path file = task(spec);
        Inspection inspection = Inspection.of(file);
        assertThat(inspection.title()).isEqualTo("task " + file);
        assertThat(inspection.details()).isEqualTo(PlanTable.of(spec.plan()));
        JsonNode json = inspection.json();
        assertThat(json.get("bytes").longValue()).isEqualTo(Files.size(file));
        assertThat(json.get("method").textValue()).isEqualTo("spt");
        assertThat(json.get("classes").intValue()).isEqualTo(5);
        assertThat(json.get("classNames").get(4).textValue()).isEqualTo("苔");
        assertThat(json.get("metrics.test.top1").doubleValue()).isEqualTo(0.9130434782608695);
        assertThat(json.get("parameters.total").longValue()).isEqualTo(780);
        assertThat(json.get("parameters.withoutHead").longValue()).isEqualTo(535);
        assertThat(json.get("parameters.modules").longValue()).isEqualTo(432);
        assertThat(json.get("backbone.name").textValue()).isEqualTo("golden");
        assertThat(json.get("backbone.image").textValue()).isEqualTo("24 x 32");
        assertThat(json.get("plan.cost").longValue()).isEqualTo(535);
        assertThat(json.get("transform").get("height").intValue()).isEqualTo(24);
        assertThat(json.get("provenance.config").textValue()).isEqualTo("seed: 3\nname: \"sample\"\n");
    }

    @Test
    void aTaskOfAnotherMethodHasNoPlan() {
        Inspection inspection = Inspection.of(task(new FullFineTuning()));
        assertThat(inspection.details()).isEmpty();
        assertThat(inspection.json().get("parameters.backbone").longValue()).isEqualTo(66_912);
        assertThat(inspection.json().has("plan.cost")).isFalse();
    }

    @Test
    void aBackbone() {
        Inspection inspection = Inspection.of(Golden.path("vit_forward/weights.safetensors"));
        JsonNode json = inspection.json();
        assertThat(inspection.title()).startsWith("backbone ");
        assertThat(json.get("parameters").longValue()).isEqualTo(66_912);
        assertThat(json.get("embedDim").intValue()).isEqualTo(48);
        assertThat(json.get("depth").intValue()).isEqualTo(3);
        assertThat(json.get("patchSize").intValue()).isEqualTo(8);
        assertThat(json.get("mlpHidden").intValue()).isEqualTo(96);
        assertThat(json.get("tokens").intValue()).isEqualTo(13);
        assertThat(json.get("headClasses").intValue()).isEqualTo(7);
        assertThat(json.get("variants")).isEmpty();
        try (VisionTransformer vit = Golden.vit()) {
            assertThat(json.get("fingerprint").textValue()).isEqualTo(vit.fingerprint());
        }
    }

    @Test
    void weightsOfAnotherNetworkAreComparedWithAVit() {
        Path file = folder.resolve("other.safetensors");
        Changed.from(Golden.path("vit_forward/weights.safetensors"))
                .floats("blocks.1.ls1.gamma", 1, 2, 3)
                .withoutTensor("norm.bias")
                .write(file);
        Inspection inspection = Inspection.of(file);
        assertThat(inspection.title()).startsWith("weights of a network that Inlay does not know");
        assertThat(inspection.details())
                .startsWith(
                        "loading: refused; differs from a ViT in\n  missing norm.bias [48]\n  unexpected blocks.1.ls1.gamma [3]\n\n")
                .contains("  blocks.0.attn.qkv.weight   F32 [144, 48]\n");
    }

    @Test
    void aPlan() {
        Plan plan = SampleTasks.plan(ModuleKind.ADAPTER);
        Path file = folder.resolve("plan.json");
        PlanJson.write(file, plan);
        Inspection inspection = Inspection.of(file);
        assertThat(inspection.title()).isEqualTo("plan " + file);
        assertThat(inspection.details()).isEqualTo(PlanTable.of(plan));
        assertThat(inspection.json().get("module").textValue()).isEqualTo("adapter");
        assertThat(inspection.json().get("sparseWeights").longValue()).isEqualTo(7);
        assertThat(inspection.json().get("budget").longValue()).isEqualTo(5000);
        assertThat(inspection.json().get("source.scores").textValue()).isEqualTo("16 batches");
    }

    @Test
    void scoresAreToldByTheirMetadataAndTensors() {
        Path file = folder.resolve("scores.safetensors");
        Changed.from(Golden.path("spt_sensitivity/scores.safetensors"))
                .metadata("batches", "16")
                .write(file);
        Inspection inspection = Inspection.of(file);
        assertThat(inspection.title()).isEqualTo("sensitivity scores " + file);
        assertThat(inspection.json().get("metadata.batches").textValue()).isEqualTo("16");
        assertThat(inspection.json().get("tensors").intValue()).isEqualTo(56);
        assertThat(inspection.json().get("elements").longValue()).isEqualTo(67_255);
        assertThat(inspection.details()).contains("blocks.2.attn.k.weight").contains("F32 [48, 48]");
    }

    @Test
    void imagesAndOtherTensors() {
        assertThat(Inspection.of(Golden.path("spt_forward/io.safetensors")).title())
                .startsWith("images and labels ");
        assertThat(Inspection.of(Golden.path("optim/steps.safetensors")).title())
                .startsWith("tensors ");
    }

    @Test
    void longListsAreCut() {
        Path file = folder.resolve("many.safetensors");
        List<TensorEntry> tensors = IntStream.range(0, 1003)
                .mapToObj(i -> TensorEntry.floats("t" + i, new float[] {i}, 1))
                .toList();
        SafeTensorsWriter.write(file, tensors, Map.of());
        assertThat(Inspection.of(file).details().lines()).hasSize(1001).endsWith("  … and 3 more");
    }

    @Test
    void theTextForPeopleAlignsGroupsAndCuts() {
        Path file = folder.resolve("scores.safetensors");
        Changed.from(Golden.path("spt_sensitivity/scores.safetensors"))
                .metadata("config", "seed: 3\n\n  name: a\n")
                .metadata("long", "x".repeat(500))
                .zeros("one.attn.q.weight", Dtype.F32, 1)
                .write(file);
        List<String> lines = Inspection.of(file).text().lines().toList();
        assertThat(lines.get(0)).isEqualTo("sensitivity scores " + file);
        assertThat(lines.get(1)).isEmpty();
        assertThat(lines.get(3)).isEqualTo("  tensors          57");
        assertThat(lines.get(4)).isEqualTo("  elements         67,256");
        assertThat(lines.get(5)).isEqualTo("  metadata.config  seed: 3; name: a");
        assertThat(lines.get(6)).isEqualTo("  metadata.long    " + "x".repeat(159) + "…");
        assertThat(lines.get(7)).isEmpty();
        assertThat(lines.get(8)).startsWith("  ").contains("F32");
    }

    @Test
    void otherFilesAreRefused() throws IOException {
        Path text = Files.writeString(folder.resolve("notes.txt"), "remember the milk");
        assertThatThrownBy(() -> Inspection.of(text))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("notes.txt");
        Path json = Files.writeString(folder.resolve("other.json"), "{\"a\": 1}");
        assertThatThrownBy(() -> Inspection.of(json))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("other.json: unknown key 'a'");
        assertThatThrownBy(() -> Inspection.of(folder.resolve("none")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("found no file");
    }

    @Test
    void aFolderOfTransformers() {
        Inspection inspection = Inspection.of(Golden.path("peft_lora/hf_vit"));
        JsonNode json = inspection.json();
        assertThat(json.get("format").textValue()).isEqualTo("safetensors");
        assertThat(json.get("layout").textValue()).isEqualTo("transformers' ViT");
        assertThat(json.get("tensors").intValue()).isEqualTo(40);
        assertThat(json.get("mapped").intValue()).isEqualTo(32);
        assertThat(json.get("unexplained")).isEmpty();
        assertThat(json.get("embedDim").intValue()).isEqualTo(24);
        assertThat(inspection.details())
                .contains("\n  norm.bias ← vit.layernorm.bias\n")
                .containsPattern("\n  vit.layernorm.bias +F32 \\[24]\n");
    }

    @Test
    void filesOfTorchAndNumpy() {
        Inspection moco = Inspection.of(Golden.path("vit_pth/moco.pth.tar"));
        assertThat(moco.json().get("layout").textValue()).isEqualTo("timm's names");
        assertThat(moco.json().get("embedDim").intValue()).isEqualTo(12);
        assertThat(moco.details())
                .contains("loading: took 'state_dict.module.' off the names\n")
                .containsPattern("\n  cls_token +F32 \\[1, 1, 12]\n");
        Inspection google = Inspection.of(Golden.path("vit_npz/vit.npz"));
        assertThat(google.json().get("layout").textValue()).isEqualTo("Google's ViT");
        assertThat(google.json().get("numHeads").intValue()).isEqualTo(3);
        assertThat(google.details()).contains(") pre_logits/kernel, pre_logits/bias\n");
        Inspection strange = Inspection.of(Golden.path("vit_pth/strided.pth"));
        assertThat(strange.details()).containsPattern("\n  permuted4d +F32 \\[4, 3, 2, 2]\n");
    }
}
