package dev.inlay.data.source;

import dev.inlay.data.Examples;
import dev.inlay.error.DataException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Images that were preprocessed elsewhere: safetensors files with {@code images} (N, 3, H, W) float32, already
 * normalised, and {@code labels} (N) int64. The images are mapped into memory, not copied; a file holds less than 2 GiB
 * of them.
 */
public final class TensorFiles {
    private TensorFiles() {}

    /**
     * Opens the files of a data set. There are as many classes as the largest label of all files says, named by number.
     *
     * @param train to learn from
     * @param validation to choose settings on, if there is any
     * @param test to report on, if there is any
     * @throws DataException naming the file, if a tensor is missing or has another type or shape, a label is negative or
     *     above a million, or the files differ in height or width
     */
    public static Splits<Examples> read(Path train, Optional<Path> validation, Optional<Path> test) {
        TensorFile training = TensorFile.open(train);
        List<TensorFile> choosing = validation.map(TensorFile::open).stream().toList();
        List<TensorFile> tested = test.map(TensorFile::open).stream().toList();
        List<TensorFile> learned =
                Stream.concat(Stream.of(training), choosing.stream()).toList();
        List<TensorFile> all = Stream.concat(learned.stream(), tested.stream()).toList();
        for (TensorFile file : all) {
            if (file.height() != training.height() || file.width() != training.width()) {
                throw new DataException(file.path() + ": expected images of " + training.height() + " x "
                        + training.width() + " pixels as in " + train + ", found " + file.height() + " x "
                        + file.width());
            }
        }
        int classes = all.stream().mapToInt(TensorFile::classes).max().orElse(0);
        List<String> classNames =
                IntStream.range(0, classes).mapToObj(Integer::toString).toList();
        return new Splits<>(List.of(training), choosing, learned, tested)
                .map(files -> new TensorExamples(training.height(), training.width(), classNames, files));
    }

    /**
     * Opens one file by itself.
     *
     * @throws DataException as {@link #read}
     */
    public static Examples open(Path file) {
        return read(file, Optional.empty(), Optional.empty()).train();
    }
}
