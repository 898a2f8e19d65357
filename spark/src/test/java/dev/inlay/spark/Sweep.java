package dev.inlay.spark;

import dev.inlay.Inlay;
import dev.inlay.config.ExperimentConfig;
import dev.inlay.data.Fingerprint;
import dev.inlay.engine.Engine;
import dev.inlay.record.ComparisonRecord;
import dev.inlay.record.ComparisonRunRecord;
import dev.inlay.train.RunObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** A small comparison of methods on the built-in backbone and tasks. */
final class Sweep {
    private static final String CONFIG =
            """
            name: tiny
            threads: 1
            backbone: {name: builtin}
            data: {type: builtin, train: %d, validation: 0, test: 32, workers: 1}
            train: {epochs: 2, batchSize: 16, learningRate: 3e-3, evaluateEvery: 100, journal: {everySteps: 2, everySeconds: 0}}
            seeds: %s
            tasks:
              - {name: orientation, data: {task: orientation}}
              - {name: count, data: {task: count}}
            methods:
              - {name: Bias, method: {type: bias}}
              - {name: LoRA-2, method: {type: lora, rank: 2}}
            """;

    private Sweep() {}

    /** Two tasks, two methods, so many seeds; some images to train on. */
    static ExperimentConfig of(List<Integer> seeds, int train) {
        return ExperimentConfig.comparison(text(seeds, train), Path.of(""), List.of());
    }

    /** The same as a file holds it. */
    static String text(List<Integer> seeds, int train) {
        return CONFIG.formatted(train, seeds);
    }

    static ComparisonRecord run(ExperimentConfig config, Path out, Engine engine) {
        return Inlay.compare(config, out, RunObserver.nobody(), engine);
    }

    /** A fingerprint of the task of every point, by its folder. */
    static Map<String, String> results(Path out) {
        Map<String, String> results = new TreeMap<>();
        files(out, "task.safetensors").forEach(file -> {
            try {
                results.put(
                        out.relativize(file.getParent()).toString(),
                        new Fingerprint()
                                .with(ByteBuffer.wrap(Files.readAllBytes(file)))
                                .hex());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return results;
    }

    static List<Path> files(Path out, String name) {
        return files(out, (Path file) -> file.endsWith(name));
    }

    /** Those below a folder that may not be there yet and in which others write: what goes while it is walked is passed over. */
    static List<Path> files(Path out, Predicate<Path> wanted) {
        List<Path> found = new ArrayList<>();
        try {
            Files.walkFileTree(out, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (wanted.test(file)) {
                        found.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                    if (e instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw e;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    static List<Double> accuracies(ComparisonRecord comparison) {
        return comparison.points().stream().map(ComparisonRunRecord::top1).toList();
    }
}
