package dev.inlay.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** What one command left behind. */
record Cli(int code, String out, String err) {
    /** The first Java that knows both of the options that {@code bin/inlay} gives. */
    private static final int FIRST_THAT_WARNS = 23;

    /** Runs a command in this process. Arguments that are not text are written out. */
    static Cli inlay(Object... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.run(new PrintWriter(out), new PrintWriter(err), texts(args));
        return new Cli(code, out.toString(), err.toString());
    }

    /** A command in a process of its own, which can be killed. Arguments are as those of {@link #inlay}. */
    static ProcessBuilder process(Object... args) {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Djava.awt.headless=true"));
        if (Runtime.version().feature() >= FIRST_THAT_WARNS) {
            line.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        }
        line.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        line.addAll(List.of(texts(args)));
        ProcessBuilder builder = new ProcessBuilder(line);
        builder.environment().put("OMP_WAIT_POLICY", "PASSIVE");
        return builder;
    }

    private static String[] texts(Object... args) {
        return Arrays.stream(args)
                .flatMap(arg -> arg instanceof List<?> list ? list.stream() : Stream.of(arg))
                .map(String::valueOf)
                .toArray(String[]::new);
    }

    /** What was said beside progress. */
    String complaint() {
        return err.substring(Math.max(0, err.indexOf("inlay: ")));
    }
}
