package dev.inlay.data.image;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.metadata.exif.ExifIFD0Directory;
import dev.inlay.data.RawImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/**
 * How a picture must be turned and mirrored to stand upright: tag 0x0112 of EXIF 2.32.
 *
 * @param tag 1 (as stored) … 8
 */
record Orientation(int tag) {
    /** The orientation that {@code file} asks for; as stored if it says nothing sensible. */
    static Orientation of(byte[] file) {
        try {
            for (ExifIFD0Directory directory : ImageMetadataReader.readMetadata(
                            new ByteArrayInputStream(file), file.length)
                    .getDirectoriesOfType(ExifIFD0Directory.class)) {
                Integer tag = directory.getInteger(ExifIFD0Directory.TAG_ORIENTATION);
                if (tag != null && tag >= 1 && tag <= 8) {
                    return new Orientation(tag);
                }
            }
        } catch (ImageProcessingException | IOException | RuntimeException e) {
            // the pixels were decoded; metadata that cannot be read, whatever the parser says, asks for nothing
        }
        return new Orientation(1);
    }

    RawImage applyTo(RawImage image) {
        if (tag == 1) {
            return image;
        }
        boolean transposed = tag >= 5;
        int width = transposed ? image.height() : image.width();
        int height = transposed ? image.width() : image.height();
        boolean fromRight = tag == 2 || tag == 3 || tag == 7 || tag == 8;
        boolean fromBottom = tag == 3 || tag == 4 || tag == 6 || tag == 7;
        byte[] rgb = new byte[image.rgb().length];
        for (int y = 0, to = 0; y < height; y++) {
            for (int x = 0; x < width; x++, to += 3) {
                int column = transposed ? y : x;
                int row = transposed ? x : y;
                if (fromRight) {
                    column = image.width() - 1 - column;
                }
                if (fromBottom) {
                    row = image.height() - 1 - row;
                }
                System.arraycopy(image.rgb(), (row * image.width() + column) * 3, rgb, to, 3);
            }
        }
        return new RawImage(width, height, rgb);
    }
}
