package dev.inlay.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the code to the import rules of {@code docs/architecture.md}, and each rule to being able to fail. */
class ArchitectureTest {
    private static final String BASE = "dev.inlay";
    private static final ImportTable TABLE = ImportTable.read();
    private static final ImportRules RULES = new ImportRules(TABLE, BASE);

    /** The base of a second world, compiled for this test, that breaks every rule. */
    private static final String BROKEN = "broken";

    private static final ImportRules BROKEN_RULES = new ImportRules(TABLE, BROKEN);

    private static JavaClasses code;
    private static JavaClasses brokenCode;

    @BeforeAll
    static void readCode(@TempDir Path folder) throws IOException {
        code = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages(BASE);
        brokenCode = compile(folder, breakEveryRule());
    }

    @ParameterizedTest
    @MethodSource("packages")
    void importsOnlyWhatItMay(String name) {
        RULES.ofPackages().get(name).check(code);
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void isImportedOnlyWhereItMay(String library) {
        RULES.ofLibraries().get(library).check(code);
    }

    @Test
    void noPackagesImportEachOther() {
        RULES.ofCycles().check(code);
    }

    @Test
    void noFileKnowsBothABackboneAndAMethod() {
        RULES.ofPairs().check(code);
    }

    @Test
    void theRuleOfPairsCanFail() {
        assertFails(BROKEN_RULES.ofPairs(), BROKEN + ".pairs.Pair");
    }

    @Test
    void nothingAboveAFamilyOfBackbonesKnowsIt() {
        RULES.ofFamilies().check(code);
    }

    @Test
    void theRuleOfFamiliesCanFail() {
        assertFails(BROKEN_RULES.ofFamilies(), BROKEN + ".pairs.Pair");
    }

    @Test
    void everyPackageIsInTheTable() {
        Set<String> found = code.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> name.startsWith(BASE + "."))
                .map(name -> name.substring(BASE.length() + 1).replaceAll("\\..*", ""))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(TABLE.packages().keySet()).containsAll(found);
    }

    @ParameterizedTest
    @MethodSource("packages")
    void theRuleOfAPackageCanFail(String name) {
        assertFails(BROKEN_RULES.ofPackages().get(name), importerIn(name) + ".");
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void theRuleOfALibraryCanFail(String library) {
        assertFails(BROKEN_RULES.ofLibraries().get(library), library + ".Imported");
    }

    @Test
    void theRuleOfCyclesCanFail() {
        assertFails(BROKEN_RULES.ofCycles(), "Cycle detected: Slice first -> ");
    }

    static Stream<String> packages() {
        return RULES.ofPackages().keySet().stream();
    }

    static Stream<String> libraries() {
        return RULES.ofLibraries().keySet().stream();
    }

    private static void assertFails(ArchRule rule, String message) {
        assertThatThrownBy(() -> rule.check(brokenCode))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(message);
    }

    private static String importerIn(String name) {
        return Character.isUpperCase(name.charAt(0)) ? BROKEN + "." + name : BROKEN + "." + name + ".Importer";
    }

    private static List<String> breakEveryRule() {
        List<String> sources = new ArrayList<>();
        sources.add(source(BROKEN + ".cli.Imported", "java.lang.Object"));
        packages().forEach(name -> sources.add(source(importerIn(name), BROKEN + ".cli.Imported")));
        libraries().forEach(library -> {
            sources.add(source(library + ".Imported", "java.lang.Object"));
            sources.add(source(BROKEN + ".error.Importer" + sources.size(), library + ".Imported"));
        });
        sources.add(source(BROKEN + ".backbone.vit.Vit", "java.lang.Object"));
        sources.add(source(BROKEN + ".tuning.lora.Lora", "java.lang.Object"));
        sources.add("package %1$s.pairs; public class Pair { %1$s.backbone.vit.Vit a; %1$s.tuning.lora.Lora b; }"
                .formatted(BROKEN));
        sources.add(source(BROKEN + ".first.A", BROKEN + ".second.B"));
        sources.add(source(BROKEN + ".second.B", BROKEN + ".first.A"));
        return sources;
    }

    private static String source(String type, String imported) {
        int dot = type.lastIndexOf('.');
        return "package %s; public class %s { %s field; }"
                .formatted(type.substring(0, dot), type.substring(dot + 1), imported);
    }

    private static JavaClasses compile(Path folder, List<String> sources) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String source : sources) {
            String name = source.replaceAll(".*class (\\w+).*", "$1");
            Path file = Files.createDirectories(folder.resolve("source" + files.size()))
                    .resolve(name + ".java");
            files.add(Files.writeString(file, source));
        }
        Path classes = Files.createDirectories(folder.resolve("classes"));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            List<String> options = List.of("-d", classes.toString(), "-proc:none", "--release", "17");
            assertThat(compiler.getTask(null, manager, null, options, null, manager.getJavaFileObjectsFromPaths(files))
                            .call())
                    .isTrue();
        }
        return new ClassFileImporter().importPath(classes);
    }
}
