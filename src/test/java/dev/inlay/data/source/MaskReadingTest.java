package dev.inlay.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.data.Images;
import dev.inlay.data.LabelSpace.PixelClasses;
import dev.inlay.data.Masks;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.image.ImageLimits;
import dev.inlay.data.image.TruncatedImages;
import dev.inlay.error.DataException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MaskReadingTest {
    private static final ImageDecoder DECODER =
            new ImageDecoder(ExifOrientation.APPLY, ImageLimits.DEFAULT, TruncatedImages.accept());
    private static final PixelClasses CLASSES = new PixelClasses(List.of("sky", "road"));
    private static final MaskReading NUMBERS = new MaskReading.Numbers(CLASSES, Set.of(7, 255));
    private static final MaskReading COLOURS =
            new MaskReading.Colours(CLASSES, Map.of(0x808080, 0, 0x400080, 1, 0x010203, 0, 0, PixelClasses.IGNORED));

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("m.png");
    }

    private void assertRefused(MaskReading reading, String message) {
        assertThatThrownBy(() -> reading.read(DECODER, file))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(message);
    }

    @Test
    void numbersAreClassesAndWhatIsIgnoredHasOneNumber() {
        Masks.png(file, 3, 0, 1, 7, 255, 0, 1);
        assertThat(NUMBERS.read(DECODER, file).values()).containsExactly(0, 1, 255, 255, 0, 1);
    }

    @Test
    void aClassMayBeIgnored() {
        Masks.png(file, 2, 0, 1);
        assertThat(new MaskReading.Numbers(CLASSES, Set.of(0))
                        .read(DECODER, file)
                        .values())
                .containsExactly(255, 1);
    }

    @Test
    void coloursAreClassesWhateverAFileIsStoredAs() {
        Masks.coloured(file, 3, 0x808080, 0x400080, 0x010203, 0, 0, 0x400080);
        assertThat(COLOURS.read(DECODER, file).values()).containsExactly(0, 1, 0, 255, 255, 1);
        BufferedImage transparent = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
        transparent.setRGB(0, 0, 0x80400080);
        transparent.setRGB(1, 0, 0xff808080);
        Images.write(file, Images.encode(transparent, "png"));
        assertThat(COLOURS.read(DECODER, file).values()).containsExactly(1, 0);
        Masks.png(file, 2, 0, 1); // palette: black and orange
        assertThat(new MaskReading.Colours(CLASSES, Map.of(0x000000, 1, 0xe69f00, 0))
                        .read(DECODER, file)
                        .values())
                .containsExactly(1, 0);
    }

    @Test
    void numbersThatNoClassHasAreListed() {
        Masks.png(file, 3, 0, 2, 9);
        assertRefused(
                NUMBERS,
                "expected numbers from 0 to 1 (the 2 classes) and those of data.ignore [7, 255], found [2, 9]");
    }

    @Test
    void coloursThatNoClassHasAreListed() {
        int[] colours = new int[12];
        for (int i = 0; i < colours.length; i++) {
            colours[i] = 0xff0000 + i;
        }
        Masks.coloured(file, 4, colours);
        assertRefused(COLOURS, "expected the colours of data.colours, found #ff0000, #ff0001, ");
        assertRefused(
                COLOURS, "#ff0009 and 2 more; add them to data.colours, or, if masks hold numbers, give data.classes");
    }

    @Test
    void aMaskOfWhichNothingCountsIsRefused() {
        Masks.png(file, 2, 7, 255);
        assertRefused(NUMBERS, "no pixel counts");
        Masks.coloured(file, 2, 0, 0);
        assertRefused(COLOURS, "no pixel counts");
    }

    @Test
    void coloursWhereNumbersAreExpectedAreRefusedWithTheKeyForThem() {
        Masks.coloured(file, 2, 0x808080, 0x400080);
        assertRefused(NUMBERS, "found one with colours or alpha; where colours stand for classes, set data.colours");
    }

    @Test
    void sixteenBitsAreRefused() {
        Images.write(file, Images.encode(new BufferedImage(3, 2, BufferedImage.TYPE_USHORT_GRAY), "png"));
        assertRefused(NUMBERS, "found one of 16 bits");
    }

    @Test
    void aTruncatedMaskIsRefusedEvenWhereTruncatedImagesAreNot() throws IOException {
        for (MaskReading reading : List.of(NUMBERS, COLOURS)) {
            Images.write(file, Images.encode(Images.gradient(90, 70, BufferedImage.TYPE_INT_RGB), "png"));
            if (reading == NUMBERS) {
                Masks.pair(folder.resolve("i.png"), file, 90, 70, 0, 1, 1, 0, 7);
            }
            Images.write(file, Images.firstPart(Files.readAllBytes(file), 0.7));
            assertRefused(reading, "cannot be decoded, it is truncated or damaged");
            assertThatThrownBy(() -> reading.read(DECODER, file)).hasMessageNotContaining("data.truncatedImages");
        }
    }

    @Test
    void lossyFormatsAreRefused() {
        Images.write(file, Images.encode(Images.gradient(9, 7, BufferedImage.TYPE_INT_RGB), "jpg"));
        assertRefused(NUMBERS, "expected a PNG, which keeps every pixel as it is, found JPEG");
        assertRefused(COLOURS, "expected a PNG, which keeps every pixel as it is, found JPEG");
    }
}
