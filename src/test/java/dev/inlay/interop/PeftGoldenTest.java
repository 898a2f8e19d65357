package dev.inlay.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.golden.Golden;
import dev.inlay.task.Task;
import dev.inlay.task.TaskFile;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.method.Lora;
import dev.inlay.tuning.method.Sum;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Adapters written by peft 0.21, imported, against the logits that peft computed; exported again, byte for byte. */
class PeftGoldenTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "hf_adapter, hf.adapter.logits, hf.base.logits",
        "hf_adapter_old_names, hf.adapter.logits, hf.base.logits",
        "timm_adapter, timm_adapter.logits, timm.base.logits",
        "timm_adapter_bin, timm_adapter.logits, timm.base.logits",
        "timm_adapter_patterns, timm_adapter_patterns.logits, timm.base.logits"
    })
    void computesWhatPeftDoes(String adapter, String expected, String base) {
        Path task = folder.resolve("task.safetensors");
        try (Backbone backbone = PeftFolders.backbone(adapter)) {
            PeftFolders.write(PeftFolders.ROOT.resolve(adapter), backbone, task);
            float[] logits = PeftFolders.logits(task, backbone);
            Golden.assertClose(
                    adapter,
                    logits,
                    PeftFolders.expected(expected),
                    Golden.json("peft_lora/meta.json").get("tolerance"));
            assertThat(logits).isNotEqualTo(PeftFolders.expected(base));
        }
    }

    @ParameterizedTest
    @CsvSource({"hf_adapter, TRANSFORMERS", "hf_adapter_old_names, TRANSFORMERS4", "timm_adapter, TIMM"})
    void comesBackToTheByte(String adapter, PeftExport.Names names) {
        Path out = folder.resolve("out");
        try (Backbone backbone = PeftFolders.backbone(adapter)) {
            export(adapter, backbone, names, out);
        }
        assertThat(PeftFolders.elements(out.resolve("adapter_model.safetensors")))
                .isEqualTo(
                        PeftFolders.elements(PeftFolders.ROOT.resolve(adapter).resolve("adapter_model.safetensors")));
        assertThat(Golden.json("peft_lora/" + adapter + "/adapter_config.json").get("r"))
                .isEqualTo(config(out).get("r"));
        assertThat(Golden.json("peft_lora/" + adapter + "/adapter_config.json").get("lora_alpha"))
                .isEqualTo(config(out).get("lora_alpha"));
    }

    /** The adapter saved no head; what is exported holds the backbone's, with which it was trained. */
    @Test
    void patternsComeBackWithTheHead() {
        Path out = folder.resolve("out");
        try (Backbone backbone = PeftFolders.backbone("timm_adapter_patterns")) {
            export("timm_adapter_patterns", backbone, PeftExport.Names.TIMM, out);
            Path again = folder.resolve("again.safetensors");
            PeftFolders.write(out, backbone, again);
            assertThat(PeftFolders.trainables(again))
                    .isEqualTo(PeftFolders.trainables(folder.resolve("task.safetensors")));
            Golden.assertClose(
                    "again",
                    PeftFolders.logits(again, backbone),
                    PeftFolders.expected("timm_adapter_patterns.logits"),
                    Golden.json("peft_lora/meta.json").get("tolerance"));
        }
        assertThat(PeftFolders.elements(out.resolve("adapter_model.safetensors")))
                .containsAllEntriesOf(PeftFolders.elements(
                        PeftFolders.ROOT.resolve("timm_adapter_patterns/adapter_model.safetensors")))
                .containsKeys("base_model.model.head.weight[5, 24]", "base_model.model.head.bias[5]");
    }

    @Test
    void ranksAndScalesFollowThePatterns() {
        try (Backbone backbone = PeftFolders.backbone("timm_adapter_patterns")) {
            Path task = folder.resolve("task.safetensors");
            List<String> notes = PeftFolders.write(PeftFolders.ROOT.resolve("timm_adapter_patterns"), backbone, task);
            assertThat(notes)
                    .anyMatch(note -> note.contains("query, key and value of 2 fused modules"))
                    .anyMatch(note -> note.contains("the adapter saves no head"));
            try (Task read = TaskFile.read(task)) {
                Sum sum = (Sum) read.info().spec();
                assertThat(sum.parts())
                        .containsExactlyInAnyOrder(
                                new Lora(4, 16, 0, List.of("attn.k", "attn.q", "attn.v"), List.of()),
                                new Lora(4, 6, 0, List.of("attn.proj"), List.of()),
                                new Lora(2, 2 * (8 / Math.sqrt(2)), 0, List.of("mlp.fc1"), List.of()));
            }
        }
    }

    /** An adapter on {@code ViTModel} lacks the {@code vit.} that is in front of the names of the whole classifier. */
    @Test
    void namesMayLackThePrefixOfTheBaseModel() throws IOException {
        Path adapter = Files.createDirectory(folder.resolve("adapter"));
        Path source = PeftFolders.ROOT.resolve("hf_adapter");
        Files.copy(source.resolve("adapter_config.json"), adapter.resolve("adapter_config.json"));
        try (SafeTensorsFile stored = SafeTensorsFile.open(source.resolve("adapter_model.safetensors"))) {
            Map<String, Tensor> tensors = StoredTensors.readAll(stored);
            SafeTensorsWriter.write(
                    adapter.resolve("adapter_model.safetensors"),
                    tensors.entrySet().stream()
                            .map(entry -> StoredTensors.entry(
                                    entry.getKey().replace("model.vit.", "model."), entry.getValue()))
                            .toList(),
                    Map.of());
            tensors.values().forEach(Tensors::release);
        }
        try (Backbone backbone = PeftFolders.backbone("hf_adapter")) {
            Path task = folder.resolve("task.safetensors");
            PeftFolders.write(adapter, backbone, task);
            assertThat(PeftFolders.logits(task, backbone)).isNotEqualTo(PeftFolders.expected("hf.base.logits"));
            Golden.assertClose(
                    "without prefix",
                    PeftFolders.logits(task, backbone),
                    PeftFolders.expected("hf.adapter.logits"),
                    Golden.json("peft_lora/meta.json").get("tolerance"));
        }
    }

    @Test
    void keepsDropoutForTraining() {
        try (Backbone backbone = PeftFolders.backbone("hf_adapter")) {
            Path task = folder.resolve("task.safetensors");
            PeftFolders.write(PeftFolders.ROOT.resolve("hf_adapter"), backbone, task);
            try (Task read = TaskFile.read(task)) {
                assertThat(read.info().spec()).isEqualTo(new Lora(4, 6, 0.1, List.of("attn.q", "attn.v"), List.of()));
                assertThat(read.info().classNames()).containsExactly("0", "1", "2", "3", "4");
            }
        }
    }

    private void export(String adapter, Backbone backbone, PeftExport.Names names, Path out) {
        Path task = folder.resolve("task.safetensors");
        PeftFolders.write(PeftFolders.ROOT.resolve(adapter), backbone, task);
        try (Task read = TaskFile.read(task)) {
            PeftExport.write(read, backbone, names, out);
        }
    }

    private static JsonNode config(Path out) {
        return PeftJson.read(out.resolve("adapter_config.json"));
    }
}
