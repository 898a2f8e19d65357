package dev.inlay.plan.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.error.DataException;
import dev.inlay.golden.Golden;
import dev.inlay.plan.FlatIndices;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanCost;
import dev.inlay.plan.PlanJson;
import dev.inlay.task.Inspection;
import dev.inlay.tuning.SmallTuning;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.method.Planned;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The files of SPT's authors as they released them. */
class ReleasedPlanTest {
    @ParameterizedTest
    @CsvSource({"cifar_lora_0.4, LORA, 301056, 55296, 23789", "clevr_dist_adapter_0.4, ADAPTER, 339568, 56064, 29435"})
    void readsWhatTheAuthorsChose(String name, ModuleKind kind, long modules, long vectors, long sparse) {
        Plan plan = PlanFile.read(Golden.path("spt_released/" + name + ".pth"));

        assertThat(plan.rule().module()).isEqualTo(kind);
        assertThat(plan.rule().rank()).isEqualTo(8);
        assertThat(plan.cost()).isEqualTo(new PlanCost(modules, vectors, sparse, 768));
        String decoded = "spt_released/" + name + ".json";
        assertThat(plan.matrices()).isEqualTo(Golden.names(decoded, "matrices"));
        assertThat(new HashSet<>(plan.vectors())).isEqualTo(new HashSet<>(Golden.names(decoded, "vectors")));
        assertThat(plan.sparse()).isEqualTo(sparse(name));
        assertThat(PlanJson.parse(PlanJson.text(plan), "again")).isEqualTo(plan);
    }

    private static Map<String, FlatIndices> sparse(String name) {
        Map<String, FlatIndices> sparse = new LinkedHashMap<>();
        try (SafeTensorsFile file = SafeTensorsFile.open(Golden.path("spt_released/" + name + ".sparse.safetensors"))) {
            file.names().forEach(tensor -> sparse.put(tensor, FlatIndices.ofLongs(file.longs(tensor))));
        }
        return sparse;
    }

    @ParameterizedTest
    @CsvSource({"PAPER, 380909, 21639", "SEED, 380738, 21639"})
    void trainsAsManyNumbersAsTheAuthors(Planned.Origin origin, long trained, long singleWeights) {
        Plan plan = PlanFile.read(Golden.path("spt_released/cifar_lora_0.4.pth"));
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = SmallTuning.vitB16();
                Tuning tuning = new Tuning(vit, new Planned(plan, 0, 0, origin), 100, 1)) {
            long head = tuning.count(Role.HEAD);
            long all = tuning.trainables().values().stream()
                    .mapToLong(trainable -> trainable.tensor().numel())
                    .sum();
            assertThat(head).isEqualTo(76_900);
            assertThat(all - head).isEqualTo(trained);
            assertThat(tuning.trainables().values().stream()
                            .filter(trainable -> trainable.role() == Role.SPARSE
                                    && trainable.name().matches("sparse\\.blocks.*\\.(attn|mlp)\\..*\\.weight\\.delta"))
                            .mapToLong(trainable -> trainable.tensor().numel())
                            .sum())
                    .isEqualTo(singleWeights);
        }
    }

    @Test
    void inspectShowsIt() {
        Inspection inspection = Inspection.of(Golden.path("spt_released/cifar_lora_0.4.pth"));
        assertThat(inspection.title()).startsWith("plan ");
        assertThat(inspection.json().get("cost").asLong()).isEqualTo(380_909);
        assertThat(inspection.json().get("matrices").asLong()).isEqualTo(14);
    }

    @Test
    void otherFilesAreRefusedByName() {
        assertThatThrownBy(() -> PlanFile.read(Golden.path("vit_pth/plain.pth")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("plain.pth: 'unstructured_name_shapes': expected a dictionary");
        assertThatThrownBy(() -> PlanFile.read(Golden.path("vit_pth/spt_param_req.pth")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("spt_param_req.pth")
                .hasMessageContaining("expected");
    }
}
