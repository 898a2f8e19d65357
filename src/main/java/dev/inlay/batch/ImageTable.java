package dev.inlay.batch;

import dev.inlay.error.ConfigException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.ServiceLoader;

/** A kind of file that holds many images, such as Parquet; named in {@code META-INF/services}. Stateless. */
public interface ImageTable {
    /** How the names of its files end, with the dot. */
    String suffix();

    /** The images of a file, all of them one partition. */
    ImagePartition open(Path file);

    /**
     * The kind of a file.
     *
     * @throws ConfigException if nothing on the class path reads it
     */
    static ImageTable of(Path file) {
        return ServiceLoader.load(ImageTable.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(table -> file.toString().toLowerCase(Locale.ROOT).endsWith(table.suffix()))
                .findFirst()
                .orElseThrow(() -> new ConfigException(file
                        + ": dev.inlay:inlay-spark reads such files, which is not on the class path (docs/spark.md)"));
    }
}
