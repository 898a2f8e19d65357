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

class ImageNamesTest {
    private static final Path CORPUS = Path.of("src/test/resources/images/corpus");

    @Test
    void imagesThatAreDecodedAreToldByNameAndByFirstBytes() throws IOException {
        List<Path> images;
        try (Stream<Path> files = Files.list(CORPUS)) {
            images = files.filter(file -> file.toString().matches(".*\\.(jpg|png|webp|gif|bmp|tif)"))
                    .toList();
        }
        assertThat(images).hasSizeGreaterThan(50);
        for (Path image : images) {
            String name = image.getFileName().toString();
            assertThat(ImageNames.isDecoded(name.substring(name.lastIndexOf('.') + 1)))
                    .as(name)
                    .isTrue();
            try (InputStream in = Files.newInputStream(image)) {
                assertThat(ImageNames.beginsAsImage(in.readNBytes(ImageNames.HEAD)))
                        .as(name)
                        .isTrue();
            }
        }
    }

    @Test
    void textIsNoImageWhateverItsFirstLetters() {
        for (String text :
                List.of("", "BM", "BMW and other cars", "II. A chapter", "MMXXVI", "GIF, JPEG or PNG?", "RIFF")) {
            assertThat(ImageNames.beginsAsImage(text.getBytes(StandardCharsets.UTF_8)))
                    .as(text)
                    .isFalse();
        }
    }

    @Test
    void formatsThatAreNotDecodedAreKnownByName() {
        assertThat(ImageNames.isOfAnotherFormat("HEIC")).isTrue();
        assertThat(ImageNames.isDecoded("heic")).isFalse();
        assertThat(ImageNames.isOfAnotherFormat("TIFF")).isFalse();
        assertThat(ImageNames.isOfAnotherFormat("txt")).isFalse();
    }
}
