package dev.inlay.data.transform;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.data.RawImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random changes against Pillow, timm and torchvision, with what they draw given. */
class GoldenAugmentTest {
    private static final Path FOLDER = Path.of("src/test/resources/golden/augment");
    private static final int[] IMAGENET_MEAN = {124, 116, 104};

    private interface Change {
        RawImage apply(RawImage image, double argument, PillowAffine affine);
    }

    @ParameterizedTest
    @EnumSource(RandAugmentOperation.class)
    void everyOperationGivesThePixelsOfPillow(RandAugmentOperation operation) {
        assertGolden(operation.name().toLowerCase(Locale.ROOT), operation::apply);
    }

    @Test
    void hueGivesThePixelsOfTorchvision() {
        assertGolden("hue", (image, turn, affine) -> PillowHue.adjust(image, turn));
    }

    private static void assertGolden(String operation, Change change) {
        try (SafeTensorsFile golden = SafeTensorsFile.open(FOLDER.resolve("pictures.safetensors"))) {
            List<String> cases = golden.names().stream()
                    .filter(name -> name.contains("/" + operation + "/"))
                    .toList();
            assertThat(cases).hasSizeGreaterThanOrEqualTo(2);
            for (String name : cases) {
                String[] parts = name.split("/");
                Interpolation interpolation =
                        parts.length > 3 ? Interpolation.valueOf(parts[3].toUpperCase(Locale.ROOT)) : null;
                RawImage made = change.apply(
                        image(golden, parts[0]),
                        Double.parseDouble(parts[2]),
                        new PillowAffine(interpolation, IMAGENET_MEAN));
                assertThat(made.rgb()).as(name).isEqualTo(image(golden, name).rgb());
            }
        }
    }

    private static RawImage image(SafeTensorsFile golden, String name) {
        List<Long> shape = golden.info(name).shape();
        long[] samples = golden.longs(name);
        byte[] rgb = new byte[samples.length];
        IntStream.range(0, rgb.length).forEach(i -> rgb[i] = (byte) samples[i]);
        return new RawImage(shape.get(1).intValue(), shape.get(0).intValue(), rgb);
    }

    @ParameterizedTest
    @EnumSource(RandAugmentOperation.class)
    void everyMagnitudeIsAsStrongAsInTimm(RandAugmentOperation operation) throws IOException {
        JsonNode golden =
                new JsonMapper().readTree(FOLDER.resolve("strengths.json").toFile());
        for (boolean increasing : List.of(false, true)) {
            List<Double> made = new ArrayList<>();
            golden.get("magnitudes")
                    .forEach(magnitude -> made.add(operation.argument(magnitude.asDouble(), increasing, false)));
            List<Double> expected = new ArrayList<>();
            golden.at("/strengths/" + operation.name().toLowerCase(Locale.ROOT))
                    .get(increasing ? "increasing" : "plain")
                    .forEach(strength -> expected.add(strength.asDouble()));
            assertThat(made).hasSize(8).isEqualTo(expected);
        }
    }

    @Test
    void erasedRectanglesHaveTheSizesOfTimm() throws IOException {
        JsonNode golden = json("erased.json");
        assertThat(golden).hasSize(6);
        for (JsonNode one : golden) {
            JsonNode drawn = one.get("drawn");
            TrainCrop.Box made = RandomErasing.size(
                    drawn.get(0).intValue(),
                    drawn.get(1).intValue(),
                    drawn.get(2).intValue(),
                    drawn.get(3).doubleValue(),
                    drawn.get(4).doubleValue());
            assertThat(List.of(made.height(), made.width()))
                    .as("%s", drawn)
                    .containsExactly(
                            one.at("/rectangle/0").intValue(),
                            one.at("/rectangle/1").intValue());
        }
    }

    private static JsonNode json(String file) throws IOException {
        return new JsonMapper().readTree(FOLDER.resolve(file).toFile());
    }
}
