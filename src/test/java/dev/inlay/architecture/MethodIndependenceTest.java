package dev.inlay.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.inlay.tuning.method.TuningMethod;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A method of tuning knows no other and no concrete backbone, so that one is added without touching any. */
class MethodIndependenceTest {
    private static final String TUNING = "dev.inlay.tuning";
    private static final String METHODS = TUNING + ".method";

    /** The method of plans, which places the modules of others. */
    private static final String PLANNED = "Planned";

    /** The files that methods are found by: each is named after its method. */
    private static final Set<String> NAMES = new TreeSet<>(TuningMethod.all().values().stream()
            .map(method -> method.getClass().getName())
            .filter(name -> name.startsWith(METHODS + "."))
            .map(name -> name.substring(METHODS.length() + 1).replaceAll("(\\$.*|Method)$", ""))
            .toList());

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
                .that(are(
                        "of the method " + method,
                        type -> owner(type).filter(method::equals).isPresent()))
                .should()
                .dependOnClassesThat(are("of another method", type -> owner(type)
                        .filter(owner -> !owner.equals(method))
                        .isPresent()))
                .check(code);
    }

    @Test
    void whatFindsMethodsKnowsNone() {
        noClasses()
                .that(resideInAPackage(METHODS)
                        .and(are("of no method", type -> owner(type).isEmpty())))
                .should()
                .dependOnClassesThat(are("of a method", type -> owner(type).isPresent()))
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
                .hasSizeGreaterThan(3)
                .allMatch(Files::isRegularFile);
    }

    static Stream<String> methods() {
        assertThat(NAMES).contains("Lora", "Adapter", "AdapterPlus", PLANNED);
        return NAMES.stream().filter(name -> !name.equals(PLANNED));
    }

    /** The method whose file a class is in: the longest of the names that its own begins with. */
    private static Optional<String> owner(JavaClass type) {
        return type.getPackageName().equals(METHODS)
                ? NAMES.stream()
                        .filter(name -> type.getName().startsWith(METHODS + "." + name))
                        .max(Comparator.comparingInt(String::length))
                : Optional.empty();
    }

    private static DescribedPredicate<JavaClass> are(String what, Predicate<JavaClass> which) {
        return DescribedPredicate.describe("are " + what, which);
    }
}
