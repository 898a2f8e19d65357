package dev.inlay.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** What one command left behind. */
record Cli(int code, String out, String err) {
    /** Runs a command in this process. Arguments that are not text are written out. */
    static Cli inlay(Object... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] texts = Arrays.stream(args)
                .flatMap(arg -> arg instanceof List<?> list ? list.stream() : Stream.of(arg))
                .map(String::valueOf)
                .toArray(String[]::new);
        int code = Main.run(new PrintWriter(out), new PrintWriter(err), texts);
        return new Cli(code, out.toString(), err.toString());
    }

    /** What was said beside progress. */
    String complaint() {
        return err.substring(Math.max(0, err.indexOf("inlay: ")));
    }
}
