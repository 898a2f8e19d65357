package dev.inlay.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.inlay.engine.LocalEngine;
import dev.inlay.error.Host;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command of docs/spark.md on a master and a worker that have Spark's jars alone, each a process. */
class SparkSubmitTest {
    private static final Path LIB = Path.of("target", "lib");
    private static final Path HOME = Path.of("target", "bare-spark").toAbsolutePath();
    private static final String HOST = "127.0.0.1";

    /** What Inlay brings and Spark has, too. */
    private static final String OF_BOTH = "(jackson-(core|databind|annotations)|slf4j-api|snakeyaml)-[0-9].*";

    @TempDir
    private Path folder;

    private final List<Process> processes = new ArrayList<>();
    private String master;

    /**
     * Starts a master and a worker.
     *
     * @param wrapper what comes before the command of the worker
     */
    private void startCluster(List<String> wrapper) throws IOException {
        Path jars = Files.createDirectories(HOME.resolve("jars"));
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path jar = Path.of(entry);
            String name = jar.getFileName().toString();
            if (name.endsWith(".jar") && (Files.notExists(LIB.resolve(name)) || name.matches(OF_BOTH))) {
                SparkHome.link(jars.resolve(name), jar);
            }
        }
        int port = freePort();
        master = "spark://" + HOST + ":" + port;
        start(List.of(), "org.apache.spark.deploy.master.Master", "--host", HOST, "--port", port, "--webui-port", 0);
        start(
                wrapper,
                "org.apache.spark.deploy.worker.Worker",
                "--host",
                HOST,
                "--webui-port",
                0,
                "--cores",
                1,
                "--memory",
                "2g",
                "--work-dir",
                folder.resolve("work"),
                master);
    }

    @AfterEach
    void stopCluster() throws InterruptedException {
        for (Process process : processes) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void aClusterThatHasSparkAloneDoesAComparison() throws Exception {
        startCluster(List.of());
        Path out = folder.resolve("cluster");
        Process submit = compare(out);
        assertThat(submit.waitFor()).as(Files.readString(log("SparkSubmit"))).isZero();

        Sweep.run(Sweep.of(List.of(0), 48), folder.resolve("here"), new LocalEngine());
        assertThat(Sweep.results(out)).hasSize(4).isEqualTo(Sweep.results(folder.resolve("here")));
    }

    /** What it says is finished would be lost otherwise. */
    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void aWorkerWithAnotherFileSystemInPlaceOfTheFolderIsRefused() throws Exception {
        Path out = Files.createDirectories(folder.resolve("hidden"));
        List<String> wrapper =
                List.of("unshare", "--mount", "sh", "-c", "mount -t tmpfs none " + out + " && exec \"$@\"", "sh");
        assumeTrue(canMount(wrapper), "SKIPPED: a file system that one process alone sees needs root and unshare");
        startCluster(wrapper);
        Process submit = compare(out);
        assertThat(submit.waitFor()).as(Files.readString(log("SparkSubmit"))).isEqualTo(1);
        assertThat(Files.readString(log("SparkSubmit")))
                .contains(Host.name() + " does not see the folder " + out)
                .contains("4 of 4 runs failed");
        assertThat(out.resolve("runs")).doesNotExist();
    }

    private static boolean canMount(List<String> wrapper) throws InterruptedException {
        List<String> command = new ArrayList<>(wrapper);
        command.add("true");
        try {
            return new ProcessBuilder(command).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private Process compare(Path out) throws IOException {
        Path app = folder.resolve("inlay-spark.jar");
        ToolProvider.findFirst("jar")
                .orElseThrow()
                .run(System.out, System.err, "--create", "--file", app.toString(), "-C", "target/classes", ".");
        Path config = Files.writeString(folder.resolve("compare.yaml"), Sweep.text(List.of(0), 48));
        return start(
                List.of(),
                "org.apache.spark.deploy.SparkSubmit",
                "--master",
                master,
                "--class",
                "dev.inlay.cli.Main",
                "--jars",
                libraries(),
                "--conf",
                "spark.executor.cores=1",
                "--conf",
                "spark.task.cpus=1",
                app,
                "compare",
                config,
                "--out",
                out,
                "--engine",
                "spark");
    }

    private static String libraries() throws IOException {
        try (Stream<Path> jars = Files.list(LIB)) {
            return jars.map(jar -> jar.toAbsolutePath().toString()).collect(Collectors.joining(","));
        }
    }

    private Process start(List<String> wrapper, String main, Object... arguments) throws IOException {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "@" + Path.of("jvm.options").toAbsolutePath(),
                "-cp",
                HOME.resolve("jars") + "/*",
                main));
        Arrays.stream(arguments).map(Object::toString).forEach(command::add);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log(main.substring(main.lastIndexOf('.') + 1)).toFile());
        builder.environment().put("SPARK_HOME", HOME.toString());
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    private Path log(String process) {
        return folder.resolve(process + ".log");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
