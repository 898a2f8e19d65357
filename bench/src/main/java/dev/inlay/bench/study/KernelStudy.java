package dev.inlay.bench.study;

import dev.inlay.bench.BenchSuite;
import dev.inlay.bench.Workload;
import dev.inlay.kernels.Attention;
import dev.inlay.kernels.Gelu;
import dev.inlay.kernels.Kernels;
import dev.inlay.kernels.LayerNorm;
import dev.inlay.kernels.SampledProduct;
import dev.inlay.kernels.SparseProduct;
import dev.inlay.tensor.AutogradFunction;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.ProductLibrary;
import dev.inlay.tensor.TokenProduct;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Kernels of Inlay's own beside LibTorch's forms, and LibTorch's two libraries of products, at the sizes of ViTs. */
@Command(
        name = "kernels",
        description =
                "Kernels of Inlay's own and LibTorch's forms of them in turn; so, too, token-wise linear layers by BLAS"
                        + " and by oneDNN.")
public final class KernelStudy extends Study {
    private static final int TOKENS = 197;
    private static final int WIDTH = 768;
    private static final int SAMPLED_IMAGES = 8;
    private static final int SPARSE_IMAGES = 32;
    private static final int LINEAR_IMAGES = 16;
    private static final int HEAD = 64;
    private static final List<Integer> ENTRIES = List.of(50, 500, 5000, 20000);

    /** Side of a square in a corner of the matrix, of whose entries a share is computed. */
    private static final int SIDE = 256;

    private static final double EPSILON = 1e-6;

