package dev.inlay.bench.study;

import dev.inlay.error.ConfigException;
import dev.inlay.tensor.LibTorch;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A question about cost; prints what it measures. */
abstract class Study implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads of one LibTorch operation; 0, the default, is one per physical core.")
    int threads;

    abstract void measure() throws Exception;

    @Override
    public final Integer call() throws Exception {
        LibTorch.threads(threads);
        measure();
        return 0;
    }

    /**
     * The files of a folder, by name.
     *
     * @throws ConfigException if there are none
     */
    static List<Path> files(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new ConfigException(folder + ": expected a folder of images, found none");
        }
        try (Stream<Path> all = Files.list(folder)) {
            List<Path> files = all.sorted().toList();
            if (files.isEmpty()) {
                throw new ConfigException(folder + ": expected images, found an empty folder");
            }
            return files;
        }
    }

    /** Waits until all are done. */
    static void await(List<Future<?>> running) {
        for (Future<?> run : running) {
            try {
                run.get();
            } catch (InterruptedException | ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    /** Prints a line at once. */
    final void print(String format, Object... values) {
        out().println(String.format(Locale.ROOT, format, values));
        out().flush();
    }
}
