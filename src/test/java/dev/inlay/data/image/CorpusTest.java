package dev.inlay.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.inlay.data.RawImage;
import dev.inlay.error.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Small images of every kind that is read, made by {@code scripts/fixtures/images.py}, against Pillow's pixels. */
class CorpusTest {
    private static final Path FOLDER = Path.of("src/test/resources/images/corpus");

    /** How near the pixels are. */
    private enum Match {
        EXACT,
        WITHIN_ONE,
        OFF,
        REFUSED
    }

    /**
     * An image of the corpus.
     *
     * @param reason why Pillow is not the judge; empty if it is
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Case(String name, int width, int height, String reason, byte[] rgb) {}

    private static List<Case> cases() throws IOException {
        List<Case> cases = new ArrayList<>();
        try (InputStream expected = new GZIPInputStream(Files.newInputStream(FOLDER.resolve("expected.gz")))) {
            for (String line : Files.readAllLines(FOLDER.resolve("list.csv"))) {
                String[] fields = line.split(",", 4);
                int width = Integer.parseInt(fields[1]);
                int height = Integer.parseInt(fields[2]);
                cases.add(new Case(fields[0], width, height, fields[3], expected.readNBytes(width * height * 3)));
            }
            assertThat(expected.read()).isEqualTo(-1);
        }
        return cases;
    }

    /** libjpeg-turbo 3 smooths what scans have not refined yet in another way than 2.1, which Pillow 9.4 has. */
    private static final String SMOOTHED = "cut_50_progressive.jpg";

    private static boolean isCut(Case image) {
        return image.name().startsWith("cut_");
    }

    private static int difference(Case stored) {
        TruncatedImages truncated = isCut(stored) ? TruncatedImages.accept() : TruncatedImages.refuse();
        ImageDecoder decoder = new ImageDecoder(ExifOrientation.APPLY, ImageLimits.DEFAULT, truncated);
        RawImage image = decoder.decode(FOLDER.resolve(stored.name()));
        assertThat(image.width()).isEqualTo(stored.width());
        assertThat(image.height()).isEqualTo(stored.height());
        assertThat(truncated.names()).hasSize(isCut(stored) ? 1 : 0);
        int most = 0;
        for (int i = 0; i < image.rgb().length; i++) {
            most = Math.max(most, Math.abs((image.rgb()[i] & 0xff) - (stored.rgb()[i] & 0xff)));
        }
        return most;
    }

    @TestFactory
    Stream<DynamicTest> imagesAreThoseOfPillowOrOneOff() throws IOException {
        return cases().stream()
                .map(image -> dynamicTest(image.name(), () -> assertThat(difference(image))
                        .as("largest difference")
                        .isLessThanOrEqualTo(image.name().equals(SMOOTHED) ? 2 : 1)));
    }

    @Test
    void onlyInksAndSamplesOfFiveBitsAreOneOff() throws IOException {
        Map<Match, List<String>> found = new EnumMap<>(Match.class);
        for (Case image : cases()) {
            Match match;
            try {
                int difference = difference(image);
                match = difference == 0 ? Match.EXACT : difference == 1 ? Match.WITHIN_ONE : Match.OFF;
            } catch (DataException e) {
                match = Match.REFUSED;
            }
            found.computeIfAbsent(match, m -> new ArrayList<>()).add(image.name());
        }
        found.forEach((match, names) -> System.out.printf("%s: %d%n", match, names.size()));
        assertThat(found).doesNotContainKey(Match.REFUSED);
        assertThat(found.getOrDefault(Match.OFF, List.of())).containsExactly(SMOOTHED);
        assertThat(found.get(Match.WITHIN_ONE)).allMatch(name -> name.matches("(cmyk|ycck).*\\.jpg|rgb5[56]5\\.bmp"));
    }

    @Test
    void truncatedImagesAreRefusedUnlessTheyAreAccepted() throws IOException {
        ImageDecoder decoder = new ImageDecoder(ExifOrientation.APPLY);
        for (Case image : cases()) {
            if (isCut(image)) {
                Path file = FOLDER.resolve(image.name());
                assertThat(catchThrowable(() -> decoder.decode(file)))
                        .as(image.name())
                        .isInstanceOf(DataException.class)
                        .hasMessageStartingWith(file + ": cannot be decoded, it is truncated or damaged")
                        .hasMessageEndingWith("or have training use what is there (data.truncatedImages: accept)");
            }
        }
    }
}
