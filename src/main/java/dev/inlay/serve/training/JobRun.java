package dev.inlay.serve.training;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.config.BackboneConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.image.ImageLimits;
import dev.inlay.error.DataException;
import dev.inlay.file.AtomicFile;
import dev.inlay.record.Accuracy;
import dev.inlay.serve.TrainingRequest.Method;
import dev.inlay.serve.training.JobFolder.JobRequest;
import dev.inlay.task.Task;
import dev.inlay.task.TaskFile;
import dev.inlay.task.TaskInfo;
import dev.inlay.train.RunObserver;
import dev.inlay.train.run.SharedWork;
import dev.inlay.train.run.TuneOutcome;
import dev.inlay.train.run.TuneRun;
import dev.inlay.tuning.Ensemble;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The trainings of a job, as runs that can be resumed: one that is judged by images held out, if there are enough, and the
 * one from all images whose result is the task.
 */
final class JobRun {
    private static final int BATCH = 32;
    private static final long MEGABYTE = 1 << 20;

    private final Path folder;
    private final JobRequest asked;
    private final Backbone backbone;
    private final Optional<Path> weights;
    private final JobProgress progress;

    /**
     * @param backbone borrowed
     * @param weights the file that the backbone is from, for the record
     */
    JobRun(Path folder, JobRequest asked, Backbone backbone, Optional<Path> weights, JobProgress progress) {
        this.folder = folder;
        this.asked = asked;
        this.backbone = backbone;
        this.weights = weights;
        this.progress = progress;
    }

    /**
     * A finished task.
     *
     * @param metrics how good it is
     */
    record TrainedTask(Path file, SortedMap<String, Double> metrics) {}

    /** Runs, or resumes where an earlier process stopped. */
    TrainedTask run() {
        Lists lists = new Lists(asked.labels(), asked.classes().size());
        SortedMap<String, Double> metrics = new TreeMap<>();
        int parts = lists.holdsOut() ? 2 : 1;
        if (lists.holdsOut()) {
            Accuracy heldOut = tune("held-out", lists.writeHeldOut(folder), progress.watch(1, parts))
                    .record()
                    .accuracy();
            metrics.put("heldOut.top1", heldOut.top1());
            metrics.put("heldOut.crossEntropy", heldOut.crossEntropy());
            metrics.put("heldOut.images", (double) heldOut.examples());
        }
        TuneOutcome all = tune("all", lists.writeAll(folder), progress.watch(parts, parts));
        Accuracy learned = all.record().accuracy();
        metrics.put("train.top1", learned.top1());
        metrics.put("train.crossEntropy", learned.crossEntropy());
        metrics.put("train.images", (double) learned.examples());
        return new TrainedTask(withNames(all.task(), metrics), metrics);
    }

    private TuneOutcome tune(String name, Lists.Names lists, RunObserver watching) {
        try (SharedWork shared = new SharedWork(backbone)) {
            return TuneRun.run(config(name, lists), folder.resolve(name), watching, shared);
        }
    }

    /** The task as it is served: runs know classes by number, and call what a result is judged by a test. */
    private Path withNames(Path trained, SortedMap<String, Double> metrics) {
        Path named = folder.resolve("task.safetensors");
        try (Task task = TaskFile.read(trained);
                Ensemble tuned = task.ensemble(backbone)) {
            TaskInfo info = task.info();
            SortedMap<String, String> provenance = new TreeMap<>(info.provenance());
            provenance.remove("test");
            TaskFile.write(
                    named,
                    new TaskInfo(
                            info.spec(),
                            info.backbone(),
                            LabelSpace.oneOf(asked.classes()),
                            info.transform(),
                            metrics,
                            provenance,
                            info.temperature()),
                    tuned);
        } catch (IllegalArgumentException e) {
            throw new DataException("the trained task cannot be written: " + e.getMessage(), e);
        }
        return named;
    }

    private RunConfig config(String name, Lists.Names lists) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("name", asked.task() + ", " + name).put("seed", asked.seed());
        root.put("precision", backbone.precision().toString());
        backbone(root.putObject("backbone"));
        ObjectNode data = root.putObject("data");
        data.put("type", "vtab")
                .put("root", folder.toString())
                .put("train", lists.learned())
                .put("validation", lists.validation())
                .put("trainAndValidation", lists.both())
                .put("test", lists.judged())
                .put("cacheMegabytes", 256)
                .put("workers", 1);
        ImageLimits images = asked.images();
        data.putObject("image")
                .put("maxPixels", images.maxPixels())
                .put("maxFileMegabytes", megabytes(images.maxFileBytes()))
                .put("maxScans", images.maxScans())
                .put("maxChunks", images.maxChunks());
        ObjectNode method = root.putObject("method");
        ObjectNode train = root.putObject("train")
                .put("epochs", asked.epochs())
                .put("batchSize", BATCH)
                .put("evaluationBatchSize", BATCH)
                .put("evaluateEvery", asked.epochs())
                .put("withValidation", false)
                .put("cacheMegabytes", 256);
        train.putObject("journal").put("everySeconds", 10);
        root.putObject("baselines").put("linear", false);
        if (asked.method() == Method.SPT) {
            method.put("type", "spt").put("module", "lora").put("rank", 4).put("budget", "1%");
            train.put("learningRate", 3e-3);
            root.putObject("sensitivity").put("batchSize", 16).put("memory", "recompute");
        } else {
            method.put("type", "linear");
            train.put("learningRate", 1e-2);
        }
        return RunConfig.parse(root.toString(), folder, List.of());
    }

    /** In whole MiB, as a config says it, no fewer than the bytes where it can. */
    private static long megabytes(long bytes) {
        return Math.min((bytes + MEGABYTE - 1) / MEGABYTE, ImageLimits.MAX_FILE_BYTES / MEGABYTE);
    }

    /** For the record: the run borrows the backbone that is served. */
    private void backbone(ObjectNode section) {
        boolean isKnown = backbone.name().equals(BackboneConfig.BUILTIN)
                || BackboneFamily.published().containsKey(backbone.name());
        if (isKnown) {
            section.put("name", backbone.name());
        } else {
            Path spec = folder.resolve("backbone.json");
            AtomicFile.write(spec, backbone.spec().toJson());
            section.put("spec", spec.toString());
        }
        if (!backbone.name().equals(BackboneConfig.BUILTIN)) {
            weights.ifPresentOrElse(file -> section.put("file", file.toString()), () -> section.put("random", true));
        }
    }
}
