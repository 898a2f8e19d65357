package dev.inlay.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.error.ConfigException;
import dev.inlay.error.MemoryException;
import dev.inlay.golden.Golden;
import dev.inlay.tuning.method.Bias;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A folder whose files come, change and go. */
@Timeout(60)
class TaskFolderTest {
    @TempDir
    private Path home;

    private static VisionTransformer vit;

    private Path tasks;
    private Predictor predictor;
    private TaskFolder folder;

    @BeforeAll
    static void open() {
        vit = Golden.vit();
    }

    @AfterAll
    static void close() {
        vit.close();
    }

    @BeforeEach
    void start() {
        tasks = home.resolve("tasks");
        predictor = new Predictor(vit);
        folder = new TaskFolder(tasks, predictor);
    }

    @AfterEach
    void stop() {
        folder.close();
        predictor.close();
    }

    private byte[] task(long seed) throws IOException {
        return Files.readAllBytes(ServedTasks.write(home.resolve("made"), vit, new Bias(), 2, seed));
    }

    private Path file(String id) {
        return tasks.resolve(id + ".safetensors");
    }

    private long version(String id) {
        return predictor
                .task(id)
                .map(info -> Long.parseLong(info.classNames().get(0).replaceFirst(".* ", "")))
                .orElse(-1L);
    }

