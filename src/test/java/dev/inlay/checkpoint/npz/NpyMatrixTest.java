package dev.inlay.checkpoint.npz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.DataException;
import dev.inlay.file.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A matrix is the bytes that {@code numpy.save} writes (NumPy 1.24), and what NumPy writes otherwise is refused in words. */
class NpyMatrixTest {
    private static final String OF_NUMPY =
            "\u0093NUMPY\1\0v\0{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" + " ".repeat(58) + "\n";

    @TempDir
    private Path folder;

    private Path write(float[]... rows) {
        Path file = folder.resolve("matrix.npy");
        AtomicFile.write(file, out -> {
            NpyMatrix.Writer matrix = new NpyMatrix.Writer(out);
            for (float[] row : rows) {
                matrix.add(row);
            }
            matrix.finish();
        });
        return file;
    }

    @Test
    void rowsAreWrittenAsNumpyWritesThem() throws IOException {
        ByteBuffer expected = ByteBuffer.allocate(152).order(ByteOrder.LITTLE_ENDIAN);
        expected.put(OF_NUMPY.getBytes(ISO_8859_1));
        for (int i = 0; i < 6; i++) {
            expected.putFloat(i);
        }
        Path file = write(new float[] {0, 1, 2}, new float[] {3, 4, 5});
        assertThat(Files.readAllBytes(file)).isEqualTo(expected.array());
        try (NpyMatrix matrix = NpyMatrix.open(file)) {
            assertThat(matrix.rows()).isEqualTo(2);
            assertThat(matrix.columns()).isEqualTo(3);
            assertThat(matrix.rows(1, 1)).containsExactly(3, 4, 5);
            assertThat(matrix.rows(0, 2)).containsExactly(0, 1, 2, 3, 4, 5);
        }
    }

    @Test
    void aMatrixWithoutRowsIsOneOfNoColumns() {
        try (NpyMatrix matrix = NpyMatrix.open(write())) {
            assertThat(matrix.rows()).isZero();
            assertThat(matrix.columns()).isZero();
        }
    }

    @Test
    void rowsOfTwoLengthsAreRefused() {
        assertThatThrownBy(() -> write(new float[3], new float[4])).hasMessage("expected 3 numbers, found 4");
        assertThat(folder).isEmptyDirectory();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'<f4'|'<f8'|a matrix of float32 in C order, found F64 of shape [2, 3]",
                "False|True |a matrix of float32 in C order, found F32 of shape [2, 3] in Fortran order",
                "(2, 3)|(6,)  |a matrix of float32 in C order, found F32 of shape [6]",
                "(2, 3)|(2, 4)|160 bytes for the shape [2, 4], found 152 bytes",
                "NUMPY|NAMPY|an .npy array, which begins with \\x93NUMPY, found other bytes",
            })
    void otherArraysAreRefused(String before, String after, String complaint) throws IOException {
        Path file = write(new float[] {0, 1, 2}, new float[] {3, 4, 5});
        String bytes = Files.readString(file, ISO_8859_1);
        Files.writeString(file, bytes.replace(before, (after + "  ").substring(0, before.length())), ISO_8859_1);
        assertThatThrownBy(() -> NpyMatrix.open(file))
                .isInstanceOf(DataException.class)
                .hasMessage(file + ": expected " + complaint);
    }
}
