package dev.inlay.readme;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Programs as another build has them: in a JVM without the optional dependencies and without those of the tests. */
final class LibraryJvm {
    /** How the jars of optional and test dependencies, and of what they need themselves, begin. */
    private static final List<String> NOT_OF_THE_LIBRARY = List.of(
            "picocli",
            "progressbar",
            "jline",
            "micrometer-registry-prometheus",
            "prometheus-metrics",
            "javalin",
            "jetty",
            "jakarta",
            "kotlin",
            "annotations",
            "asm",
            "logback",
            "junit",
            "opentest4j",
            "apiguardian",
            "assertj",
            "byte-buddy",
            "archunit",
            "json-schema-validator",
            "jqwik",
            "onnxruntime",
            "surefire");

    /** The first Java that knows both of the options that docs/java.md advises. */
    private static final int FIRST_THAT_WARNS = 23;

    private LibraryJvm() {}

    /** Runs a program of the tests in a folder; what it printed, if it ended with 0. */
    static String run(Class<?> program, Path folder) throws IOException, InterruptedException {
        return run(program.getName(), String.join(File.pathSeparator, classPath()), folder);
    }

    /** Runs a program of a class path in a folder; what it printed, if it ended with 0. */
    static String run(String program, String classPath, Path folder) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(tool("java"));
        command.addAll(List.of("-Xmx512m", "-Djava.awt.headless=true"));
        if (Runtime.version().feature() >= FIRST_THAT_WARNS) {
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        }
        command.addAll(List.of("-cp", classPath, program));
        return run(command, folder);
    }

    /** A program of this JDK. */
    static String tool(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name).toString();
    }

    /** Runs a command in a folder; what it printed, if it ended with 0. */
    static String run(List<String> command, Path folder) throws IOException, InterruptedException {
        Path printed = folder.resolve("printed.txt");
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("OMP_WAIT_POLICY", "PASSIVE");
        Process process = builder.directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
        int code = process.waitFor();
        String text = Files.readString(printed, StandardCharsets.UTF_8);
        assertThat(code).as(text).isZero();
        return text;
    }

    /** The class path of this JVM without what is not of the library. */
    static List<String> classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !isLeftOut(Path.of(entry).getFileName().toString()))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .toList();
    }

    static boolean isLeftOut(String jar) {
        return NOT_OF_THE_LIBRARY.stream().anyMatch(jar::startsWith);
    }
}
