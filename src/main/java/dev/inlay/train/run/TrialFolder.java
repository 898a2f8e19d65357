package dev.inlay.train.run;

import dev.inlay.config.RunConfig;
import dev.inlay.error.InlayException;
import dev.inlay.error.StorageException;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanJson;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Where a point of a search is tried apart from its run: a folder below that of the run and like it, which any process may
 * take up. It is there until the run has noted what was found.
 *
 * @param path the folder
 */
record TrialFolder(Path path) {
    /**
     * The folder of a point.
     *
     * @param run the folder of its run
     * @param point its index in the search
     */
    static TrialFolder of(Path run, int point) {
        return new TrialFolder(run.resolve("points").resolve(Integer.toString(point)));
    }

    boolean exists() {
        return Files.isDirectory(path);
    }

    /**
     * Opens it, as a run's is opened.
     *
     * @param tried the config with the settings of the point
     */
    RunFolder open(RunConfig tried) {
        return RunFolder.open(path, tried.settings().json());
    }

    /** Leaves the plans to be tried; methods without one leave none. */
    void leave(List<Plan> plans) {
        for (int i = 0; i < plans.size(); i++) {
            PlanJson.write(path.resolve(RunFolder.plan(i)), plans.get(i));
        }
    }

    /** The plans that were left. */
    List<Plan> plans() {
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> path.resolve(RunFolder.plan(i)))
                .takeWhile(Files::exists)
                .map(PlanJson::read)
                .toList();
    }

    /** Deletes it, and the folder of all points with the last of them. */
    void delete() {
        if (!exists()) {
            return;
        }
        try (Stream<Path> files = Files.list(path)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(path);
            Files.delete(path.getParent());
        } catch (DirectoryNotEmptyException e) {
            // other points are left
        } catch (IOException e) {
            throw new InlayException("cannot delete " + path + ": " + StorageException.reason(e), e);
        }
    }
}
