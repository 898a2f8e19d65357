package dev.inlay.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.inlay.backbone.Backbone;
import dev.inlay.config.RunConfig;
import dev.inlay.data.Examples;
import dev.inlay.error.ConfigException;
import dev.inlay.inference.Evaluation;
import dev.inlay.inference.InferenceLoop;
import dev.inlay.inputs.RunData;
import dev.inlay.progress.Progress;
import dev.inlay.task.TunedModel;
import java.io.PrintWriter;
import java.util.EnumSet;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code inlay evaluate}: how good a task is on the data of a config. */
@Command(name = "evaluate", description = "Measures a task on a split of the data of a config; prints JSON.")
final class EvaluateCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigArguments config;

    @Mixin
    private TaskArguments task;

    @Option(
            names = "--split",
            paramLabel = "train|validation|test",
            defaultValue = "test",
            description = "Which examples (${DEFAULT-VALUE}).")
    private SplitName split;

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
        RunConfig run = config.read();
        Progress progress = ConsoleProgress.to(spec.commandLine().getErr());
        try (Backbone backbone = task.backbone();
                TunedModel model = TunedModel.open(task.task(), backbone);
                RunData data = RunData.load(
                        run.data(),
                        EnumSet.of(split.part),
                        backbone.height(),
                        backbone.width(),
                        run.seed(),
                        progress)) {
            data.warnings().forEach(LoggerFactory.getLogger(EvaluateCommand.class)::warn);
            Examples examples =
                    switch (split) {
                        case TRAIN -> data.splits().train();
                        case VALIDATION -> data.splits().validation();
                        case TEST -> data.splits().test();
                    };
            requireFits(examples, data, model);
            Evaluation evaluation = new InferenceLoop(
                            run.train().evaluationBatchSize(), RunData.workers(run.data()), backbone.device())
                    .evaluate(model::logits, examples, "evaluate", progress);
            PrintWriter out = spec.commandLine().getOut();
            out.println(JsonNodeFactory.instance
                    .objectNode()
                    .put("examples", evaluation.examples())
                    .put("top1", evaluation.top1())
                    .put("top5", evaluation.top5())
                    .put("meanPerClass", evaluation.meanPerClass())
                    .put("crossEntropy", evaluation.crossEntropy()));
            out.flush();
        }
    }

    private void requireFits(Examples examples, RunData data, TunedModel model) {
        if (examples.size() == 0) {
            throw new ConfigException("--split: the data have no examples in this split");
        }
        if (!examples.classNames().equals(model.info().classNames())) {
            throw new ConfigException("the classes of the data are " + examples.classNames() + ", those of "
                    + task.task() + " are " + model.info().classNames());
        }
        if (!data.transform().equals(model.info().transform())) {
            throw new ConfigException("data.transform is not the one " + task.task() + " was trained with: expected "
                    + model.info().transform() + ", found " + data.transform());
        }
    }
}
