package dev.inlay.serve.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.golden.Golden;
import dev.inlay.serve.ServingOptions;
import dev.inlay.serve.http.RunningService.Reply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A service whose folder is on a file system with no room. */
@Timeout(120)
class FullDiskTest {
    private static final int PAGE = 4096;
    private static final int SIZE = 512 << 10;

    @TempDir
    private Path home;

    private Path disk;

    private static boolean run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    private void mount() throws IOException, InterruptedException {
        Path folder = Files.createDirectory(home.resolve("disk"));
        boolean mounted = false;
        try {
            mounted = run("mount", "-t", "tmpfs", "-o", "size=" + SIZE, "tmpfs", folder.toString());
        } catch (IOException e) {
            // there is no such command
        }
        assumeTrue(mounted, "SKIPPED: no small file system can be mounted here");
        disk = folder;
    }

    @AfterEach
    void unmount() throws IOException, InterruptedException {
        if (disk != null) {
            assertThat(run("umount", "-l", disk.toString())).isTrue();
        }
    }

    /** Leaves so many pages. */
    private void fill(int pages) throws IOException {
        Path filler = disk.resolve(".filler");
        Files.deleteIfExists(filler);
        long free = disk.toFile().getUsableSpace();
        Files.write(filler, new byte[(int) Math.max(0, free - (long) pages * PAGE)]);
        assertThat(disk.toFile().getUsableSpace()).isEqualTo(Math.min(free, (long) pages * PAGE));
    }

    /** Waits until the last training has ended and what it computed is deleted, which happens after its end is told. */
    private void awaitEndOfTraining(RunningService running) throws IOException, InterruptedException {
        String state;
        do {
            Thread.sleep(10);
            state = running.training("t").json().get("state").asText();
        } while (state.equals("queued") || state.equals("running") || !isCleared());
    }

    private boolean isCleared() throws IOException {
        try (Stream<Path> files = Files.walk(disk.resolve("tasks/.training"))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .allMatch(name -> name.matches("\\.lock|(job|ending)\\.json"));
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    @Test
    void whateverCannotBeWrittenIsA507WithTheReason() throws Exception {
        mount();
        String image = "\", \"image\": \"" + RunningService.base64(RunningService.photo()) + "\"}";
        String two = "{\"images\": [{\"label\": \"x" + image + ", {\"label\": \"y" + image + "], \"epochs\": 1}";
        try (VisionTransformer vit = Golden.vit();
                RunningService running = new RunningService(
                        vit,
                        disk.resolve("tasks"),
                        ServingOptions.DEFAULT,
                        HttpServiceTest.on("localhost", 64, Duration.ofSeconds(30)))) {
            byte[] task = running.task(1);
            Files.delete(disk.resolve("made-1"));
            assertThat(running.put("old", task).status()).isEqualTo(201);
            List<Integer> trained = new ArrayList<>();
            for (int pages = 0; pages < 16; pages++) {
                fill(pages);
                Reply reply = running.train("t", "application/json", two);
                trained.add(reply.status());
                if (reply.status() == 507) {
                    assertThat(reply.detail()).contains("cannot write to its disk: No space left on device");
                } else {
                    assertThat(reply.status()).as(reply.text()).isEqualTo(202);
                    awaitEndOfTraining(running);
                }
            }
            assertThat(trained).startsWith(507, 507);

            fill(0);
            for (String id : List.of("new", "old")) {
                Reply reply = running.put(id, task);
                assertThat(reply.status()).isEqualTo(507);
                assertThat(reply.detail()).contains("No space left on device");
            }
            assertThat(running.predict("old", RunningService.photo()).label(0)).endsWith("of 1");
            assertThat(running.predict("new", RunningService.photo()).status()).isEqualTo(404);
            try (Stream<Path> left = Files.list(disk.resolve("tasks"))) {
                assertThat(left.map(file -> file.getFileName().toString()))
                        .as("nothing half-written")
                        .allMatch(name -> name.matches("(old|t)\\.safetensors|\\.training"));
            }

            Files.delete(disk.resolve(".filler"));
            assertThat(running.put("new", task).status()).isEqualTo(201);
            assertThat(running.train("u", "application/json", two).status()).isEqualTo(202);
        }
    }
}
