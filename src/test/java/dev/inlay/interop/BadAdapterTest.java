package dev.inlay.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Adapters that are damaged, or are more than LoRA: one clear error each, and no task. */
class BadAdapterTest {
    private static final Path ADAPTER = PeftFolders.ROOT.resolve("timm_adapter");
    private static final String CONFIG = "adapter_config.json";
    private static final String TENSORS = "adapter_model.safetensors";
    private static final String QKV = "base_model.model.blocks.0.attn.qkv.";

    private static Backbone vit;

    @TempDir
    private Path folder;

    @BeforeAll
    static void load() {
        vit = PeftFolders.backbone("timm_adapter");
    }

    @AfterAll
    static void close() {
        vit.close();
    }

    @BeforeEach
    void copy() throws IOException {
        Files.copy(ADAPTER.resolve(CONFIG), folder.resolve(CONFIG));
        Files.copy(ADAPTER.resolve(TENSORS), folder.resolve(TENSORS));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            peft_type | "IA3" | peft_type: expected LORA, the only kind that Inlay imports, found IA3
            r | 0 | r: expected a whole number from 1 to 4096, found 0
            r | 4 | expected A [4, 24] and B [72, 4]
            r | "3" | r: expected a whole number
            lora_alpha | -1 | lora_alpha: expected a number from 1.0E-6 to 1000000.0, found
            lora_alpha | null | lora_alpha: expected a number from 1.0E-6 to 1000000.0, found
            lora_dropout | 1 | lora_dropout: expected a number from 0.0 to 0.99, found 1
            bias | "some" | bias: expected one of [none, all, lora_only], found "some"
            fan_in_fan_out | true | fan_in_fan_out: not imported, found true
            exclude_modules | ["attn.qkv"] | blocks.0.attn.qkv: has tensors, but exclude_modules names it
            exclude_modules | ".*qkv" | blocks.0.attn.qkv: has tensors, but exclude_modules names it
            exclude_modules | [7] | exclude_modules[0]: expected text, found 7
            layers_to_transform | [0] | blocks.0.attn.qkv: has tensors, but layers_to_transform leaves its layer out
            layers_to_transform | ["0"] | layers_to_transform: expected numbers of layers, found "0"
            layer_replication | [[0, 1]] | layer_replication: not imported
            lora_bias | true | lora_bias: not imported
            use_qalora | true | use_qalora: a kind of LoRA that Inlay does not have
            use_something_new | true | use_something_new: a kind of LoRA that Inlay does not have
            arrow_config | {"top_k": 3} | arrow_config: a kind of LoRA that Inlay does not have
            init_lora_weights | "pissa" | init_lora_weights: pissa changes the base's weights
            use_dora | true | use_dora is true, but the module has no lora_magnitude_vector
            use_dora | 1 | use_dora: expected true or false, found 1
            use_rslora | "yes" | use_rslora: expected true or false
            target_modules | null | target_modules: expected a list of modules or a regular expression
            target_modules | ["attn.proj"] | blocks.0.attn.qkv: has tensors, but target_modules does not name it
            target_modules | [7] | target_modules[0]: expected text, found 7
            target_modules | "blocks.(" | key 'target_modules': expected a regular expression, found blocks.(
            target_modules | "(..?)*(..?)*(..?)*\\\\1!" | takes more than 1000000 steps
            rank_pattern | {"blocks.0.attn.qkv": 2} | expected A [2, 24]
            rank_pattern | {"[": 2} | key 'rank_pattern': expected a regular expression, found [
            rank_pattern | [3] | rank_pattern: expected an object, found a list
            alpha_pattern | {"attn.qkv": "x"} | alpha_pattern.attn.qkv: expected a number from 1.0E-6 to 1000000.0, found "x"
            """)
    void aSettingThatIsNotPlainLora(String key, String value, String message) throws IOException {
        edit(json -> {
            try {
                json.set(key, new ObjectMapper().readTree(value));
            } catch (IOException e) {
                throw new IllegalArgumentException(e);
            }
        });
        assertTimeout(Duration.ofSeconds(10), () -> assertRefused(message));
    }

    @Test
    void allProblemsOfTheSettingsAtOnce() throws IOException {
        edit(json -> json.put("bias", "some").put("fan_in_fan_out", true).put("r", -1));
        assertRefused("bias: expected one of");
        assertRefused("fan_in_fan_out: not imported");
        assertRefused("r: expected a whole number");
    }

    @Test
    void whatIsIgnoredIsListed() throws IOException {
        edit(json ->
                json.put("megatron_core", "megatron.core").put("colour", "red").put("note", ""));
        List<String> notes = PeftFolders.write(folder, vit, folder.resolve("task.safetensors"));
        assertThat(notes)
                .anyMatch(note -> note.startsWith("ignored in adapter_config.json: ") && note.contains("colour"))
                .noneMatch(note -> note.contains("note,") || note.endsWith("note"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            {"peft_type": "LORA", "peft_type": "LORA"} | expected JSON, found a fault: the key 'peft_type' is there twice
            {"peft_type": | expected JSON, found a fault
            [] | expected a JSON object, found ARRAY
            {} | peft_type: expected LORA, the only kind that Inlay imports, found nothing
            """)
    void settingsThatAreNone(String text, String message) throws IOException {
        Files.writeString(folder.resolve(CONFIG), text);
        assertRefused(message);
    }

    @Test
    void missingFiles() throws IOException {
        Files.delete(folder.resolve(TENSORS));
        assertRefused("expected adapter_model.safetensors or adapter_model.bin beside adapter_config.json");
        Files.delete(folder.resolve(CONFIG));
        assertRefused("adapter_config.json: cannot be read");
    }

    @Test
    void tensorsThatDoNotFit() {
        change(tensors -> tensors.put(QKV + "lora_A.weight", torch.zeros(3, 25)));
        assertRefused("blocks.0.attn.qkv: expected A [3, 24] and B [72, 3]");
        change(tensors -> tensors.remove(QKV + "lora_A.weight"));
        assertRefused("blocks.0.attn.qkv: expected lora_A and lora_B, found [" + QKV + "lora_B.weight]");
        change(tensors -> tensors.put("model.x.lora_A.weight", torch.zeros(1)));
        assertRefused("model.x.lora_A.weight: expected names that begin with base_model.model.");
        change(tensors -> tensors.put(QKV + "lora_embedding_A", torch.zeros(1)));
        assertRefused(QKV + "lora_embedding_A: a part that Inlay's LoRA does not have");
        change(Map::clear);
        assertRefused("expected tensors such as base_model.model.<module>.lora_A.weight, found none");
    }

    @Test
    void modulesThatTheBackboneDoesNotHave() {
        change(tensors -> {
            tensors.put("base_model.model.blocks.2.attn.qkv.lora_A.weight", torch.zeros(3, 24));
            tensors.put("base_model.model.blocks.2.attn.qkv.lora_B.weight", torch.zeros(72, 3));
        });
        assertRefused("1 of 3 modules are none of custom's, whose names fit timm's names best");
        assertRefused("blocks.2.attn.qkv");
    }

    @Test
    void headsThatAreNone() {
        change(tensors -> tensors.put("base_model.model.head.weight", torch.zeros(5, 23)));
        assertRefused("head: expected a linear head, weight [classes, 24] and bias [classes], found [5, 23] and [5]");
        change(tensors -> tensors.remove("base_model.model.head.bias"));
        assertRefused("expected head.bias beside head.weight");
    }

    @Test
    void whatIsSavedWholeAndNeitherHeadNorVector() {
        change(tensors -> tensors.put("base_model.model.blocks.0.mlp.fc1.weight", torch.zeros(40, 24)));
        assertRefused("found also\n  - blocks.0.mlp.fc1.weight");
        change(tensors -> tensors.put("base_model.model.norm.weight", torch.zeros(25)));
        assertRefused("norm.weight: expected [24] of the backbone, found [25]");
        change(tensors -> tensors.put("base_model.model.fc.weight", torch.zeros(5, 24)));
        assertRefused("fc.weight: no parameter of custom");
    }

    @Test
    void lowRankUpdatesOfTheHeadThatDoNotFit() throws IOException {
        edit(json -> json.withArray("target_modules").add("head"));
        change(tensors -> {
            tensors.put("base_model.model.head.lora_A.weight", torch.zeros(3, 24));
            tensors.put("base_model.model.head.lora_B.weight", torch.zeros(6, 3));
        });
        assertRefused("head: expected a B of 5 rows, the head's classes, found 6");
        change(tensors -> {
            tensors.put("base_model.model.head.lora_A.weight", torch.zeros(3, 23));
            tensors.put("base_model.model.head.lora_B.weight", torch.zeros(5, 3));
        });
        assertRefused("head: expected A [3, 24] and B [classes, 3]");
    }

    @Test
    void namesOfClassesThatDoNotFit() {
        assertThatThrownBy(() -> PeftImport.write(
                        folder, vit, Optional.of(List.of("one")), Optional.empty(), folder.resolve("task.safetensors")))
                .isInstanceOf(DataException.class)
                .hasMessage("the head has 5 classes, but 1 names were given; give one for each");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            {"classNames": ["a"], "ranks": {"blocks.0.attn.qkv": [1, 1, 1]}} | do not have the ranks [1, 1, 1]
            {"classNames": ["a"], "ranks": {"blocks.0.attn.qkv": [3]}} | the metadata say the ranks [3] of 3 parts
            {"classNames": ["a"], "ranks": {"blocks.0.attn.qkv": [9, 0, 0]}} | the module has 3 in all
            {"classNames": ["a"], "ranks": {"blocks.0.attn.qkv": [-1, 2, 2]}} | the module has 3 in all
            {"ranks": {}} | metadata 'inlay': expected notes on a task, found a fault: a key is missing; remove it
            {"classNames": [null], "ranks": {}} | metadata 'inlay': expected notes on a task, found a fault: a key is
            nothing | metadata 'inlay': expected notes on a task, found a fault: it is no JSON at line 1, column
            """)
    void metadataThatContradict(String metadata, String message) {
        write(tensors -> {}, Map.of("inlay", metadata));
        assertRefused(message);
    }

    private void edit(Consumer<ObjectNode> change) throws IOException {
        ObjectNode json = (ObjectNode) PeftJson.read(ADAPTER.resolve(CONFIG));
        change.accept(json);
        Files.writeString(folder.resolve(CONFIG), json.toString());
    }

    private void change(Consumer<Map<String, Tensor>> change) {
        write(change, Map.of());
    }

    private void write(Consumer<Map<String, Tensor>> change, Map<String, String> metadata) {
        try (SafeTensorsFile stored = SafeTensorsFile.open(ADAPTER.resolve(TENSORS))) {
            Map<String, Tensor> tensors = new LinkedHashMap<>(StoredTensors.readAll(stored));
            change.accept(tensors);
            List<TensorEntry> entries = new ArrayList<>();
            tensors.forEach((name, tensor) -> entries.add(StoredTensors.entry(name, tensor)));
            SafeTensorsWriter.write(folder.resolve(TENSORS), entries, metadata);
            tensors.values().forEach(Tensors::release);
        }
    }

    private void assertRefused(String message) {
        Path task = folder.resolve("task.safetensors");
        assertThatThrownBy(() -> PeftFolders.write(folder, vit, task))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(message);
        assertThat(task).doesNotExist();
    }
}
