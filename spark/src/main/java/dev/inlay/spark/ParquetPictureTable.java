package dev.inlay.spark;

import dev.inlay.batch.PictureTable;
import dev.inlay.batch.Pictures;
import java.nio.file.Path;

/** Parquet files of pictures. */
public final class ParquetPictureTable implements PictureTable {
    @Override
    public String suffix() {
        return ParquetRows.SUFFIX;
    }

    @Override
    public Pictures open(Path file) {
        return new ParquetPictures(file.toString());
    }
}
