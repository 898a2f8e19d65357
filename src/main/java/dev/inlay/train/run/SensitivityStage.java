package dev.inlay.train.run;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.config.SensitivityConfig;
import dev.inlay.config.TrainConfig;
import dev.inlay.data.Examples;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.loading.BatchLoader;
import dev.inlay.data.loading.Batches;
import dev.inlay.data.loading.Order;
import dev.inlay.error.ConfigException;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.PlanSource;
import dev.inlay.plan.PromptName;
import dev.inlay.progress.Progress;
import dev.inlay.random.Key;
import dev.inlay.sensitivity.Scorer;
import dev.inlay.sensitivity.ScoringOptions;
import dev.inlay.train.Loss;
import dev.inlay.train.probe.LinearHead;
import dev.inlay.train.scores.Scores;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.method.Prompts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BinaryOperator;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Stage 1 of a run: the head of the loss, the batches, the scores. */
final class SensitivityStage {
    private static final double RANDOM_HEAD_STD = 0.02;

    private SensitivityStage() {}

    /**
     * Scores every candidate on the train split, in the order of its list; the first {@code batches · batchSize} examples are
     * used.
     *
     * @param probe fits the linear probe, where the config wants its head
     */
    static Scores score(LoadedRun run, Supplier<LinearHead> probe, Progress progress) {
        SensitivityConfig config = run.config().sensitivity();
        Backbone backbone = run.backbone();
        Examples examples = run.splits().train();
        long seed = run.config().seed();
        int classes = examples.classNames().size();
        Classifier head =
                switch (config.head()) {
                    case RANDOM -> random(classes, backbone.embedDim(), seed);
                    case PROBE -> classifier(probe.get());
                    case CHECKPOINT -> checkpoint(backbone, classes);
                };
        BinaryOperator<Tensor> loss = loss(run.config().train(), examples);
        boolean maps = examples.labels().kind() == LabelSpace.Kind.MASKS;
        ScoringOptions options = options(config, run.config().backbone().dropPath(), maps);
        int count = Math.min(examples.size(), Math.multiplyExact(config.batches(), config.batchSize()));
        Passing passing = new Passing(examples, config.batchSize(), count, run.workers(), progress);
        List<Candidate> candidates = new ArrayList<>();
        List<float[]> values = new ArrayList<>();
        try (Scorer scorer = new Scorer(
                backbone, head, loss, options, tunable -> Scorer.CANDIDATES.contains(tunable.kind()), seed)) {
            passing.through(scorer, "sensitivity");
            Map<TunableParameter, float[]> scores = scorer.scores();
            candidates.addAll(Candidate.among(List.copyOf(scores.keySet())));
            values.addAll(scores.values());
        }
        if (config.prompts() > 0) {
            Map<Integer, float[]> prompts = prompts(backbone, config.prompts(), seed);
            try (Scorer scorer = new Scorer(backbone, head, loss, options, prompts, seed)) {
                passing.through(scorer, "sensitivity of prompts");
                scorer.promptScores().forEach((block, scores) -> {
                    int width = backbone.embedDim(block);
                    for (int i = 0; i < config.prompts(); i++) {
                        candidates.add(Candidate.prompt(new PromptName(block, i), width));
                        values.add(Arrays.copyOfRange(scores, i * width, (i + 1) * width));
                    }
                });
            }
        }
        return new Scores(
                candidates,
                values.toArray(float[][]::new),
                TunableParameter.classToken(backbone.tunableParameters()),
                OptionalLong.of(backbone.parameterCount()),
                new PlanSource(backbone.fingerprint(), provenance(config, examples, count, seed)));
    }

    /** The mean loss of a batch, without label smoothing where each image has one class. */
    private static BinaryOperator<Tensor> loss(TrainConfig config, Examples examples) {
        if (examples.labels().kind() == LabelSpace.Kind.SINGLE) {
            return Scorer.CROSS_ENTROPY;
        }
        Loss loss = TrainingSettingsFactory.loss(config, examples);
        return (outputs, targets) -> loss.each(outputs, targets).mean();
    }

    /** The images that are scored, as often as they are needed. */
    private record Passing(Examples examples, int batchSize, int count, int workers, Progress progress) {
        void through(Scorer scorer, String name) {
            int[] order = Arrays.copyOf(Order.sequential(examples.size()), count);
            try (BatchLoader loader = new BatchLoader(examples, batchSize, workers, scorer.device());
                    Batches batches = loader.read(order, Examples.EVALUATION, 0);
                    Progress.Task task = progress.start(name, Progress.Unit.BATCHES, loader.batches(count))) {
                for (int done = 1; batches.hasNext(); done++) {
                    try (PointerScope scope = new PointerScope()) {
                        double loss = scorer.add(batches.next());
                        task.note(String.format(Locale.ROOT, "loss %.3f", loss));
                    }
                    task.at(done);
                }
            }
        }
    }

    /** The prompts of every block as a training of that seed starts them. */
    private static Map<Integer, float[]> prompts(Backbone backbone, int tokens, long seed) {
        Map<Integer, float[]> prompts = new LinkedHashMap<>();
        for (int block = 0; block < backbone.depth(); block++) {
            Key key = Key.of(seed, "init").at(PromptName.of(block));
            prompts.put(block, Prompts.initial(backbone, key, tokens, backbone.embedDim(block)));
        }
        return prompts;
    }

    /** How the scores came about, in words that are equal for equal passes. */
    private static String provenance(SensitivityConfig config, Examples examples, int count, long seed) {
        return String.format(
                Locale.ROOT,
                "squared %s gradients of %d examples (%s) in batches of %d, %s mode, %s head, %sseed %d",
                config.perSample() ? "per-sample" : "batch-mean",
                count,
                examples.fingerprint(),
                config.batchSize(),
                config.mode().name().toLowerCase(Locale.ROOT),
                config.head().name().toLowerCase(Locale.ROOT),
                config.prompts() > 0 ? config.prompts() + " prompts a block, " : "",
                seed);
    }

    private static ScoringOptions options(SensitivityConfig config, double dropPath, boolean maps) {
        double rate =
                switch (config.mode()) {
                    case EVAL -> 0;
                    case TRAIN -> dropPath;
                };
        return new ScoringOptions(config.memory(), config.microBatch(), config.perSample(), rate, maps);
    }

    private static Classifier random(int classes, int dim, long seed) {
        Key key = Key.of(seed, "sensitivity").at("head");
        float[] weight = Initial.normal(key, Math.multiplyExact(classes, dim), 0, RANDOM_HEAD_STD);
        return new Classifier(weight, new float[classes]);
    }

    private static Classifier classifier(LinearHead head) {
        return new Classifier(head.weight(), head.bias());
    }

    private static Classifier checkpoint(Backbone backbone, int classes) {
        Classifier head = backbone.checkpointHead()
                .orElseThrow(() -> new ConfigException("sensitivity.head: checkpoint, but the file of "
                        + backbone.name() + " holds no head; use random or probe"));
        if (head.classes() != classes) {
            throw new ConfigException("sensitivity.head: checkpoint, but the head in the file of " + backbone.name()
                    + " has " + head.classes() + " classes and the data has " + classes + "; use random or probe");
        }
        return head;
    }
}
