package dev.inlay.config;

import dev.inlay.error.ConfigException;
import java.nio.file.Path;
import java.util.List;

/**
 * Everything that decides the training of a small backbone from scratch on synthetic images ({@code inlay pretrain}).
 *
 * @param seed of all randomness, at least 0
 * @param threads of LibTorch; 0 for one per physical core
 * @param network the sizes of the Vision Transformer
 * @param examples number of synthetic images
 * @param epochs passes over them
 * @param batchSize images per step
 * @param learningRate peak learning rate of AdamW
 * @param weightDecay decoupled weight decay
 * @param warmupEpochs epochs of linear warm-up, at most {@code epochs}
 * @param dropPath stochastic depth of the last block, in [0, 1)
 * @param clipNorm bound on the norm of the whole gradient; 0 for none
 * @param settings the whole config as text, defaults filled in
 */
public record PretrainConfig(
        long seed,
        int threads,
        Network network,
        int examples,
        int epochs,
        int batchSize,
        double learningRate,
        double weightDecay,
        int warmupEpochs,
        double dropPath,
        double clipNorm,
        EffectiveConfig settings) {
    /**
     * The sizes of a Vision Transformer.
     *
     * @param imageSize height and width of an image in pixels, a multiple of {@code patchSize}
     * @param patchSize height and width of a patch in pixels
     * @param embedDim width of a token, a multiple of {@code numHeads}
     * @param depth number of blocks
     * @param numHeads attention heads per block
     * @param mlpHidden hidden width of each block's MLP
     */
    public record Network(int imageSize, int patchSize, int embedDim, int depth, int numHeads, int mlpHidden) {
        static Network read(Section section) {
            Network network = new Network(
                    section.integer("imageSize", 64, 8, 1024),
                    section.integer("patchSize", 8, 1, 256),
                    section.integer("embedDim", 96, 1, 4096),
                    section.integer("depth", 6, 1, 128),
                    section.integer("numHeads", 3, 1, 128),
                    section.integer("mlpHidden", 384, 1, 65_536));
            if (network.imageSize % network.patchSize != 0) {
                section.problem("patchSize", "does not divide imageSize " + network.imageSize);
            }
            if (network.embedDim % network.numHeads != 0) {
                section.problem("numHeads", "does not divide embedDim " + network.embedDim);
            }
            section.end();
            return network;
        }
    }

    /**
     * Reads a YAML file.
     *
     * @param file the config
     * @param overrides {@code dotted.key=value} settings laid over it in order
     * @throws ConfigException that lists every problem, if there is any
     */
    public static PretrainConfig read(Path file, List<String> overrides) {
        return read(Section.root(ConfigTree.read(file, overrides)));
    }

    static PretrainConfig read(Section root) {
        long seed = root.whole("seed", 0, 0, Long.MAX_VALUE);
        int threads = root.integer("threads", 0, 0, 4096);
        Network network = Network.read(root.section("network"));
        Section section = root.section("pretrain");
        int examples = section.integer("examples", 40_000, 1, 100_000_000);
        int epochs = section.integer("epochs", 20, 1, 1_000_000);
        int batchSize = section.integer("batchSize", 128, 1, 1_000_000);
        double learningRate = section.number("learningRate", 1e-3, 1e-12, 1e6);
        double weightDecay = section.number("weightDecay", 0.05, 0.0, 1e6);
        int warmupEpochs = section.integer("warmupEpochs", Math.min(1, epochs), 0, epochs);
        double dropPath = section.number("dropPath", 0.0, 0.0, 0.99);
        double clipNorm = section.number("clipNorm", 1.0, 0.0, 1e9);
        section.end();
        root.throwProblems();
        return new PretrainConfig(
                seed,
                threads,
                network,
                examples,
                epochs,
                batchSize,
                learningRate,
                weightDecay,
                warmupEpochs,
                dropPath,
                clipNorm,
                EffectiveConfig.of(root));
    }
}
