package dev.inlay.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A method of tuning knows no other and no concrete backbone, so that one is added without touching any. */
class MethodIndependenceTest {
    private static final String TUNING = "dev.inlay.tuning";

    private static JavaClasses code;

    @BeforeAll
    static void readCode() {
        code = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.inlay");
    }

    @ParameterizedTest
    @MethodSource("methods")
    void importsNoOtherMethod(String method) {
        noClasses()
                .that(resideInAPackage(TUNING + "." + method))
                .should()
                .dependOnClassesThat(resideInAPackage(TUNING + ".*").and(resideOutsideOfPackage(TUNING + "." + method)))
                .check(code);
    }

    @Test
    void noneImportsAConcreteBackbone() {
        noClasses()
                .that(resideInAPackage(TUNING + ".."))
                .should()
                .dependOnClassesThat(resideInAnyPackage("dev.inlay.backbone.*"))
                .check(code);
    }

    @Test
    void noBackboneImportsAMethod() {
        noClasses()
                .that(resideInAPackage("dev.inlay.backbone.."))
                .should()
                .dependOnClassesThat(resideInAPackage(TUNING + ".."))
                .check(code);
    }

    @Test
    void everyFileThatThePageNamesIsThere() throws Exception {
        Matcher file = Pattern.compile("^    ((?:src|docs)/\\S+) ", Pattern.MULTILINE)
                .matcher(Files.readString(Path.of("docs", "adding-a-method.md")));
        assertThat(file.results().map(found -> Path.of(found.group(1))))
                .hasSize(9)
                .allMatch(Files::isRegularFile);
    }

    /** Every package of a method but that of plans, which place the modules of others. */
    static Set<String> methods() {
        Set<String> methods = new TreeSet<>();
        for (JavaClass type : new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages(TUNING + "..")) {
            String name = type.getPackageName();
            if (!name.equals(TUNING) && !name.equals(TUNING + ".planned")) {
                methods.add(name.substring(TUNING.length() + 1));
            }
        }
        return methods;
    }
}
