package dev.inlay.data.image;

import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import dev.inlay.error.MemoryException;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/** The readers of the formats that are rare, by name and not by what else is on the class path. */
enum JavaReader {
    /** The JDK's. */
    BMP,
    /** The JDK's. */
    GIF,
    /** That of TwelveMonkeys. */
    TIFF;

    private static final String OF_THE_JDK = "com.sun.imageio.plugins.";

    /** What is done with a reader that has its input. */
    interface Use<T> {
        T read(ImageReader reader) throws IOException;
    }

    /**
     * Reads a file that was walked.
     *
     * @throws MemoryException if memory ran out, which says nothing about the file
     * @throws DamagedImageException whatever the reader throws: readers of ImageIO answer damaged files with any exception
     */
    <T> T read(byte[] file, Use<T> use) throws DamagedImageException {
        try (ImageInputStream in = new ByteArrayImageInputStream(file)) {
            ImageReader reader = reader();
            try {
                reader.setInput(in, true, true);
                return use.read(reader);
            } finally {
                reader.dispose();
            }
        } catch (IOException | RuntimeException e) {
            MemoryException.throwIfBehind(e);
            throw new DamagedImageException(
                    e.getMessage() == null || e.getMessage().isBlank()
                            ? e.getClass().getSimpleName()
                            : e.getMessage());
        }
    }

    private ImageReader reader() throws IOException {
        if (this == TIFF) {
            return new TIFFImageReaderSpi().createReaderInstance(null);
        }
        for (Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(name()); readers.hasNext(); ) {
            ImageReader reader = readers.next();
            if (reader.getClass().getName().startsWith(OF_THE_JDK)) {
                return reader;
            }
        }
        throw new IllegalStateException("the JDK reads " + name());
    }
}
