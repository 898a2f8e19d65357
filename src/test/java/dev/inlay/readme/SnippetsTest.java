package dev.inlay.readme;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.publishing.Markdown;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java of the README and of {@code docs} compiles as it is printed, imports and then statements or members, against the library alone. */
class SnippetsTest {
    /** Its blocks are the steps of one program; {@link TutorialTest} compares and runs it. */
    private static final Path TUTORIAL = Path.of("docs/tutorial.md");

    private static final Pattern MEMBER = Pattern.compile("(?m)^(?:static|final class|class|record|interface) ");

    @Test
    void everyBlockOfJavaCompiles(@TempDir Path folder) throws IOException {
        List<Path> sources = new ArrayList<>();
        for (Path page : pages()) {
            for (String block : Markdown.of(page.toString()).code("java")) {
                assertThat(block).as("a block of Java on %s", page).startsWith("import ");
                Path source = folder.resolve("Snippet" + sources.size() + ".java");
                Files.writeString(source, program(block, "Snippet" + sources.size()));
                sources.add(source);
            }
        }
        assertThat(sources).hasSizeGreaterThan(6);

        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter problems = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            String library = String.join(File.pathSeparator, LibraryJvm.classPath());
            List<String> options = List.of("-proc:none", "-d", folder.toString(), "-classpath", library);
            boolean compiled = compiler.getTask(
                            problems, files, null, options, null, files.getJavaFileObjectsFromPaths(sources))
                    .call();
            assertThat(compiled).as(problems.toString()).isTrue();
        }
    }

    /** A block as a class: what it declares as members, and statements as a method. */
    private static String program(String block, String name) {
        String imports = block.lines().filter(SnippetsTest::isImport).collect(Collectors.joining("\n"));
        String code = block.lines().filter(line -> !isImport(line)).collect(Collectors.joining("\n"));
        String members = MEMBER.matcher(code).find() ? code : "static void run() throws Exception {\n" + code + "\n}";
        return imports + "\nfinal class " + name + " {\n" + members + "\n}\n";
    }

    private static boolean isImport(String line) {
        return line.startsWith("import ");
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.list(Path.of("docs"))) {
            return Stream.concat(Stream.of(Path.of("README.md")), docs.sorted())
                    .filter(page -> page.toString().endsWith(".md") && !page.equals(TUTORIAL))
                    .toList();
        }
    }
}
