package dev.inlay.bench.study;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code inlay serve} in a process of its own, with a heap of 1 GB, and what is resident of it. */
final class ServiceProcess implements AutoCloseable {
    private static final String SERVES = " serves ";
    private static final long PATIENCE_SECONDS = 60;

    private final Process process;
    private final String url;
    private final PrintWriter out;

    /**
     * Starts it and waits until it is ready.
     *
     * @param log takes what it says on the error stream
     * @param out takes how it ended
     */
    ServiceProcess(Path log, List<String> arguments, PrintWriter out) throws IOException {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-Djava.awt.headless=true",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.inlay.cli.Main",
                "serve",
                "http.port=0"));
        line.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(line).redirectError(log.toFile());
        builder.environment().put("OMP_WAIT_POLICY", "PASSIVE");
        this.out = out;
        this.process = builder.start();
        BufferedReader answers = process.inputReader();
        String said = answers.readLine();
        while (said != null && !said.contains(SERVES)) {
            said = answers.readLine();
        }
        if (said == null) {
            throw new IOException("the service ended before it was ready; see " + log);
        }
        this.url = said.substring(0, said.indexOf(SERVES));
    }

    /** Ends with a slash. */
    String url() {
        return url;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Resident memory, in MB. */
    double residentMegabytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
            }
        }
        throw new IOException("the service has ended");
    }

    /** Asks it to end, and prints how it did. */
    @Override
    public void close() {
        long start = System.nanoTime();
        process.destroy();
        try {
            boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
            out.printf(
                    "SIGTERM: %s after %.1f s%n",
                    ended ? "exit " + process.exitValue() : "still there", (System.nanoTime() - start) / 1e9);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
    }
}
