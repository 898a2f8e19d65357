package dev.inlay.spark;

import dev.inlay.batch.ImagePartition;
import dev.inlay.batch.ImageTable;
import java.nio.file.Path;

/** Parquet files of images. */
public final class ParquetImageTable implements ImageTable {
    @Override
    public String suffix() {
        return ParquetRows.SUFFIX;
    }

    @Override
    public ImagePartition open(Path file) {
        return new ParquetImages(file.toString());
    }
}
