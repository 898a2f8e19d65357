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
        SparkConf conf = new SparkConf()
                .setMaster("local-cluster[" + executors + ",1,1024]")
                .set("spark.worker.timeout", "600") // a busy machine loses no worker
                .set("spark.executor.extraClassPath", classes);
        return new SparkEngine(new JavaSparkContext(SparkProvider.configure(conf)));
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

    private static void link(Path link, Path jar) throws IOException {
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
