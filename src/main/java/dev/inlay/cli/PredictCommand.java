package dev.inlay.cli;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.batch.BatchPrediction;
import dev.inlay.batch.Counts;
import dev.inlay.batch.JsonLines;
import dev.inlay.batch.PredictionRow;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.source.ImageWalk;
import dev.inlay.data.source.TensorFiles;
import dev.inlay.engine.Engine;
import dev.inlay.engine.Worker;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.inference.SlidingWindow;
import dev.inlay.progress.Progress;
import dev.inlay.task.MaskPrediction;
import dev.inlay.task.Prediction;
import dev.inlay.task.Task;
import dev.inlay.task.TaskFile;
import dev.inlay.task.TunedModel;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code inlay predict}: labels of images. */
@Command(
        name = "predict",
        description = "Labels images, or gives every pixel a class: one line each, JSON or CSV, or files in a folder.")
final class PredictCommand implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(PredictCommand.class);
    private static final int BATCH = 32;

    @Spec
    private CommandSpec spec;

    @Mixin
    private TaskArguments task;

    @Option(names = "--logits", description = "Print the raw logits of all classes too.")
    private boolean logits;

    @Option(
            names = "--embeddings",
            description =
                    "Print the embedding of each image too, the features that the task's head sees; with --out also"
                            + " one matrix of all, embeddings.npy, with the paths in embeddings.json.")
    private boolean embeddings;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            defaultValue = "1",
            description = "Print the K most probable classes (${DEFAULT-VALUE}).")
    private int topK;

    @Option(
            names = "--format",
            paramLabel = "json|csv|parquet",
            defaultValue = "json",
            description = "JSON lines; CSV, printed only; Parquet, into a folder only (${DEFAULT-VALUE}).")
    private Format format;

    @Parameters(
            arity = "1..*",
            paramLabel = "INPUT",
            description = "Images, folders of images, or a tensors file (safetensors with images); with --out images,"
                    + " folders, lists (.txt, a path a line) and Parquet.")
    private List<Path> inputs;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Write files into this folder and print nothing: for millions of images. Rerun the same"
                    + " command to resume; it predicts only what has come since.")
    private Path out;

    @Option(
            names = "--partition",
            paramLabel = "N",
            defaultValue = "1000",
            description = "With --out, how many images make a file, about (${DEFAULT-VALUE}).")
    private int partition;

    @Option(
            names = "--overlay",
            description = "With --out and a task of masks, write each image under the colours of its mask, too.")
    private boolean overlay;

    @Mixin
    private SlideArguments slide;

    @Mixin
    private EngineArguments engine;

    /** How a prediction is written. */
    enum Format {
        JSON,
        CSV,
        PARQUET
    }

    @Override
    public void run() {
        requireFitting();
        if (out == null) {
            print();
        } else {
            write();
        }
    }

    private void requireFitting() {
        if (out == null && format == Format.PARQUET) {
            throw new ParameterException(spec.commandLine(), "--format parquet goes with --out");
        }
        if (out == null && spec.commandLine().getParseResult().hasMatchedOption("--partition")) {
            throw new ParameterException(spec.commandLine(), "--partition goes with --out");
        }
        if (out == null && engine.isGiven()) {
            throw new ParameterException(spec.commandLine(), "--engine goes with --out");
        }
        if (out == null && overlay) {
            throw new ParameterException(spec.commandLine(), "--overlay goes with --out");
        }
        slide.require(spec);
        Misuse.requireAtLeast(spec.commandLine(), "--top-k", 1, topK);
        Misuse.requireAtLeast(spec.commandLine(), "--partition", 1, partition);
    }

    private void write() {
        String name = format.name().toLowerCase(Locale.ROOT);
        BatchPrediction batch = new BatchPrediction(
                task.task(),
                task.backboneFile(),
                inputs,
                name,
                topK,
                logits,
                embeddings,
                partition,
                task.precision(),
                overlay,
                slide.isGiven() ? window() : Optional.empty());
        try (Interrupt interrupt = new Interrupt();
                Engine work = engine.open();
                Worker here = new Worker(ConsoleProgress.of(spec), interrupt)) {
            Counts counts = batch.run(out, here, work);
            PrintWriter print = spec.commandLine().getOut();
            print.printf(
                    Locale.ROOT,
                    "%,d images predicted, %,d of them unusable%s; %,d had been predicted before: %s%n",
                    counts.predicted(),
                    counts.unusable(),
                    counts.replaced() == 0
                            ? ""
                            : String.format(
                                    Locale.ROOT,
                                    ", %,d anew as their files hold something else now",
                                    counts.replaced()),
                    counts.before(),
                    out);
            print.flush();
            requireAllRead(counts);
        }
    }

    private Optional<SlidingWindow> window() {
        try (Task read = TaskFile.read(task.task())) {
            BackboneSpec size = read.info().backbone().spec();
            return slide.window(size.height(), size.width());
        }
    }

    private static void requireAllRead(Counts counts) {
        if (counts.unreadImages() > 0) {
            throw new DataException(String.format(
                            Locale.ROOT,
                            "%,d images could not be opened; nothing is written of them, and the same command tries them again",
                            counts.unreadImages())
                    + counts.unread().entrySet().stream()
                            .map(reason -> String.format(
                                    Locale.ROOT,
                                    "\n  - %,d: %s, such as %s",
                                    reason.getValue().images(),
                                    reason.getKey(),
                                    reason.getValue().example()))
                            .collect(Collectors.joining()));
        }
    }

    private void print() {
        PrintWriter lines = spec.commandLine().getOut();
        Progress progress = ConsoleProgress.of(spec);
        List<Path> images = new ArrayList<>();
        inputs.stream()
                .filter(input -> !isTensors(input))
                .forEach(input -> ImageWalk.of(input, name -> false, LOG::warn, images::add));
        try (Backbone backbone = task.backbone();
                TunedModel model = TunedModel.open(task.task(), backbone)) {
            BatchPrediction.requireFitting(
                    task.task(), model.info().labels(), topK, logits, embeddings, overlay, slide.isGiven());
            if (topK > 1 && model.info().labels().kind() == LabelSpace.Kind.NUMBERS) {
                throw new ConfigException(
                        "--top-k: ranks classes, and " + task.task() + " predicts numbers; leave it out");
            }
            if (format == Format.CSV) {
                lines.println(csvHeader(model.info().labels()));
            }
            inputs.stream()
                    .filter(PredictCommand::isTensors)
                    .map(TensorFiles::open)
                    .forEach(examples -> {
                        if (model.info().labels().kind() == LabelSpace.Kind.MASKS) {
                            model.segment(examples, TunedModel.MASK_BATCH_SIZE, progress, image -> print(image, lines));
                        } else if (embeddings) {
                            model.embed(examples, BATCH, progress, (image, features) -> print(image, features, lines));
                        } else {
                            model.predict(examples, BATCH, progress, image -> print(image, null, lines));
                        }
                    });
            if (model.info().labels().kind() == LabelSpace.Kind.MASKS && !images.isEmpty()) {
                slide.window(backbone.height(), backbone.width())
                        .ifPresentOrElse(
                                window -> model.segment(images, window, progress, image -> print(image, lines)),
                                () -> model.segment(
                                        images, TunedModel.MASK_BATCH_SIZE, progress, image -> print(image, lines)));
            } else if (embeddings && !images.isEmpty()) {
                model.embed(images, BATCH, progress, (image, features) -> print(image, features, lines));
            } else if (!images.isEmpty()) {
                model.predict(images, BATCH, progress, image -> print(image, null, lines));
            }
        } finally {
            lines.flush();
        }
    }

    private static boolean isTensors(Path input) {
        return input.toString().endsWith(".safetensors");
    }

    private void print(MaskPrediction prediction, PrintWriter lines) {
        if (format == Format.CSV) {
            StringJoiner line = new StringJoiner(",");
            line.add(quoted(prediction.id()));
            line.add(Integer.toString(prediction.mask().width()));
            line.add(Integer.toString(prediction.mask().height()));
            Map<String, Double> shares = prediction.shares();
            for (String name : prediction.labels().names()) {
                line.add(String.format(Locale.ROOT, "%.6f", shares.getOrDefault(name, 0.0)));
            }
            lines.println(line);
        } else {
            lines.println(JsonLines.line(PredictionRow.of(prediction)));
        }
    }

    /** Prints a line; {@code features} is null unless embeddings are printed. */
    private void print(Prediction prediction, float[] features, PrintWriter lines) {
        if (format == Format.CSV) {
            lines.println(csv(prediction, features));
        } else {
            lines.println(
                    JsonLines.line(PredictionRow.of(prediction, topK, logits).with(features)));
        }
    }

    /** The columns; the second best class and those after it have its rank in their names. */
    private String csvHeader(LabelSpace labels) {
        StringBuilder header = new StringBuilder("path,");
        header.append(
                switch (labels.kind()) {
                    case SINGLE -> "label,score";
                    case MULTI -> "labels,scores" + (topK > 1 ? ",label1,score1" : "");
                    case NUMBERS -> columns(labels);
                    case MASKS -> "width,height," + columns(labels);
                });
        boolean ranked = labels.kind() == LabelSpace.Kind.SINGLE || labels.kind() == LabelSpace.Kind.MULTI;
        for (int rank = 2; ranked && rank <= Math.min(topK, labels.size()); rank++) {
            header.append(",label").append(rank).append(",score").append(rank);
        }
        return header + (logits ? ",logits" : "") + (embeddings ? ",embedding" : "");
    }

    private static String columns(LabelSpace labels) {
        return labels.names().stream().map(PredictCommand::quoted).collect(Collectors.joining(","));
    }

    private String csv(Prediction prediction, float[] features) {
        StringBuilder line = new StringBuilder(quoted(prediction.id()));
        switch (prediction.labels().kind()) {
            case SINGLE -> appendTop(line, prediction);
            case MULTI -> {
                List<Prediction.Ranked> classes = prediction.classes();
                line.append(',').append(quoted(joined(classes, Prediction.Ranked::label)));
                line.append(',').append(joined(classes, PredictCommand::score));
                if (topK > 1) {
                    appendTop(line, prediction);
                }
            }
            case NUMBERS ->
                prediction.numbers().values().forEach(number -> line.append(',').append(number.floatValue()));
            case MASKS -> throw new IllegalStateException("masks are printed as such");
        }
        if (logits) {
            line.append(',').append(spaced(prediction.logits()));
        }
        if (embeddings) {
            line.append(',').append(spaced(features));
        }
        return line.toString();
    }

    private static String spaced(float[] numbers) {
        StringJoiner values = new StringJoiner(" ");
        for (float number : numbers) {
            values.add(Float.toString(number));
        }
        return values.toString();
    }

    private void appendTop(StringBuilder line, Prediction prediction) {
        for (Prediction.Ranked ranked : prediction.top(topK)) {
            line.append(',').append(quoted(ranked.label())).append(',').append(score(ranked));
        }
    }

    private static String joined(List<Prediction.Ranked> classes, Function<Prediction.Ranked, String> of) {
        return classes.stream().map(of).collect(Collectors.joining("|"));
    }

    private static String score(Prediction.Ranked ranked) {
        return String.format(Locale.ROOT, "%.6f", ranked.score());
    }

    private static String quoted(String text) {
        return text.matches("[^,\"\\r\\n]*") ? text : "\"" + text.replace("\"", "\"\"") + "\"";
    }
}
