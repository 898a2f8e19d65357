package dev.inlay.embedding;

import dev.inlay.error.DataException;

/** Embeddings of length 1, whose products are cosines. */
final class UnitRows {
    private UnitRows() {}

    /**
     * Divides each row by its length, in place; rows of zeros stay.
     *
     * @param rows (n, D), row by row
     * @param columns D
     * @param first number of the first row, for the message
     * @return {@code rows}
     * @throws DataException if a number is not finite
     */
    static float[] of(float[] rows, int columns, long first) {
        for (int from = 0; from < rows.length; from += columns) {
            double squares = 0;
            for (int i = from; i < from + columns; i++) {
                squares += (double) rows[i] * rows[i];
            }
            if (!Double.isFinite(squares)) {
                throw new DataException("embedding " + (first + from / columns) + ": expected finite numbers");
            }
            double length = Math.sqrt(squares);
            for (int i = from; i < from + columns && length > 0; i++) {
                rows[i] = (float) (rows[i] / length);
            }
        }
        return rows;
    }
}
