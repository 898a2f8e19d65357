package dev.inlay.cli;

import static dev.inlay.cli.Cli.inlay;
import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.golden.Golden;
import dev.inlay.plan.PlanJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code inlay import} and {@code inlay export}. */
class InteropCommandsTest {
    private static final Path GOLDEN = Golden.path("peft_lora").toAbsolutePath();

    @TempDir
    private Path folder;

    private Path config;

    @BeforeEach
    void writeConfig() throws IOException {
        Path spec = Files.writeString(
                folder.resolve("spec.json"),
                Golden.json("peft_lora/meta.json").get("spec_timm").toString());
        config = Files.writeString(
                folder.resolve("run.yaml"),
                """
                backbone: {name: custom, file: %s, spec: %s}
                data: {type: builtin, task: shape, transform: {normalize: inception}}
                """
                        .formatted(GOLDEN.resolve("timm_vit"), spec));
    }

    @Test
    void anAdapterGoesInAndOut() throws IOException {
        Path task = folder.resolve("task.safetensors");
        Path names = Files.writeString(folder.resolve("classes.txt"), "a\nb\nc\nd\ne\n");
        Cli imported = inlay(
                "import", GOLDEN.resolve("timm_adapter"), "--backbone", config, "--classes", names, "--out", task);
        assertThat(imported.code()).as(imported.err()).isZero();
        assertThat(imported.out())
                .contains("note: modules are called as in timm's names")
                .endsWith(task + "\n");

        Path weights = GOLDEN.resolve("timm_vit/model.safetensors");
        for (String to : new String[] {"peft", "timm", "transformers"}) {
            Cli exported = inlay("export", task, "--to", to, "--backbone", weights, "--out", folder.resolve(to));
            assertThat(exported.code()).as(exported.err()).isZero();
        }
        assertThat(folder.resolve("peft/adapter_config.json")).exists();
        assertThat(folder.resolve("timm/config.json")).content().contains("\"label_names\" : [ \"a\", \"b\"");
        assertThat(folder.resolve("transformers/preprocessor_config.json"))
                .content()
                .contains("ViTImageProcessor");

        Cli again = inlay("export", task, "--to", "peft", "--backbone", weights, "--out", folder.resolve("peft"));
        assertThat(again.code()).isEqualTo(2);
        assertThat(again.complaint()).contains("expected a folder that is empty or not there");
        Cli named = inlay(
                "export", task, "--to", "timm", "--names", "timm", "--backbone", weights, "--out", folder.resolve("x"));
        assertThat(named.code()).isEqualTo(2);
        assertThat(named.complaint()).contains("--names: only an adapter");
    }

    @Test
    void aReleasedPlanBecomesOurs() {
        Path plan = folder.resolve("plan.json");
        Cli imported = inlay("import", Golden.path("spt_released/cifar_lora_0.4.pth"), "--out", plan);
        assertThat(imported.code()).as(imported.err()).isZero();
        assertThat(PlanJson.read(plan).cost().total()).isEqualTo(380_909);
        assertThat(imported.out()).contains("380,909");
    }

    @Test
    void saysWhatIsMissing() {
        Path out = folder.resolve("task.safetensors");
        assertThat(inlay("import", GOLDEN.resolve("timm_adapter"), "--out", out).complaint())
                .contains("--backbone: missing; an adapter needs what it was trained on");
        Cli noWeights =
                inlay("import", GOLDEN.resolve("timm_adapter"), "--backbone", "vit_base_patch16_224", "--out", out);
        assertThat(noWeights.complaint()).contains("--weights: missing");
        assertThat(noWeights.code()).isEqualTo(2);
        assertThat(inlay("import", GOLDEN.resolve("timm_vit"), "--out", out).complaint())
                .contains("expected a folder with adapter_config.json, or a plan of SPT's authors");
        assertThat(out).doesNotExist();
    }

    @Test
    void settingsAreLaidOverTheConfigOfAnImport() {
        Path out = folder.resolve("task.safetensors");
        Cli misspelt =
                inlay("import", GOLDEN.resolve("timm_adapter"), "--backbone", config, "data.task=shpae", "--out", out);
        assertThat(misspelt.code()).isEqualTo(2);
        assertThat(misspelt.complaint()).contains("data.task (override)", "did you mean shape?");
        assertThat(out).doesNotExist();
    }
}