    private static final double TURN_SECONDS = 0.1;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "7", description = "Turns of each; ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
            names = "--only",
            paramLabel = "REGEX",
            defaultValue = "",
            description = "Only those in whose name this is found, such as 'sampled 768x768 500'.")
    private Pattern only;

    @Override
    void measure() {
        print("%d rounds, %d threads, %s", rounds, LibTorch.threads(), Kernels.describe());
        print(Turns.HEAD);
        if (isNative()) {
            ours();
        }
        for (int[] size : new int[][] {{576, 192}, {768, 192}, {192, 768}, {2304, 768}, {3072, 768}, {768, 3072}}) {
            linear(size, false);
            linear(size, true);
        }
    }

    /** Whether this build has native kernels. */
    static boolean isNative() {
        return Kernels.describe().contains(" native ");
    }

    private void ours() {
        for (int[] size : new int[][] {{768, 768}, {3072, 768}, {768, 3072}}) {
            for (int entries : ENTRIES) {
                sampled("sampled %dx%d %d".formatted(size[0], size[1], entries), size, scattered(size, entries));
            }
        }
        for (double share : new double[] {0.25, 0.5, 1}) {
            int[] size = {WIDTH, WIDTH};
            sampled("sampled %dx%d %d/%s".formatted(size[0], size[1], SIDE, share), size, square(share, size[1]));
        }
        ENTRIES.stream().filter(entries -> entries <= 5000).forEach(this::sparse);
        for (int heads : new int[] {3, 12}) {
            for (ScalarType type : new ScalarType[] {ScalarType.Float, ScalarType.BFloat16}) {
                attention(heads, type, false);
                attention(heads, type, true);
            }
        }
        for (int width : new int[] {768, 3072}) {
            elementwise("gelu", width, ScalarType.Float, Gelu::of);
            elementwise("gelu", width, ScalarType.BFloat16, Gelu::of);
        }
        for (int width : new int[] {192, 768}) {
            norm(width);
        }
        step("vit_tiny_patch16_224");
        step("vit_base_patch16_224");
    }

    private void norm(int width) {
        try (PointerScope scope = new PointerScope()) {
            Tensor scale = torch.randn(width);
            Tensor shift = torch.randn(width);
            elementwise("norm", width, ScalarType.Float, x -> LayerNorm.of(x, scale, shift, EPSILON));
        }
    }

    /** A function of the activations of 16 images, (16, 197, width): forward without gradients, and forward and back. */
    private void elementwise(String function, int width, ScalarType type, UnaryOperator<Tensor> of) {
        String name = "%s %d %s".formatted(function, width, type.toString().toLowerCase(Locale.ROOT));
        if (!only.matcher(name).find()) {
            return;
        }
        try (PointerScope scope = new PointerScope()) {
            Tensor x = torch.randn(LINEAR_IMAGES, TOKENS, width).to(type);
            Tensor leaf = x.clone().set_requires_grad(true);
            Tensor gradient = torch.randn(LINEAR_IMAGES, TOKENS, width).to(type);
            Runnable forward = () -> of.apply(x).close();
            Runnable back = () -> {
                try (AutogradFunction own = new AutogradFunction()) {
                    of.apply(leaf).backward(gradient, new BoolOptional(), false, new TensorArrayRefOptional());
                    leaf.mutable_grad().reset();
                }
            };
            byBoth(name + " forward", forward);
            byBoth(name + " and back", back);
        }
    }

    /** A training step with LoRA, all of whose matrices are frozen. */
    private void step(String backbone) {
        String name = "step " + backbone;
        if (!only.matcher(name).find()) {
            return;
        }
        try (Workload work = Workload.of(BenchSuite.step(backbone, "lora-8-qv", LINEAR_IMAGES), Optional.empty())) {
            byBoth(name, work::run);
        }
    }

    private void byBoth(String name, Runnable work) {
        compare(
                name,
                "native",
                () -> with(Kernels.PROPERTY, "native", work),
                "LibTorch",
                () -> with(Kernels.PROPERTY, "libtorch", work));
    }

    /** The gradient of individual weights of a matrix (out, in), for 8 images of ViT-B/16. */
    private void sampled(String name, int[] size, int[] at) {
        if (!only.matcher(name).find()) {
            return;
        }
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                SampledProduct libTorchs = with(Kernels.PROPERTY, "libtorch", () -> product(at, size[1]));
                SampledProduct ours = with(Kernels.PROPERTY, "native", () -> product(at, size[1]))) {
            Tensor g = torch.randn(SAMPLED_IMAGES * TOKENS, size[0]);
            Tensor x = torch.randn(SAMPLED_IMAGES * TOKENS, size[1]);
            compare(name, "native", () -> ours.gradient(g, x), "LibTorch", () -> libTorchs.gradient(g, x));
        }
    }

    private static SampledProduct product(int[] at, int in) {
        return new SampledProduct(
                Device.CPU,
                Arrays.stream(at).map(i -> i / in).toArray(),
                Arrays.stream(at).map(i -> i % in).toArray());
    }

    private static int[] scattered(int[] size, int entries) {
        return new SplittableRandom(0)
                .ints(0, size[0] * size[1])
                .distinct()
                .limit(entries)
                .sorted()
                .toArray();
    }

    private static int[] square(double share, int in) {
        SplittableRandom random = new SplittableRandom(0);
        return IntStream.range(0, SIDE * SIDE)
                .filter(i -> random.nextDouble() < share)
                .map(i -> i / SIDE * in + i % SIDE)
                .toArray();
    }

    /** What individual weights of 32 tasks add to a product of 32 images of ViT-B/16. */
    private void sparse(int entries) {
        String name = "sparse %dx%d %d".formatted(WIDTH, WIDTH, entries);
        if (!only.matcher(name).find()) {
            return;
        }
        List<SparseProduct.Images> images = new ArrayList<>();
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            int[] at = scattered(new int[] {WIDTH, WIDTH}, entries);
            for (int image = 0; image < SPARSE_IMAGES; image++) {
                SparseProduct product = new SparseProduct(at, torch.randn(entries), WIDTH);
                images.add(new SparseProduct.Images(Optional.of(product), false, image, 1));
            }
            Tensor x = torch.randn(SPARSE_IMAGES, TOKENS, WIDTH);
            Tensor y = torch.zeros(SPARSE_IMAGES, TOKENS, WIDTH);
            byBoth(name, () -> SparseProduct.add(images, null, x, y));
        } finally {
            images.forEach(some -> some.product().orElseThrow().close());
        }
    }

    /** Attention of 16 images in heads of 64, of parts of a fused product; forward alone, or forward and back. */
    private void attention(int heads, ScalarType type, boolean trained) {
        String name = "attention %d %s %s"
                .formatted(heads, type == ScalarType.Float ? "float32" : "bf16", trained ? "trained" : "frozen");
        if (!only.matcher(name).find()) {
            return;
        }
        int width = heads * HEAD;
        try (PointerScope scope = new PointerScope()) {
            Tensor qkv = torch.randn(LINEAR_IMAGES, TOKENS, 3L * width).to(type).set_requires_grad(trained);
            Tensor gradient = torch.randn(LINEAR_IMAGES, TOKENS, width).to(type);
            Runnable pass = () -> {
                try (AutogradFunction own = new AutogradFunction()) {
                    Tensor y = Attention.of(qkv, heads);
                    if (trained) {
                        y.backward(gradient, new BoolOptional(), false, new TensorArrayRefOptional());
                        qkv.mutable_grad().reset();
                    }
                }
            };
            compare(
                    name,
                    "native",
                    () -> with(Kernels.PROPERTY, "native", pass),
                    "LibTorch",
                    () -> with(Kernels.PROPERTY, "libtorch", pass));
        }
    }

    /** A linear layer (out, in) of a ViT forward and back, for 16 images; with the gradient of its matrix or without. */
    private void linear(int[] size, boolean trained) {
        String name = "linear %dx%d %s".formatted(size[0], size[1], trained ? "trained" : "frozen");
        if (!only.matcher(name).find()) {
            return;
        }
        try (PointerScope scope = new PointerScope()) {
            Tensor x = torch.randn(LINEAR_IMAGES, TOKENS, size[1]).set_requires_grad(true);
            Tensor weight = torch.randn(size[0], size[1]).set_requires_grad(trained);
            Tensor gradient = torch.randn(LINEAR_IMAGES, TOKENS, size[0]);
            Runnable pass = () -> {
                try (AutogradFunction own = new AutogradFunction()) {
                    TokenProduct.of(x, weight, null).mul(gradient).sum().backward();
                    x.mutable_grad().reset();
                    weight.mutable_grad().reset();
                }
            };
            compare(
                    name,
                    "blas",
                    () -> with(ProductLibrary.PROPERTY, "blas", pass),
                    "onednn",
                    () -> with(ProductLibrary.PROPERTY, "onednn", pass));
        }
    }

    private static void with(String property, String value, Runnable work) {
        with(property, value, () -> {
            work.run();
            return 0;
        });
    }

    private static <T> T with(String property, String value, Supplier<T> work) {
        String before = System.getProperty(property);
        System.setProperty(property, value);
        try {
            return work.get();
        } finally {
            if (before == null) {
                System.clearProperty(property);
            } else {
                System.setProperty(property, before);
            }
        }
    }

    private void compare(String name, String first, Runnable one, String second, Runnable other) {
        int times = times(one);
        Map<String, Runnable> ways = new LinkedHashMap<>();
        ways.put(name + ", " + first, one);
        ways.put(name + ", " + second, other);
        Turns.measure(rounds, times, ways).lines().forEach(this::print);
    }

    /** How often work has to be done for a turn that the clock can tell. */
    private static int times(Runnable work) {
        Turns once = Turns.measure(1, 1, Map.of("", work));
        return (int) Math.max(1, Math.ceil(TURN_SECONDS / once.ways().get("").median()));
    }
}
