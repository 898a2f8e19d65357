package dev.inlay.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.tensor.Precision;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BenchSuiteTest {
    @Test
    void everyCaseHasANameOfItsOwn() {
        assertThat(BenchSuite.full()).extracting(BenchCase::name).doesNotHaveDuplicates();
        assertThat(BenchSuite.full())
                .containsAll(BenchSuite.quick())
                .hasSizeGreaterThan(BenchSuite.quick().size());
    }

    @Test
    void everyCaseWithProductsComesInEveryPrecision() {
        assertThat(BenchSuite.full())
                .extracting(BenchCase::name)
                .contains(
                        "step vit_base_patch16_224 lora-8-qv 16 float32",
                        "step vit_base_patch16_224 lora-8-qv 16 bf16",
                        "step vit_base_patch16_224 spt-lora-0.2m 64 memory bf16",
                        "step vit_base_patch16_224 spt-lora-0.2m recompute 16 bf16",
                        "allocation vit_base_patch16_224 79-tau float32")
                .doesNotContain("allocation vit_base_patch16_224 79-tau bf16");
    }

    @Test
    void everyMethodIsOneOnATinyBackbone() {
        BenchSuite.quick().stream()
                .filter(work -> work.stage() == Stage.STEP && work.batch() == 16)
                .filter(work -> work.precision() == Precision.FLOAT32)
                .map(work -> new BenchCase(
                        work.stage(),
                        TinyCases.VIT,
                        work.method(),
                        work.settings().replace("200000", "1000").replace("50000", "500"),
                        2,
                        true,
                        false,
                        work.precision()))
                .forEach(work -> {
                    try (Workload workload = Workload.of(work, Methods.plan(work))) {
                        double first = workload.run();
                        workload.run();
                        assertThat(workload.run()).as(work.name()).isLessThan(first);
                    }
                });
    }

    @Test
    void plansForAViTAreLikeThoseThatWerePublished() {
        BenchCase base = BenchSuite.quick().stream()
                .filter(work -> work.name().equals("step vit_tiny_patch16_224 spt-lora-0.2m 16 float32"))
                .findFirst()
                .orElseThrow();
        assertThat(Methods.plan(base).map(plan -> plan.cost().total()))
                .hasValueSatisfying(cost -> assertThat(cost).isBetween(150_000L, 200_000L));
        assertThat(Methods.plan(base)).hasValueSatisfying(plan -> {
            assertThat(plan.matrices()).isNotEmpty();
            assertThat(plan.sparse()).hasSizeGreaterThan(20);
        });
        assertThat(Methods.plan(TinyCases.of(Stage.STEP, "linear", "{'type': 'linear'}", 1)))
                .isEqualTo(Optional.empty());
    }
}
