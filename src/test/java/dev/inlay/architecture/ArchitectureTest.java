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
    private static final String BROKEN = "broken";

    private static JavaClasses code;

    @BeforeAll
    static void read() {
        code = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages(BASE);
    }

    @ParameterizedTest
    @MethodSource("packages")
    void importsOnlyWhatItMay(String name) throws IOException {
        rules(BASE).ofPackages().get(name).check(code);
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void isImportedOnlyWhereItMay(String library) throws IOException {
        rules(BASE).ofLibraries().get(library).check(code);
    }

    @Test
    void noPackagesImportEachOther() throws IOException {
        rules(BASE).ofCycles().check(code);
    }

    @Test
    void everyPackageIsInTheTable() throws IOException {
        Set<String> found = code.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> name.startsWith(BASE + "."))
                .map(name -> name.substring(BASE.length() + 1).replaceAll("\\..*", ""))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(ImportTable.read().packages().keySet()).containsAll(found);
    }

    @ParameterizedTest
    @MethodSource("packages")
    void theRuleOfAPackageCanFail(String name, @TempDir Path folder) throws IOException {
        boolean isClass = Character.isUpperCase(name.charAt(0));
        String inside = isClass ? BROKEN : BROKEN + "." + name;
        String importer = isClass ? name : "Importer";
        JavaClasses broken = compile(
                folder,
                "package " + BROKEN + ".cli; public class Imported {}",
                "package " + inside + "; class " + importer + " { " + BROKEN + ".cli.Imported field; }");
        assertFails(rules(BROKEN).ofPackages().get(name), broken, "Imported");
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void theRuleOfALibraryCanFail(String library, @TempDir Path folder) throws IOException {
        JavaClasses broken = compile(
                folder,
                "package " + library + "; public class Imported {}",
                "package " + BROKEN + ".error; class Importer { " + library + ".Imported field; }");
        assertFails(rules(BROKEN).ofLibraries().get(library), broken, "Imported");
    }

    @Test
    void theRuleOfCyclesCanFail(@TempDir Path folder) throws IOException {
        JavaClasses broken = compile(
                folder,
                "package " + BROKEN + ".a; public class A { " + BROKEN + ".b.B field; }",
                "package " + BROKEN + ".b; public class B { " + BROKEN + ".a.A field; }");
        assertFails(rules(BROKEN).ofCycles(), broken, "Cycle");
    }

    static Stream<String> packages() throws IOException {
        return rules(BASE).ofPackages().keySet().stream();
    }

    static Stream<String> libraries() throws IOException {
        return rules(BASE).ofLibraries().keySet().stream();
    }

    private static ImportRules rules(String base) throws IOException {
        return new ImportRules(ImportTable.read(), base);
    }

    private static void assertFails(ArchRule rule, JavaClasses classes, String message) {
        assertThatThrownBy(() -> rule.check(classes))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(message);
    }

    private static JavaClasses compile(Path folder, String... sources) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<Path> files = new java.util.ArrayList<>();
        for (String source : sources) {
            String name = source.replaceAll("(?s).*?class (\\w+).*", "$1");
            Path file = Files.createDirectories(folder.resolve("source" + files.size()))
                    .resolve(name + ".java");
            files.add(Files.writeString(file, source));
        }
        Path classes = Files.createDirectories(folder.resolve("classes"));
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            boolean compiled = compiler.getTask(
                            null,
                            manager,
                            null,
                            List.of("-d", classes.toString(), "-proc:none"),
                            null,
                            manager.getJavaFileObjectsFromPaths(files))
                    .call();
            assertThat(compiled).isTrue();
        }
        return new ClassFileImporter().importPath(classes);
    }
}
