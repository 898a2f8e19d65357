package dev.inlay.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** What computes with a backbone makes tensors by {@link Device} alone, so that each says where it is. */
class DeviceRulesTest {
    /** LibTorch's functions that make a tensor out of nothing; those with {@code _like} follow another tensor. */
    private static final Set<String> FACTORIES = Set.of(
            "zeros", "ones", "empty", "full", "arange", "eye", "linspace", "rand", "randn", "from_blob", "tensor");

    private static final Set<String> OF_MAIN_MEMORY = Set.of("of", "indices");

    /** AdamW's counters are made with the options of their weights. */
    private static final Set<String> WITH_OPTIONS = Set.of("AdamW");

    private static final DescribedPredicate<JavaAccess<?>> MAKES_A_TENSOR =
            DescribedPredicate.describe("make a tensor without a device", access -> {
                String name = access.getTarget().getName();
                var owner = access.getTarget().getOwner();
                return owner.isEquivalentTo(torch.class) && FACTORIES.contains(name)
                        || owner.isEquivalentTo(Tensors.class) && OF_MAIN_MEMORY.contains(name)
                        || owner.isEquivalentTo(Tensor.class) && name.equals("create");
            });

    private static ArchRule rule(String... packages) {
        return noClasses()
                .that(resideInAnyPackage(packages)
                        .and(DescribedPredicate.not(resideInAnyPackage("dev.inlay.train.probe..")))
                        .and(DescribedPredicate.not(simpleName("RandomWeights")))
                        .and(DescribedPredicate.describe(
                                "make them without options", type -> !WITH_OPTIONS.contains(type.getSimpleName()))))
                .should()
                .accessTargetWhere(MAKES_A_TENSOR);
    }

    private static JavaClasses code() {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.inlay");
    }

    @Test
    void tensorsAroundABackboneSayWhereTheyAre() {
        rule(
                        "dev.inlay.backbone..",
                        "dev.inlay.kernels..",
                        "dev.inlay.sensitivity..",
                        "dev.inlay.train..",
                        "dev.inlay.tuning..")
                .check(code());
    }

    @Test
    void theRuleCanFail() {
        assertThatThrownBy(() -> rule("dev.inlay.checkpoint..").check(code()))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("StoredTensors");
    }
}
