package dev.inlay.data.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.random.Key;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RandomErasingTest {
    private static final Key KEY = Key.of(5, "augment");
    private static final int HEIGHT = 30;
    private static final int WIDTH = 40;
    private static final int AREA = HEIGHT * WIDTH;
    private static final float UNTOUCHED = 100;

    @Test
    void changesAsManyImagesAsAsked() {
        RandomErasing erasing = new RandomErasing(0.25, RandomErasing.Mode.CONST, 1);
        long changed = IntStream.range(0, 4000)
                .filter(i -> erased(erasing, KEY.at(i)) > 0)
                .count();
        assertThat(changed / 4000.0).isCloseTo(0.25, within(0.03));
    }

    @Test
    void erasesOneRectangleOfTimmsAreasAndAspectsAnywhere() {
        RandomErasing erasing = new RandomErasing(1, RandomErasing.Mode.CONST, 1);
        double least = 1;
        double most = 0;
        Set<Integer> tops = new HashSet<>();
        for (int i = 0; i < 2000; i++) {
            float[] image = image();
            erasing.apply(image, 0, HEIGHT, WIDTH, KEY.at(i));
            int[] places = IntStream.range(0, AREA).filter(at -> image[at] == 0).toArray();
            int top = places[0] / WIDTH;
            int height = places[places.length - 1] / WIDTH - top + 1;
            int width = places[places.length - 1] % WIDTH - places[0] % WIDTH + 1;
            assertThat(places).hasSize(height * width);
            assertThat((double) height / width).isBetween(0.2, 5.0);
            least = Math.min(least, (double) places.length / AREA);
            most = Math.max(most, (double) places.length / AREA);
            tops.add(top);
        }
        assertThat(least).isBetween(0.015, 0.03);
        assertThat(most).isBetween(0.32, 0.35);
        assertThat(tops).hasSizeGreaterThan(24);
    }

    @ParameterizedTest
    @EnumSource(RandomErasing.Mode.class)
    void fillsRectanglesAsTheModeSays(RandomErasing.Mode mode) {
        float[] image = image();
        new RandomErasing(1, mode, 1).apply(image, 0, HEIGHT, WIDTH, KEY);
        for (int channel = 0; channel < 3; channel++) {
            Set<Float> values = new HashSet<>();
            for (int i = channel * AREA; i < (channel + 1) * AREA; i++) {
                if (image[i] != UNTOUCHED) {
                    values.add(image[i]);
                }
            }
            switch (mode) {
                case CONST -> assertThat(values).containsExactly(0f);
                case RAND -> assertThat(values).hasSize(1).doesNotContain(0f);
                case PIXEL -> assertThat(values).hasSizeGreaterThan(20).allMatch(value -> Math.abs(value) < 6);
            }
        }
    }

    @Test
    void severalRectanglesShareTheArea() {
        RandomErasing erasing = new RandomErasing(1, RandomErasing.Mode.CONST, 4);
        int[] erased =
                IntStream.range(0, 2000).map(i -> erased(erasing, KEY.at(i))).toArray();
        assertThat(Arrays.stream(erased).max().orElseThrow() / (double) AREA).isBetween(0.3, 0.36);
        assertThat(Arrays.stream(erased).distinct().count()).isGreaterThan(100);
    }

    @Test
    void equalKeysEraseTheSameAndOnlyTheImageAtTheOffset() {
        RandomErasing erasing = new RandomErasing(1, RandomErasing.Mode.PIXEL, 1);
        float[] two = new float[2 * 3 * AREA];
        Arrays.fill(two, UNTOUCHED);
        erasing.apply(two, 3 * AREA, HEIGHT, WIDTH, KEY);
        float[] one = image();
        assertThat(Arrays.copyOf(two, 3 * AREA)).isEqualTo(one);
        erasing.apply(one, 0, HEIGHT, WIDTH, KEY);
        assertThat(Arrays.copyOfRange(two, 3 * AREA, 6 * AREA)).isEqualTo(one);
    }

    @Test
    void refusesNumbersOutOfRange() {
        assertThatThrownBy(() -> new RandomErasing(1.1, RandomErasing.Mode.RAND, 1))
                .hasMessage("probability must be a probability in [0, 1], not 1.1");
        assertThatThrownBy(() -> new RandomErasing(0.1, RandomErasing.Mode.RAND, 0))
                .hasMessage("maxCount must be at least 1, not 0");
    }

    private static int erased(RandomErasing erasing, Key key) {
        float[] image = image();
        erasing.apply(image, 0, HEIGHT, WIDTH, key);
        return (int) IntStream.range(0, AREA).filter(i -> image[i] != UNTOUCHED).count();
    }

    private static float[] image() {
        float[] image = new float[3 * AREA];
        Arrays.fill(image, UNTOUCHED);
        return image;
    }
}
