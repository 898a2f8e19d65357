package dev.inlay.inputs;

import dev.inlay.config.DataConfig;
import dev.inlay.config.DataSource;
import dev.inlay.data.Dataset;
import dev.inlay.data.ExampleSubset;
import dev.inlay.data.Examples;
import dev.inlay.data.loading.CheckedExamples;
import dev.inlay.data.source.DatasetSubset;
import dev.inlay.data.source.Listed;
import dev.inlay.data.source.Splits;
import dev.inlay.progress.Progress;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A few training images of a config, and how many there are of all.
 *
 * @param train the few, spread over the train split; to be closed
 * @param sizes how many images each split has
 * @param perClass how many of each class, by label, see {@link dev.inlay.data.LabelSpace#count}
 * @param warnings what was found and is not used; a sentence each
 * @param decodingSeconds how long an image took to decode
 * @param decodedBytes what an image takes in memory, decoded
 */
public record DataSample(
        Examples train,
        Splits<Integer> sizes,
        Splits<long[]> perClass,
        List<String> warnings,
        double decodingSeconds,
        long decodedBytes)
        implements AutoCloseable {
    private static final int TIMED = 8;

    /**
     * Lists the images of a config and decodes some of those to train on.
     *
     * @param most how many are decoded
     * @param seconds about how long that may take
     * @param height of the backbone's images
     * @param width of the backbone's images
     * @throws dev.inlay.error.DataException listing what cannot be read or is not there
     */
    public static DataSample take(DataConfig config, int most, double seconds, int height, int width, long seed) {
        if (config.source() instanceof DataSource.Tensors) {
            RunData all =
                    RunData.load(config, EnumSet.allOf(RunData.DataSplit.class), height, width, seed, Progress.NONE);
            Examples train = all.splits().train();
            Examples few = new ExampleSubset(train, spread(train.size(), most));
            return new DataSample(
                    few,
                    all.splits().map(Examples::size),
                    all.splits().map(split -> split.labels().count(split.size(), split::target)),
                    all.warnings(),
                    0,
                    0);
        }
        Listed listed = RunData.datasets(config, seed);
        Dataset train = listed.splits().train();
        long begun = System.nanoTime();
        decode(config, train, TIMED, height, width, seed).close();
        double each = (System.nanoTime() - begun) * 1e-9 / Math.min(TIMED, train.size());
        int count = (int) Math.max(TIMED, Math.min(most, seconds / each));
        begun = System.nanoTime();
        CheckedExamples few = decode(config, train, count, height, width, seed);
        double decoding = (System.nanoTime() - begun) * 1e-9 / Math.max(1, few.size());
        return new DataSample(
                few,
                listed.splits().map(Dataset::size),
                listed.splits().map(split -> split.labels().count(split.size(), split::target)),
                listed.warnings(),
                decoding,
                few.keptBytes() / Math.max(1, few.size()));
    }

    private static CheckedExamples decode(
            DataConfig config, Dataset train, int count, int height, int width, long seed) {
        return RunData.decode(
                config,
                new DatasetSubset(train, spread(train.size(), count)),
                true,
                height,
                width,
                seed,
                Progress.NONE);
    }

    private static List<Integer> spread(int size, int most) {
        int count = Math.min(size, most);
        return IntStream.range(0, count)
                .map(i -> (int) ((long) i * size / count))
                .boxed()
                .toList();
    }

    @Override
    public void close() {
        train.close();
    }
}