    private static void eventually(Callable<Boolean> holds) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!holds.call()) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.sleep(20);
        }
    }

    @Test
    void damagedAndOddFilesDoNotKeepOthersFromBeingServed() throws IOException {
        Files.write(file("good"), task(1));
        Files.write(file("cut"), Arrays.copyOf(task(2), 500));
        Files.write(file("odd name"), task(3));
        Files.write(tasks.resolve(".hidden.safetensors"), task(4));
        Files.createDirectories(tasks.resolve("run"));
        Files.write(tasks.resolve("run/task.safetensors"), task(5));
        Files.createDirectories(tasks.resolve("good"));
        Files.write(tasks.resolve("good/task.safetensors"), task(6));
        Files.writeString(tasks.resolve("notes.txt"), "no task");

        folder.scan();

        assertThat(predictor.tasks()).containsOnlyKeys("good", "run");
        assertThat(version("good")).isEqualTo(1);
        assertThat(version("run")).isEqualTo(5);
        assertThat(folder.problem("cut").orElseThrow()).contains("cut short").doesNotContain(home.toString());
        assertThat(folder.problem("good")).isEmpty();
    }

    @Test
    void changesAreSeenAndBadOnesLeaveTheOldTask() throws Exception {
        Files.write(file("a"), task(1));
        folder.watch(Duration.ofSeconds(1));
        eventually(() -> version("a") == 1);

        Files.write(home.resolve("next"), task(2));
        Files.move(home.resolve("next"), file("a"), StandardCopyOption.ATOMIC_MOVE);
        eventually(() -> version("a") == 2);

        byte[] third = task(3);
        Files.write(file("a"), Arrays.copyOf(third, third.length / 2));
        eventually(() -> folder.problem("a").isPresent());
        assertThat(version("a")).isEqualTo(2);
        Files.write(file("a"), Arrays.copyOfRange(third, third.length / 2, third.length), StandardOpenOption.APPEND);
        eventually(() -> version("a") == 3 && folder.problem("a").isEmpty());

        Files.delete(file("a"));
        eventually(() -> version("a") == -1);
        Files.createDirectories(tasks.resolve("late"));
        Files.write(tasks.resolve("late/task.safetensors"), task(4));
        eventually(() -> version("late") == 4);
    }

    @Test
    void aFileThatChangesWithoutItsTimesTellingIsLookedAtAgain() throws Exception {
        byte[] whole = task(1);
        byte[] zeros = new byte[whole.length];
        Files.write(file("a"), zeros);
        var time = Files.getLastModifiedTime(file("a"));
        assertThat(folder.scan()).as("it is too young to be believed").isFalse();
        try (var channel = java.nio.channels.FileChannel.open(file("a"), StandardOpenOption.WRITE)) {
            channel.write(java.nio.ByteBuffer.wrap(whole));
        }
        Files.setLastModifiedTime(file("a"), time);
        folder.scan();
        assertThat(version("a")).isEqualTo(1);
        Thread.sleep(2_100);
        assertThat(folder.scan()).isTrue();
    }

    @Test
    void whatIsPutIsStoredAndWhatIsDeletedIsGone() throws IOException {
        assertThat(folder.put("a", new ByteArrayInputStream(task(1)))).isTrue();
        assertThat(folder.put("a", new ByteArrayInputStream(task(2)))).isFalse();
        assertThat(Files.readAllBytes(file("a"))).isEqualTo(task(2));
        assertThatThrownBy(() -> folder.put("a", new ByteArrayInputStream(new byte[9])));
        assertThatThrownBy(() -> folder.put("../b", new ByteArrayInputStream(task(3))))
                .isInstanceOf(ConfigException.class);
        assertThat(version("a")).isEqualTo(2);
        assertThat(folder.delete("a")).isTrue();
        assertThat(folder.delete("a")).isFalse();
        assertThat(tasks).isEmptyDirectory();
        assertThat(predictor.tasks()).isEmpty();
    }

    @Test
    void uploadsOfAProcessThatWasKilledAreRemovedAndThoseOfOthersStay() throws IOException {
        Path left = Files.write(tasks.resolve(".upload-7"), task(1));
        Files.setLastModifiedTime(left, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
        Path growing = Files.write(tasks.resolve(".upload-8"), task(1));
        new TaskFolder(tasks, predictor).close();
        assertThat(left).doesNotExist();
        assertThat(growing).exists();
    }

    @Test
    void manyPutsThroughTwoServicesAtOnceAllArrive() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(24);
        try (Predictor second = new Predictor(vit);
                TaskFolder other = new TaskFolder(tasks, second)) {
            byte[] content = task(5);
            List<Future<Boolean>> puts = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                TaskFolder through = i % 2 == 0 ? folder : other;
                String id = "t" + i / 4; // each id by two puts through each service
                puts.add(threads.submit(() -> through.put(id, new ByteArrayInputStream(content))));
            }
            for (Future<Boolean> put : puts) {
                put.get();
            }
            folder.scan();
            other.scan();
            assertThat(predictor.tasks().keySet()).containsExactly("t0", "t1", "t2", "t3", "t4", "t5");
            assertThat(second.tasks().keySet()).isEqualTo(predictor.tasks().keySet());
            try (Stream<Path> files = Files.list(tasks)) {
                assertThat(files.map(Path::getFileName).map(Path::toString)).allMatch(name -> name.startsWith("t"));
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void whatAnotherServicePutInThePlaceIsServedAfterTheNextLook() throws IOException {
        folder.put("a", new ByteArrayInputStream(task(1)));
        try (Predictor second = new Predictor(vit);
                TaskFolder other = new TaskFolder(tasks, second)) {
            other.put("a", new ByteArrayInputStream(task(2)));
        }
        folder.scan();
        assertThat(version("a")).isEqualTo(2);
    }

    @Test
    void aFileOfTheFutureIsReadAFewTimesAndNotForEver() throws Exception {
        Files.write(file("a"), task(1));
        Files.setLastModifiedTime(file("a"), FileTime.from(Instant.now().plus(Duration.ofDays(400))));
        assertThat(folder.scan())
                .as("it may change again without its times telling")
                .isFalse();
        eventually(folder::scan);
        assertThat(version("a")).isEqualTo(1);
    }

    @Test
    void ofManyFilesALineIsLoggedForEachReason() throws IOException {
        for (int i = 0; i < 8; i++) {
            Files.write(file("good" + i), task(i));
            Files.write(file("cut" + i), Arrays.copyOf(task(2), 500));
            Files.writeString(tasks.resolve("notes" + i + ".txt"), "no task");
        }
        Logger logger = (Logger) LoggerFactory.getLogger(TaskFolder.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        logger.setLevel(Level.INFO);
        try {
            folder.scan();
            folder.scan();
        } finally {
            logger.detachAppender(lines);
            logger.setLevel(null);
        }
        assertThat(lines.list.stream().map(ILoggingEvent::getFormattedMessage))
                .hasSize(3)
                .anyMatch(line -> line.equals("8 tasks are served: good0, good1, good2, good3, good4, …"))
                .anyMatch(line -> line.startsWith(
                        "8 tasks are not served as their files are now (cut0, cut1, cut2, cut3, cut4, …)"))
                .anyMatch(line -> line.startsWith("8 entries of the folder are no task's (notes0.txt, "));
    }

    @Test
    void aTaskForWhichMemoryWasWantingIsReadAgainThoughItsFileStaysAsItIs() throws IOException {
        AtomicBoolean full = new AtomicBoolean(true);
        Backbone scarce = (Backbone) Proxy.newProxyInstance(
                Backbone.class.getClassLoader(), new Class<?>[] {Backbone.class}, (self, method, arguments) -> {
                    if (method.getName().equals("run") && full.get()) {
                        throw new RuntimeException(
                                "DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes");
                    }
                    if (method.getName().equals("on")) {
                        return self;
                    }
                    if (method.getName().equals("close")) {
                        return null;
                    }
                    try {
                        return method.invoke(vit, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        Path file = ServedTasks.write(tasks.resolve("a.safetensors"), vit, new Bias(), 3, 1);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60)));
        try (Predictor poor = new Predictor(scarce);
                TaskFolder read = new TaskFolder(tasks, poor)) {
            assertThat(read.scan()).isFalse();
            assertThatThrownBy(() -> poor.put("b", file)).isInstanceOf(MemoryException.class);
            assertThat(poor.tasks()).isEmpty();
            full.set(false);
            assertThat(read.scan()).isTrue();
            assertThat(poor.tasks()).hasSize(1);
        }
    }
}
