package dev.inlay.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.config.PrecisionChoice;
import dev.inlay.config.RunConfig;
import dev.inlay.data.Dataset;
import dev.inlay.data.Examples;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.source.Splits;
import dev.inlay.error.ConfigException;
import dev.inlay.inference.ClassEvaluation;
import dev.inlay.inference.Evaluation;
import dev.inlay.inference.InferenceLoop;
import dev.inlay.inference.SlidingWindow;
import dev.inlay.inputs.Backbones;
import dev.inlay.inputs.RunData;
import dev.inlay.progress.Progress;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.Quality;
import dev.inlay.report.EvaluationText;
import dev.inlay.task.TunedModel;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Precision;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code inlay evaluate}: how good a task is on the data of a config. */
@Command(
        name = "evaluate",
        description =
                "Measures a task on a split of the data of a config: accuracy, and precision, recall and F1 of each class; of"
                        + " masks, mean IoU and the IoU of each class.")
final class EvaluateCommand implements Runnable {
    private static final String RUN_CONFIG = "config.json";

    @Spec
    private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "CONFIG",
            description = "The config (YAML), or the folder of a run, which has its config and its task.")
    private Path config;

    @Parameters(
            index = "1..*",
            paramLabel = "key=value",
            description = "Settings laid over the config, such as data.root=photos.")
    private List<String> overrides = new ArrayList<>();

    @Option(
            names = "--task",
            paramLabel = "FILE",
            description = "The task (safetensors); not needed where CONFIG is the folder of a run.")
    private Path task;

    @Option(
            names = "--backbone",
            paramLabel = "FILE",
            description = "The weights of the backbone it was trained on; backbone.file of the config unless given.")
    private Path backbone;

    @Option(
            names = "--precision",
            paramLabel = "float32|bf16|auto",
            description = "The numbers to multiply with; precision of the config unless given.")
    private String precision;

    @Option(names = "--agreement", description = "Evaluate in float32 too, and say how many labels are the same.")
    private boolean agreement;

    @Option(names = "--json", description = "Print one line of JSON.")
    private boolean json;

    @Option(
            names = "--split",
            paramLabel = "train|validation|test",
            defaultValue = "test",
            description = "Which examples (${DEFAULT-VALUE}).")
    private SplitName split;

    @Mixin
    private SlideArguments slide;

    @Option(
            names = "--multi-scale",
            description =
                    "Of a task of masks, also measure the mean of several scales of the images, each mirrored, too.")
    private boolean multiScale;

    /** The splits of a config's data. */
    enum SplitName {
        TRAIN(RunData.DataSplit.TRAIN),
        VALIDATION(RunData.DataSplit.VALIDATION),
        TEST(RunData.DataSplit.TEST);

        private final RunData.DataSplit part;

        SplitName(RunData.DataSplit part) {
            this.part = part;
        }
    }

    @Override
    public void run() {
        slide.require(spec);
        boolean isRun = Files.exists(config.resolve(RUN_CONFIG));
        if (precision != null) {
            overrides.add(PrecisionChoice.KEY + "=" + precision);
        }
        RunConfig run = RunConfig.read(isRun ? config.resolve(RUN_CONFIG) : config, overrides);
        Path file = task(isRun);
        Progress progress = ConsoleProgress.of(spec);
        try (Backbone loaded = backbone(run, file);
                TunedModel model = TunedModel.open(file, loaded);
                RunData data = RunData.load(
                        run.data(), EnumSet.of(split.part), loaded.height(), loaded.width(), run.seed(), progress)) {
            data.warnings().forEach(LoggerFactory.getLogger(EvaluateCommand.class)::warn);
            Examples examples =
                    switch (split) {
                        case TRAIN -> data.splits().train();
                        case VALIDATION -> data.splits().validation();
                        case TEST -> data.splits().test();
                    };
            requireFits(examples, data, model, file);
            if (agreement && model.info().labels().kind() != LabelSpace.Kind.SINGLE) {
                throw new ConfigException("--agreement: counts equal classes, and " + file + " has labels that are "
                        + model.info().labels().kind() + "; leave it out");
            }
            Optional<SlidingWindow> window = slide.window(loaded.height(), loaded.width());
            if ((window.isPresent() || multiScale) && model.info().labels().kind() != LabelSpace.Kind.MASKS) {
                throw new ConfigException((window.isPresent() ? "--slide: " : "--multi-scale: ") + file
                        + " gives images labels, not pixels; leave it out");
            }
            InferenceLoop loop =
                    new InferenceLoop(run.train().evaluationBatchSize(), RunData.workers(run.data()), loaded.device());
            Evaluation evaluation = window.isPresent()
                    ? model.evaluate(dataset(run), window.get(), "evaluate", progress)
                    : model.evaluate(loop, examples, "evaluate", progress);
            Optional<ClassEvaluation> exact =
                    agreement ? Optional.of(inFloat32(file, loaded, loop, examples, progress)) : Optional.empty();
            Optional<Quality> scales = multiScale
                    ? Optional.of(model.evaluateMultiScale(
                                    dataset(run),
                                    window.orElse(SlidingWindow.overlapping(loaded.height(), loaded.width())),
                                    window.isPresent(),
                                    "evaluate at several scales",
                                    progress)
                            .quality())
                    : Optional.empty();
            PrintWriter out = spec.commandLine().getOut();
            if (json) {
                out.println(json(evaluation, examples.classNames(), loaded.precision(), window, scales, exact));
            } else {
                out.print(text(
                        run.name() + ", " + split.name().toLowerCase(Locale.ROOT) + " split, " + loaded.precision()
                                + window.map(slid -> ", windows in steps of " + slid.strideHeight() + " x "
                                                + slid.strideWidth())
                                        .orElse(""),
                        evaluation,
                        examples.classNames()));
                scales.ifPresent(quality ->
                        out.print(System.lineSeparator() + EvaluationText.of("multi-scale and mirrored", quality)));
                exact.ifPresent(in -> out.printf(
                        Locale.ROOT,
                        "%n%.2f %% of the labels are those in float32, where top-1 accuracy is %.1f %%%n",
                        100 * agreement((ClassEvaluation) evaluation, in),
                        100 * in.top1()));
            }
            out.flush();
        }
    }

    /** The images of the split, as they are. */
    private Dataset dataset(RunConfig run) {
        Splits<Dataset> splits = RunData.datasets(run.data(), run.seed()).splits();
        return switch (split) {
            case TRAIN -> splits.train();
            case VALIDATION -> splits.validation();
            case TEST -> splits.test();
        };
    }

    private static String text(String title, Evaluation evaluation, List<String> classNames) {
        return evaluation instanceof ClassEvaluation classes
                ? EvaluationText.of(title, classes.quality(), classes.calibration(), classes.confusion(classNames))
                : EvaluationText.of(title, evaluation.quality());
    }

    private static ClassEvaluation inFloat32(
            Path file, Backbone loaded, InferenceLoop loop, Examples examples, Progress progress) {
        try (Backbone exact = loaded.in(Precision.FLOAT32);
                TunedModel model = TunedModel.open(file, exact)) {
            return (ClassEvaluation) model.evaluate(loop, examples, "evaluate in float32", progress);
        }
    }

    /** The part of the examples that both gave the same label. */
    private static double agreement(ClassEvaluation one, ClassEvaluation other) {
        return IntStream.range(0, one.examples())
                        .filter(i -> one.predictions().get(i).predicted()
                                == other.predictions().get(i).predicted())
                        .count()
                / (double) one.examples();
    }

    private Path task(boolean isRun) {
        if (task != null) {
            return TaskArguments.whole(task);
        }
        if (isRun) {
            Path fold = config.resolve("fold-1");
            if (Files.exists(fold.resolve("task.safetensors"))) {
                throw new ConfigException(config
                        + " is a cross-validation, whose tasks are those of its folds; did you mean " + fold + "?");
            }
            return config.resolve("task.safetensors");
        }
        throw new ParameterException(
                spec.commandLine(), "Missing required option: '--task=FILE'; or give the folder of a run as CONFIG");
    }

    /** The backbone of a task, which random weights alone need the config for. */
    private Backbone backbone(RunConfig run, Path file) {
        Optional<Path> weights = Optional.ofNullable(backbone).or(run.backbone()::file);
        return weights.isEmpty() && run.backbone().random()
                ? Backbones.load(run)
                : Backbones.in(run.precision().on(Device.CPU), Backbones.of(file, weights));
    }

    private static ObjectNode json(
            Evaluation evaluation,
            List<String> classNames,
            Precision precision,
            Optional<SlidingWindow> window,
            Optional<Quality> scales,
            Optional<ClassEvaluation> exact) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("precision", precision.toString());
        window.ifPresent(
                slid -> json.putArray("stride").add(slid.strideHeight()).add(slid.strideWidth()));
        exact.ifPresent(in -> json.put("agreement", agreement((ClassEvaluation) evaluation, in))
                .put("top1Float32", in.top1()));
        json.setAll(MetricsFile.tree(evaluation.quality()));
        scales.ifPresent(quality -> json.set("multiScale", MetricsFile.tree(quality)));
        if (evaluation instanceof ClassEvaluation classes) {
            json.set(
                    "classification",
                    MetricsFile.tree(classes.confusion(classNames).report()));
            json.set("calibration", MetricsFile.tree(classes.calibration()));
        }
        return json;
    }

    private void requireFits(Examples examples, RunData data, TunedModel model, Path file) {
        if (examples.size() == 0) {
            throw new ConfigException("--split: the data have no examples in this split");
        }
        if (examples.labels().kind() != model.info().labels().kind()) {
            throw new ConfigException("data.labels: the labels of the data are "
                    + examples.labels().kind() + ", those of " + file + " are "
                    + model.info().labels().kind());
        }
        if (!examples.classNames().equals(model.info().classNames())) {
            throw new ConfigException("the classes of the data are " + examples.classNames() + ", those of " + file
                    + " are " + model.info().classNames());
        }
        if (!data.transform().equals(model.info().transform())) {
            throw new ConfigException("data.transform is not the one " + file + " was trained with: expected "
                    + model.info().transform() + ", found " + data.transform());
        }
    }
}
