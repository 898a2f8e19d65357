package dev.inlay.data.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.golden.Golden;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Texts in a PNG are not looked at; everything else is as it was. */
class PngTextTest {
    private static final int AFTER_HEADER = 33;

    private byte[] plain;

    @BeforeEach
    void read() throws IOException {
        plain = Files.readAllBytes(Golden.path("transforms/photo_61x47.png"));
    }

    private byte[] with(String type, byte[] data) {
        byte[] typed = ByteBuffer.allocate(4 + data.length)
                .put(type.getBytes(ISO_8859_1))
                .put(data)
                .array();
        CRC32 sum = new CRC32();
        sum.update(typed);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(plain, 0, AFTER_HEADER);
        all.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        all.writeBytes(typed);
        all.writeBytes(ByteBuffer.allocate(4).putInt((int) sum.getValue()).array());
        all.write(plain, AFTER_HEADER, plain.length - AFTER_HEADER);
        return all.toByteArray();
    }

    @Test
    void everyKindOfTextIsLeftOut() {
        for (String type : new String[] {"tEXt", "zTXt", "iTXt"}) {
            assertThat(PngText.remove(with(type, new byte[] {'k', 0, 0, 1, 2, 3})))
                    .isEqualTo(plain);
        }
    }

    @Test
    void filesWithoutTextStayTheSame() {
        assertThat(PngText.remove(plain)).isSameAs(plain);
        byte[] other = with("gAMA", new byte[] {0, 1, 2, 3});
        assertThat(PngText.remove(other)).isSameAs(other);
        byte[] jpeg = {(byte) 0xff, (byte) 0xd8, 0, 0, 0, 0, 0, 0, 0, 0};
        assertThat(PngText.remove(jpeg)).isSameAs(jpeg);
    }

    @Test
    void aTextThatCannotBeInflatedDoesNotMatter() {
        ImageDecoder decoder = new ImageDecoder(ExifOrientation.APPLY);
        byte[] broken = with("zTXt", new byte[] {'k', 0, 0, 99, 99, 99});
        assertThat(decoder.decode(broken, "broken").rgb())
                .isEqualTo(decoder.decode(plain, "plain").rgb());
    }

    @Test
    void chunksThatEndTooEarlyAreKeptAndTextsThatDoAreNot() {
        byte[] cut = Arrays.copyOf(plain, plain.length - 20);
        assertThat(PngText.remove(cut)).isSameAs(cut);
        byte[] text = with("zTXt", new byte[100]);
        assertThat(PngText.remove(Arrays.copyOf(text, AFTER_HEADER + 50)))
                .isEqualTo(Arrays.copyOf(plain, AFTER_HEADER));
    }
}
