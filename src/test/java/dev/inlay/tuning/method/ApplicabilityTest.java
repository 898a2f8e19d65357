package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.SampleDropout;
import dev.inlay.backbone.SpecJson;
import dev.inlay.backbone.TinyBackbones;
import dev.inlay.error.ConfigException;
import dev.inlay.keys.Keys;
import dev.inlay.publishing.Markdown;
import dev.inlay.random.Key;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Trainable;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** Which method runs on which family of backbones: tried, and held against the table of {@code docs/methods.md}. */
class ApplicabilityTest {
    private static final int CLASSES = 5;

    /** Every method by the name of its row. */
    private static Map<String, TuningSpec> methods() {
        Map<String, TuningSpec> rows = new TreeMap<>();
        ConfigurableMethod.all().forEach(method -> rows.put(method.name(), MethodSamples.small(method.name())));
        rows.remove(Sum.METHOD);
        rows.remove(Prompt.METHOD);
        for (Prompt.Depth depth : Prompt.Depth.values()) {
            rows.put(
                    "prompt, " + Keys.word(depth),
                    new Prompt(depth, 3, 0, 0, false, List.of(), Prompt.Pool.CLASS_TOKEN));
        }
        return rows;
    }

    @Test
    void theTableOfThePageIsWhatHappens() {
        Set<String> families = BackboneFamily.all().keySet();
        assertThat(TinyBackbones.SPECS.keySet()).isEqualTo(families);
        Markdown.Table table = Markdown.of("docs/methods.md")
                .tables(families.toArray(String[]::new))
                .get(0);
        assertThat(table.keys()).containsExactlyInAnyOrderElementsOf(methods().keySet());
        methods()
                .forEach((row, method) -> families.forEach(family -> assertThat(table.cell(row, family))
                        .as("%s on %s", row, family)
                        .isEqualTo(runs(family, method) ? "yes" : "no")));
    }

    /** Trains a step of a method, and says whether it could; what cannot is refused by name. */
    private static boolean runs(String family, TuningSpec spec) {
        try (PointerScope scope = new PointerScope();
                Backbone backbone = BackboneFamily.named(family)
                        .random(family, SpecJson.parse(TinyBackbones.SPECS.get(family), family), 1)) {
            Tuning tuning;
            try {
                tuning = new Tuning(backbone, spec, CLASSES, 0);
            } catch (ConfigException e) {
                assertThat(e).hasMessageContaining("backbone");
                return false;
            }
            try (tuning) {
                Tensor images = torch.randn(2, 3, backbone.height(), backbone.width());
                SampleDropout noise = new SampleDropout(Key.of(0, "noise"), new int[] {0, 1});
                Tensor logits = tuning.head(tuning.features(images, noise, 0.1));
                assertThat(Tensors.shape(logits)).as(spec.method()).containsExactly(2, CLASSES);
                torch.cross_entropy_loss(logits, Tensors.indices(new int[] {0, 1}))
                        .backward();
                tuning.trainables().values().stream()
                        .filter(Trainable::isLearned)
                        .forEach(trainable -> assertThat(
                                        trainable.tensor().grad().defined())
                                .as("%s on %s: gradient of %s", spec, family, trainable.name())
                                .isTrue());
            }
            return true;
        }
    }
}
