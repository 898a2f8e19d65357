package dev.inlay.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpellingTest {
    private static final List<String> NAMES = List.of(
            "lora", "dora", "adapter", "adamw", "sgd", "learningRate", "batchSize", "vit_base_patch16_224", "epochs");

    @ParameterizedTest
    @CsvSource({
        "lroa, lora",
        "LoRA, lora",
        "lora2, lora",
        "adpater, adapter",
        "ADAMW, adamw",
        "adamv, adamw",
        "sdg, sgd",
        "learning_rate, learningRate",
        "learning-rate, learningRate",
        "lr, learningRate",
        "bs, batchSize",
        "epoch, epochs",
        "vit-base, vit_base_patch16_224",
        "vit_bsae_patch16_224, vit_base_patch16_224",
    })
    void suggestsTheNearestNameFirst(String word, String meant) {
        assertThat(Spelling.near(word, NAMES)).first().isEqualTo(meant);
    }

    @ParameterizedTest
    @CsvSource({"x", "prompt", "zzzzzzzz", "''", "r"})
    void suggestsNothingFarAway(String word) {
        assertThat(Spelling.near(word, NAMES)).isEmpty();
        assertThat(Spelling.hint(word, NAMES)).isEmpty();
    }

    @Test
    void sameLettersInAnotherCaseAreTheOnlySuggestion() {
        assertThat(Spelling.near("Lora", NAMES)).containsExactly("lora");
        assertThat(Spelling.hint("lara", NAMES)).isEqualTo("; did you mean lora or dora?");
    }

    @Test
    void expectedNamesWhatThereIsWhatWasFoundAndWhatWasMeant() {
        assertThat(Spelling.expected("sdg", List.of("adamw", "sgd")))
                .isEqualTo("expected one of adamw, sgd, found sdg; did you mean sgd?");
        assertThat(Spelling.expected("", List.of("adamw", "sgd")))
                .isEqualTo("expected one of adamw, sgd, found nothing");
    }
}
