package dev.inlay.spark;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** A home of Spark made of links to the jars that Maven brought, so that executors can be processes of their own. */
final class SparkHome {
    private SparkHome() {}

    /** An engine whose executors are processes, of one core each. */
    static SparkEngine cluster(int executors) throws IOException {
        return new SparkEngine(new JavaSparkContext(SparkProvider.configure(settings(executors), 1)));
    }

    /** A team of so many executors. */
    static SparkTeam team(int executors) throws IOException {
        SparkConf conf = SparkTeam.configure(SparkProvider.configure(settings(executors), executors));
        return new SparkTeam(new JavaSparkContext(conf), executors);
    }

    private static SparkConf settings(int executors) throws IOException {
        Path jars = Path.of(System.getenv("SPARK_HOME"), "jars");
        Files.createDirectories(jars);
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (entry.endsWith(".jar")) {
                link(jars.resolve(Path.of(entry).getFileName()), Path.of(entry));
            }
        }
        String classes = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.endsWith(".jar"))
                .collect(Collectors.joining(File.pathSeparator));
        return new SparkConf()
                .setMaster("local-cluster[" + executors + ",1,1024]")
                // a machine that has other things to do loses nobody
                .set("spark.worker.timeout", "600")
                .set("spark.network.timeout", "600s")
                .set("spark.executor.extraClassPath", classes);
    }

    /** Kills a process that is an executor of this one's cluster, and waits for its end. */
    static ProcessHandle killAnExecutor() {
        ProcessHandle executor = ProcessHandle.current()
                .descendants()
                .filter(process -> process.info().commandLine().orElse("").contains("CoarseGrainedExecutorBackend"))
                .findFirst()
                .orElseThrow();
        executor.destroyForcibly();
        executor.onExit().join();
        return executor;
    }

    /** Waits until something is so. */
    static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            try {
                TimeUnit.MILLISECONDS.sleep(5);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Makes a link to a jar, unless it is there. */
    static void link(Path link, Path jar) throws IOException {
        try {
            Files.createSymbolicLink(link, jar);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isSameFile(link, jar)) {
                Files.delete(link);
                Files.createSymbolicLink(link, jar);
            }
        }
    }
}
