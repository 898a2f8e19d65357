package dev.inlay.data.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.inlay.data.Mask;
import dev.inlay.data.RawImage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MaskPngTest {
    private static final ImageDecoder DECODER = new ImageDecoder(ExifOrientation.APPLY);

    @Test
    void anIndexedMaskIsReadAsItWasWritten() {
        byte[] values = new byte[256];
        for (int i = 0; i < values.length; i++) {
            values[i] = (byte) i;
        }
        Mask mask = new Mask(64, 4, values);

        byte[] png = MaskPng.indexed(mask);

        assertArrayEquals(values, DECODER.mask(png, "mask").values());
        RawImage shown = DECODER.decode(png, "mask");
        for (int number = 0; number < values.length; number++) {
            int colour = (shown.rgb()[3 * number] & 0xff) << 16
                    | (shown.rgb()[3 * number + 1] & 0xff) << 8
                    | shown.rgb()[3 * number + 2] & 0xff;
            assertEquals(MaskPalette.colour(number), colour, "class " + number);
        }
    }

    @Test
    void thirtyClassesHaveThirtyColours() {
        assertEquals(
                30, IntStream.range(0, 30).map(MaskPalette::colour).distinct().count());
    }

    @Test
    void anOverlayShowsHalfTheClassAndHalfTheImage() {
        RawImage image = new RawImage(2, 1, new byte[] {100, 100, 100, 10, 20, 30});
        byte[] overlay = MaskPng.overlay(image, new Mask(2, 1, new byte[] {0, (byte) 255}));

        assertArrayEquals(
                new byte[] {50, 50, 50, 10, 20, 30},
                DECODER.decode(overlay, "overlay").rgb());
    }
}
