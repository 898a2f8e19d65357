package dev.inlay.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.inlay.data.Images;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Normalization;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Maps;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Logits of overlapping windows, against {@code golden/masks}. */
class SlidingWindowTest {
    private static final JsonNode TOLERANCE =
            JsonNodeFactory.instance.objectNode().put("absolute", 1e-6).put("of_largest", 1e-5);
    private static final int CLASSES = 3;

    private static ImageTransform windows(int height, int width) {
        return ImageTransform.direct(height, width, Normalization.IMAGENET, ExifOrientation.APPLY);
    }

    /** What the fixture's network does: what it says of a pixel depends on the whole window. */
    private static Tensor network(Tensor x) {
        float[] filters = new float[CLASSES * 27];
        for (int i = 0; i < filters.length; i++) {
            filters[i] = (float) (0.3 * Math.sin(0.37 * i + 0.2));
        }
        Tensor y = Maps.convolved(x, Tensors.of(filters, CLASSES, 3, 3, 3), Tensors.optional(null), 1);
        return y.mul(
                x.mean(new long[] {1, 2, 3}, true, new ScalarTypeOptional()).add(new Scalar(1)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"slide", "slideSmall"})
    void logitsAreThoseOfTheReference(String name) {
        JsonNode meta = Golden.json("masks/slide.json");
        Map<String, Tensor> golden = Golden.tensors("masks/" + name + ".safetensors");
        RawImage image = image(golden.get("image"));
        SlidingWindow sliding = new SlidingWindow(
                meta.get("stride").get(0).asInt(), meta.get("stride").get(1).asInt());
        ImageTransform transform = windows(
                meta.get("window").get(0).asInt(), meta.get("window").get(1).asInt());
        try (PointerScope scope = new PointerScope()) {
            Tensor logits = sliding.logits(image, transform, CLASSES, Device.CPU, SlidingWindowTest::network);
            Golden.assertClose(name, logits.squeeze(), golden.get("logits"), TOLERANCE);
            Tensor scales = sliding.multiScale(
                    image, image.height(), image.width(), transform, CLASSES, Device.CPU, SlidingWindowTest::network);
            Golden.assertClose(
                    name + " at several scales",
                    scales.squeeze(),
                    Golden.tensors("masks/" + name + "Scales.safetensors").get("logits"),
                    TOLERANCE);
        }
    }

    private static RawImage image(Tensor stored) {
        float[] samples = Tensors.floats(stored.to(org.bytedeco.pytorch.global.torch.ScalarType.Float));
        byte[] rgb = new byte[samples.length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (int) samples[i];
        }
        return new RawImage((int) stored.size(1), (int) stored.size(0), rgb);
    }

    @Test
    void aFixedNumberOfWindowsIsComputedAtOnceHoweverLargeTheImage() {
        List<Long> shown = Collections.synchronizedList(new ArrayList<>());
        try (PointerScope scope = new PointerScope()) {
            new SlidingWindow(10, 10)
                    .logits(Images.plain(95, 45, 10, 200, 30), windows(20, 20), CLASSES, Device.CPU, x -> {
                        shown.add(x.size(0));
                        return network(x);
                    });
        }
        // 4 rows and 9 columns of windows
        assertThat(shown.stream().mapToLong(n -> n).sum()).isEqualTo(36);
        assertThat(shown).allSatisfy(n -> assertThat(n).isLessThanOrEqualTo(4));
    }

    @Test
    void anImageOfTheWindowsSizeIsOneWindow() {
        RawImage image = image(Golden.tensors("masks/slide.safetensors").get("image"));
        ImageTransform whole = windows(image.height(), image.width());
        float[] pixels = new float[3 * image.height() * image.width()];
        whole.apply(image, pixels, 0);
        try (PointerScope scope = new PointerScope()) {
            Tensor logits = SlidingWindow.overlapping(image.height(), image.width())
                    .logits(image, whole, CLASSES, Device.CPU, SlidingWindowTest::network);
            Tensor once = network(Tensors.of(pixels, 1, 3, image.height(), image.width()));
            assertThat(Tensors.floats(logits)).containsExactly(Tensors.floats(once));
        }
    }

    @Test
    void windowsThatWouldLeavePixelsOutAreRefused() {
        assertThat(SlidingWindow.overlapping(512, 384)).isEqualTo(new SlidingWindow(341, 256));
        assertThatThrownBy(() -> new SlidingWindow(0, 3)).isInstanceOf(IllegalArgumentException.class);
        RawImage image = Images.plain(40, 40, 1, 2, 3);
        assertThatThrownBy(() -> new SlidingWindow(21, 20)
                        .logits(image, windows(20, 20), CLASSES, Device.CPU, SlidingWindowTest::network))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("steps of 21 x 20 leave pixels out");
    }
}
