package dev.inlay.data.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PictureNamesTest {
    private static final Path CORPUS = Path.of("src/test/resources/images/corpus");

    @Test
    void picturesThatAreDecodedAreToldByNameAndByFirstBytes() throws IOException {
        List<Path> pictures;
        try (Stream<Path> files = Files.list(CORPUS)) {
            pictures = files.filter(file -> file.toString().matches(".*\\.(jpg|png|webp|gif|bmp|tif)"))
                    .toList();
        }
        assertThat(pictures).hasSizeGreaterThan(50);
        for (Path picture : pictures) {
            String name = picture.getFileName().toString();
            assertThat(PictureNames.isDecoded(name.substring(name.lastIndexOf('.') + 1)))
                    .as(name)
                    .isTrue();
            try (InputStream in = Files.newInputStream(picture)) {
                assertThat(PictureNames.beginsAsPicture(in.readNBytes(PictureNames.HEAD)))
                        .as(name)
                        .isTrue();
            }
        }
    }

    @Test
    void textIsNoPictureWhateverItsFirstLetters() {
        for (String text :
                List.of("", "BM", "BMW and other cars", "II. A chapter", "MMXXVI", "GIF, JPEG or PNG?", "RIFF")) {
            assertThat(PictureNames.beginsAsPicture(text.getBytes(StandardCharsets.UTF_8)))
                    .as(text)
                    .isFalse();
        }
    }

    @Test
    void formatsThatAreNotDecodedAreKnownByName() {
        assertThat(PictureNames.isOfAnotherFormat("HEIC")).isTrue();
        assertThat(PictureNames.isDecoded("heic")).isFalse();
        assertThat(PictureNames.isOfAnotherFormat("TIFF")).isFalse();
        assertThat(PictureNames.isOfAnotherFormat("txt")).isFalse();
    }
}
