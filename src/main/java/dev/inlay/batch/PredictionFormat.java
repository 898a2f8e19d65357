package dev.inlay.batch;

import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import java.nio.file.Path;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Consumer;

/** How rows are stored; named in {@code META-INF/services}. Stateless. */
public interface PredictionFormat {
    /** What {@code --format} calls it. */
    String name();

    /** How the names of its files end, with the dot. */
    String suffix();

    /**
     * Writes a file as a whole, or not at all.
     *
     * @param rows gives every row to the consumer it gets
     * @throws dev.inlay.error.InlayException if the file cannot be written
     */
    void write(Path file, Consumer<Consumer<PredictionRow>> rows);

    /**
     * Reads every row of a file, in order.
     *
     * @throws DataException if it is no such file
     */
    void rows(Path file, Consumer<PredictionRow> each);

    /**
     * The paths of the rows of a file.
     *
     * @throws DataException if it is no such file
     */
    Set<String> paths(Path file);

    /**
     * Whether the rows of a file call {@link PredictionRow#index} as they did before November 2026.
     *
     * @throws DataException if it is no such file
     */
    boolean isOfBefore(Path file);

    /**
     * The format of a name.
     *
     * @throws ConfigException if there is none
     */
    static PredictionFormat named(String name) {
        return ServiceLoader.load(PredictionFormat.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(format -> format.name().equals(name))
                .findFirst()
                .orElseThrow(
                        () -> new ConfigException("--format " + name + " cannot be written into a folder: json can,"
                                + " and parquet where dev.inlay:inlay-spark is on the class path (docs/spark.md)"));
    }
}
