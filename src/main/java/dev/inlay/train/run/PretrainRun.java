package dev.inlay.train.run;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.SpecJson;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.config.BackboneConfig;
import dev.inlay.config.EffectiveConfig;
import dev.inlay.config.PretrainConfig;
import dev.inlay.data.Examples;
import dev.inlay.data.builtin.PretrainingMix;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.loading.DecodedExamples;
import dev.inlay.data.loading.DecodingOptions;
import dev.inlay.data.loading.Inputs;
import dev.inlay.data.transform.Augmentation;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Normalization;
import dev.inlay.error.ConfigException;
import dev.inlay.error.InlayException;
import dev.inlay.error.StorageException;
import dev.inlay.file.AtomicFile;
import dev.inlay.inference.Evaluation;
import dev.inlay.inference.InferenceLoop;
import dev.inlay.inputs.Backbones;
import dev.inlay.progress.Progress;
import dev.inlay.record.EpochRecord;
import dev.inlay.record.RunStatus;
import dev.inlay.tensor.LibTorch;
import dev.inlay.train.EpochEvaluation;
import dev.inlay.train.Journal;
import dev.inlay.train.RunObserver;
import dev.inlay.train.Trainer;
import dev.inlay.train.TrainingLoop;
import dev.inlay.train.TrainingSettings;
import dev.inlay.train.optim.DecayRule;
import dev.inlay.train.schedule.Advance;
import dev.inlay.train.schedule.CosineSchedule;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.WholeParameters;
import dev.inlay.tuning.method.FullFineTuning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Trains a small Vision Transformer from scratch on synthetic images; the built-in backbone is made by it. */
public final class PretrainRun {
    private static final Logger LOG = LoggerFactory.getLogger(PretrainRun.class);
    private static final int HELD_OUT = 2000;
    private static final int EVALUATION_BATCH = 256;
    private static final double SAVE_SECONDS = 60;

    private PretrainRun() {}

    /**
     * Trains, or resumes what was started, and writes the weights under timm's names with their sizes in the
     * metadata.
     *
     * @param out the safetensors file to write; a journal, and the config it belongs to, stand beside it until then
     * @param stop asked after every step
     * @return one record per epoch; {@code validationTop1} is on images held out
     * @throws ConfigException if a journal beside it belongs to another config
     */
    public static List<EpochRecord> run(PretrainConfig config, Path out, Progress progress, BooleanSupplier stop) {
        Journal journal = new Journal(out.resolveSibling(out.getFileName() + ".journal"), SAVE_SECONDS, 0);
        Path begunWith = out.resolveSibling(out.getFileName() + ".config.json");
        requireConfig(journal, begunWith, config);
        LibTorch.threads(config.threads());
        PretrainConfig.Network network = config.network();
        try (Backbone vit = fresh(network, config.seed());
                Examples examples = drawn(config.seed(), config.examples(), network.imageSize(), progress.of("train"));
                Examples heldOut = drawn(config.seed() + 1, HELD_OUT, network.imageSize(), progress.of("held out"));
                Tuning tuning = new Tuning(
                        vit, new FullFineTuning(), examples.classNames().size(), config.seed());
                Trainer trainer = new Trainer(tuning, settings(config))) {
            InferenceLoop evaluator = new InferenceLoop(EVALUATION_BATCH, LibTorch.threads(), vit.device());
            RunObserver observer = RunObserver.of(progress, new RunStatus(), stop);
            List<EpochRecord> curves = new TrainingLoop(trainer, Inputs.images(examples), LibTorch.threads())
                    .run(journal, observer, "pretrain", (epoch, last) -> {
                        Evaluation found = evaluator.evaluate(
                                images -> tuning.head(tuning.features(images, Dropout.NONE, 0)),
                                heldOut,
                                "held out",
                                Progress.NONE);
                        LOG.info("epoch {}: held-out top-1 {}", epoch, found.score());
                        return new EpochEvaluation.Top1(found.score(), found.loss(), null);
                    })
                    .curves();
            write(out, vit, tuning);
            Files.deleteIfExists(journal.file());
            Files.deleteIfExists(begunWith);
            return curves;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** An untrained ViT. */
    private static Backbone fresh(PretrainConfig.Network network, long seed) {
        ObjectNode sizes = JsonNodeFactory.instance
                .objectNode()
                .put("family", "vit")
                .put("height", network.imageSize())
                .put("width", network.imageSize())
                .put("patch", network.patchSize())
                .put("dim", network.embedDim())
                .put("depth", network.depth())
                .put("heads", network.numHeads())
                .put("hidden", network.mlpHidden());
        BackboneSpec spec = SpecJson.parse(sizes.toString(), "network");
        return BackboneFamily.of(spec).random(BackboneConfig.BUILTIN, spec, seed);
    }

    private static void requireConfig(Journal journal, Path begunWith, PretrainConfig config) {
        String settings = config.settings().json();
        try {
            if (Files.exists(journal.file()) && Files.exists(begunWith)) {
                String kept = Files.readString(begunWith);
                if (!kept.equals(settings)) {
                    throw new ConfigException(journal.file() + " is of a training with another config: "
                            + EffectiveConfig.differences(kept, settings)
                            + "; use that one to resume it, delete it to start again, or choose another --out");
                }
            }
        } catch (IOException e) {
            throw new InlayException("cannot read " + begunWith + ": " + StorageException.reason(e), e);
        }
        AtomicFile.write(begunWith, settings);
    }

    private static void write(Path out, Backbone vit, Tuning tuning) {
        List<TensorEntry> tensors = new ArrayList<>();
        vit.parameters()
                .keySet()
                .forEach(name -> tensors.add(StoredTensors.entry(
                        name,
                        tuning.trainables().get(WholeParameters.PREFIX + name).tensor())));
        SafeTensorsWriter.write(
                out, tensors, Map.of(Backbones.SPEC_KEY, vit.spec().toJson()));
    }

    private static TrainingSettings settings(PretrainConfig config) {
        return TrainingSettings.builder(
                        config.epochs(),
                        config.batchSize(),
                        new CosineSchedule(
                                config.learningRate(), 0, config.epochs(), config.warmupEpochs(), 0, Advance.PER_STEP))
                .decay(DecayRule.MATRICES, config.weightDecay())
                .clipNorm(config.clipNorm() == 0 ? Double.POSITIVE_INFINITY : config.clipNorm())
                .dropPath(config.dropPath())
                .seed(config.seed())
                .build();
    }

    private static Examples drawn(long seed, int size, int pixels, Progress progress) {
        ImageTransform transform =
                ImageTransform.direct(pixels, pixels, Normalization.IMAGENET, ExifOrientation.IGNORE);
        DecodingOptions decoding = new DecodingOptions(Long.MAX_VALUE, LibTorch.threads());
        return DecodedExamples.decode(
                new PretrainingMix(seed, size, pixels), transform, Augmentation.NONE, seed, decoding, progress);
    }
}
