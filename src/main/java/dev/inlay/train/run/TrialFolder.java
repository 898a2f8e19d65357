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
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where a point of a search is tried apart from its run: a folder below that of the run and like it, which any process may
 * take up. It is there until the run has noted what was found.
 *
 * @param path the folder
 */
record TrialFolder(Path path) {
    private static final String PLAN = "plan.json";

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

    /** Leaves the plan to be tried; methods without one leave none. */
    void leave(Optional<Plan> plan) {
        plan.ifPresent(made -> PlanJson.write(path.resolve(PLAN), made));
    }

    /** The plan that was left. */
    Optional<Plan> plan() {
        Path file = path.resolve(PLAN);
        return Files.exists(file) ? Optional.of(PlanJson.read(file)) : Optional.empty();
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
