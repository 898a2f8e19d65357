package dev.inlay.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.error.Host;
import dev.inlay.error.InlayException;
import dev.inlay.progress.Progress;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing counts as finished that is not there where the command reads. */
class SharedFolderTest {
    @TempDir
    private Path folder;

    private final Outcomes outcomes = new Outcomes();

    /** Writes its name into a file of that name. */
    private record Note(String name, String folder) implements WorkItem<String> {
        @Override
        public String run(Worker worker) {
            try {
                Files.writeString(Path.of(folder, name), name);
                return name;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public List<String> files(String result) {
            return List.of(Path.of(folder, name).toString());
        }
    }

    /** Another machine, on which something else is at the place of the folder. */
    private record Elsewhere(Runnable before, Runnable after) implements Engine {
        @Override
        public <R extends Serializable> void run(
                List<? extends WorkItem<R>> items, Worker here, WorkListener<R> listener) {
            before.run();
            List<R> results = new ArrayList<>();
            for (int i = 0; i < items.size(); i++) {
                try {
                    results.add(items.get(i).run(here));
                } catch (InlayException e) {
                    listener.failed(i, e.getMessage());
                }
            }
            after.run();
            for (int i = 0; i < results.size(); i++) {
                listener.finished(i, results.get(i));
            }
        }
    }

    private static final class Outcomes implements WorkListener<String> {
        private final List<String> finished = new ArrayList<>();
        private final List<String> failed = new ArrayList<>();

        @Override
        public void finished(int piece, String result) {
            finished.add(result);
        }

        @Override
        public void failed(int piece, String reason) {
            failed.add(reason);
        }
    }

    @Test
    void aPieceWhoseFileIsThereIsFinishedAndTheTokenIsTakenAway() {
        Path out = folder.resolve("new/out");
        run(out, new LocalEngine());
        assertThat(outcomes.finished).containsExactly("one", "two");
        assertThat(out.toFile().list()).containsExactlyInAnyOrder("one", "two");
    }

    @Test
    void aFolderThatNothingCameIntoIsTakenAwayIfItWasMade() {
        Path out = folder.resolve("out");
        SharedFolder.open(out).close();
        assertThat(out).doesNotExist();
        SharedFolder.open(folder).close();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void theTokenOfACommandThatWasKilledIsRemovedAndThatOfALivingOneStays() throws IOException {
        Path left = Files.writeString(folder.resolve(".inlay-left"), ".inlay-left");
        try (SharedFolder living = SharedFolder.open(folder)) {
            assertThat(left).doesNotExist();
            SharedFolder.open(folder).close();
            living.token().require();
        }
    }

    @Test
    void aMachineWithAnotherFolderInItsPlaceRefusesAndIsNamed() throws IOException {
        Path out = folder.resolve("out");
        Files.createDirectory(out);
        Path hidden = folder.resolve("hidden");
        run(out, new Elsewhere(() -> replace(out, hidden), () -> {
            delete(out);
            move(hidden, out);
        }));
        assertThat(outcomes.finished).isEmpty();
        assertThat(outcomes.failed).hasSize(2).allSatisfy(reason -> assertThat(reason)
                .startsWith(Host.name() + " does not see the folder " + out)
                .contains("mount the same file system"));
        assertThat(out).isEmptyDirectory();
    }

    @Test
    void aFileThatComesLateIsWaitedFor() throws Exception {
        Path late = folder.resolve("one");
        CompletableFuture<Void> written =
                CompletableFuture.runAsync(() -> write(late), CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS));
        assertThat(SharedFolder.missing(List.of(late.toString()), System.nanoTime() + TimeUnit.MINUTES.toNanos(5)))
                .isNull();
        written.get();
    }

    @Test
    void aFileThatDoesNotComeIsNamed() {
        String never = folder.resolve("never").toString();
        assertThat(SharedFolder.missing(List.of(never), System.nanoTime())).isEqualTo(never);
    }

    private void run(Path out, Engine engine) {
        List<Note> pieces = List.of(new Note("one", out.toString()), new Note("two", out.toString()));
        try (SharedFolder shared = SharedFolder.open(out);
                Worker here = new Worker(Progress.NONE, () -> false)) {
            shared.run(engine, pieces, here, outcomes);
        }
    }

    private static void replace(Path folder, Path aside) {
        move(folder, aside);
        try {
            Files.createDirectory(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void move(Path from, Path to) {
        try {
            Files.move(from, to);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path file) {
        try {
            Files.writeString(file, "one");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
