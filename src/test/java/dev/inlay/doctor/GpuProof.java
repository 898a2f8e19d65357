package dev.inlay.doctor;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.SpecJson;
import dev.inlay.data.loading.Batch;
import dev.inlay.kernels.SampledProduct;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.DeviceUpload;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import dev.inlay.tensor.WorkStream;
import dev.inlay.train.Trainer;
import dev.inlay.train.TrainingSettings;
import dev.inlay.train.optim.DecayRule;
import dev.inlay.train.schedule.ConstantSchedule;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Bias;
import dev.inlay.tuning.method.FullFineTuning;
import dev.inlay.tuning.method.Lora;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Proves that a device computes what the CPU does, and measures steps of training there; {@code scripts/gpu} brings it to a machine
 * with a GPU. Prints a line for every check, which begins with PASS or FAIL, and one of CSV for every speed. Needs main classes only.
 *
 * <p>Arguments: device ({@code cpu}, {@code cuda}), size of the ViT ({@code tiny}, {@code base}), batch, steps.
 */
public final class GpuProof {
    private static final int CHECKED_BATCH = 4;
    private static final int CHECKED_STEPS = 5;
    private static final int CHECKED_CLASSES = 10;
    private static final int MEASURED_CLASSES = 100;

    private static final String TINY =
            """
            {"family": "vit", "height": 32, "width": 32, "patch": 16, "dim": 48, "depth": 3, "heads": 3, "hidden": 96}""";
    private static final String BASE =
            """
            {"family": "vit", "height": 224, "width": 224, "patch": 16, "dim": 768, "depth": 12, "heads": 12, "hidden": 3072}""";

    private final Device device;
    private final PrintStream out;
    private boolean failed;

    private GpuProof(Device device, PrintStream out) {
        this.device = device;
        this.out = out;
    }

    public static void main(String[] arguments) {
        Device device = arguments[0].equals("cpu") ? Device.CPU : Device.cuda(0);
        int batch = Integer.parseInt(arguments[2]);
        int steps = Integer.parseInt(arguments[3]);
        System.exit(passes(device, arguments[1], batch, steps, System.out) ? 0 : 1);
    }

    /**
     * Runs every check and measures every method.
     *
     * @param size {@code tiny} or {@code base}
     * @param steps of each measurement, whose later half counts
     * @return whether no check failed
     */
    static boolean passes(Device device, String size, int batch, int steps, PrintStream out) {
        Doctor.facts().forEach((name, value) -> out.println(name + ": " + value));
        GpuProof proof = new GpuProof(device, out);
        proof.check("the device is there", device::required);
        if (!proof.failed) {
            proof.compareWithTheCpu();
            proof.measure(size, batch, steps);
        }
        out.println(proof.failed ? "FAILED" : "ALL PASSED");
        return !proof.failed;
    }

    private void compareWithTheCpu() {
        check("the doctor's steps", () -> Doctor.trainSteps(device));
        if (device.isCuda()) {
            check("uploads arrive whole, on a stream of their own", this::upload);
        }
        check("the sampled product agrees with a dense one", this::sampleProduct);
        methods().forEach(this::compareLosses);
    }

    private void measure(String size, int batch, int steps) {
        for (Precision precision : device.isCuda() ? Precision.values() : new Precision[] {Precision.FLOAT32}) {
            methods()
                    .forEach((name, method) -> check(
                            "steps of " + name + ", " + precision,
                            () -> measure(size, name, method, precision, batch, steps)));
        }
    }

    private static Map<String, TuningSpec> methods() {
        Map<String, TuningSpec> methods = new LinkedHashMap<>();
        methods.put("lora-8-qv", new Lora(8, 8, 0, List.of("attn.q", "attn.v"), List.of()));
        methods.put("bias", new Bias());
        methods.put("full", new FullFineTuning());
        return methods;
    }

    private void check(String what, Runnable body) {
        long begin = System.nanoTime();
        try {
            body.run();
            out.printf(Locale.ROOT, "PASS %s (%.2f s)%n", what, (System.nanoTime() - begin) * 1e-9);
        } catch (RuntimeException | Error e) {
            failed = true;
            out.println("FAIL " + what + ": " + e);
            e.printStackTrace(out);
        }
        out.flush();
    }

    private void upload() {
        int size = 1 << 20;
        try (DeviceUpload upload = new DeviceUpload(device);
                WorkStream stream = WorkStream.on(device)) {
            for (int i = 0; i < 50; i++) {
                float[] values = new float[size];
                Arrays.fill(values, i);
                try (PointerScope scope = new PointerScope()) {
                    Tensor sent = upload.send(List.of(Tensors.of(values, size)))
                            .received()
                            .get(0);
                    require(
                            sent.min().item_float() == i && sent.max().item_float() == i,
                            "upload " + i + " is not what was sent");
                }
            }
            require(WorkStream.current(device) != 0, "the stream is the default one");
        }
    }

    private void sampleProduct() {
        int tokens = 2 * 197;
        int out = 96;
        int in = 80;
        int entries = 700;
        SplittableRandom random = new SplittableRandom(3);
        int[] rows = random.ints(entries, 0, out).toArray();
        int[] columns = random.ints(entries, 0, in).toArray();
        try (PointerScope scope = new PointerScope();
                SampledProduct product = new SampledProduct(device, rows, columns)) {
            Tensor g = device.of(uniform(random, tokens * out), tokens, out);
            Tensor x = device.of(uniform(random, tokens * in), tokens, in);
            float[] found = Tensors.floats(product.gradient(g, x));
            float[] dense = Tensors.floats(g.t().mm(x)); // (out, in)
            require(Arrays.equals(found, Tensors.floats(product.gradient(g, x))), "two products differ");
            for (int i = 0; i < entries; i++) {
                float expected = dense[rows[i] * in + columns[i]];
                require(
                        Math.abs(found[i] - expected) <= 1e-3,
                        "entry " + i + " is " + found[i] + ", expected " + expected);
            }
        }
    }

    private void compareLosses(String name, TuningSpec method) {
        check("losses as on the CPU, float32, " + name, () -> {
            double[] expected = losses(Device.CPU, method, Precision.FLOAT32);
            requireNear(losses(device, method, Precision.FLOAT32), expected, 2e-3);
        });
        if (device.isCuda()) {
            check("losses near the CPU's, bf16, " + name, () -> {
                double[] expected = losses(Device.CPU, method, Precision.FLOAT32);
                requireNear(losses(device, method, Precision.BF16), expected, 0.05);
            });
            check("bit-identical losses twice, float32, " + name, () -> {
                double[] expected = losses(device, method, Precision.FLOAT32);
                requireNear(losses(device, method, Precision.FLOAT32), expected, 0);
            });
        }
    }

    private static double[] losses(Device device, TuningSpec method, Precision precision) {
        try (PointerScope scope = new PointerScope();
                Backbone backbone = backbone(TINY, device);
                Tuning tuning = new Tuning(backbone, method, CHECKED_CLASSES, 0);
                Trainer trainer = new Trainer(tuning, settings(precision, CHECKED_BATCH));
                WorkStream stream = WorkStream.on(device)) {
            Batch batch = batch(backbone, CHECKED_BATCH);
            return IntStream.range(0, CHECKED_STEPS)
                    .mapToDouble(
                            step -> trainer.step(0, step, CHECKED_STEPS, batch).loss())
                    .toArray();
        }
    }

    private void measure(String size, String name, TuningSpec method, Precision precision, int batchSize, int steps) {
        try (PointerScope scope = new PointerScope();
                Backbone backbone = backbone(size.equals("base") ? BASE : TINY, device);
                Tuning tuning = new Tuning(backbone, method, MEASURED_CLASSES, 0);
                Trainer trainer = new Trainer(tuning, settings(precision, batchSize));
                WorkStream stream = WorkStream.on(device)) {
            Batch batch = batch(backbone, batchSize);
            double[] seconds = new double[steps];
            for (int step = 0; step < steps; step++) {
                long begin = System.nanoTime();
                trainer.step(0, step, steps, batch); // reads the loss: the device has done all but the optimiser's part
                seconds[step] = (System.nanoTime() - begin) * 1e-9;
            }
            double[] late = DoubleStream.of(seconds).skip(steps / 2).sorted().toArray();
            double median = late[late.length / 2];
            out.printf(
                    Locale.ROOT,
                    "CSV inlay,%s,%s,%s,%d,%.2f ms,%.0f images/s%n",
                    size,
                    name,
                    precision,
                    batchSize,
                    median * 1e3,
                    batchSize / median);
        }
    }

    private static Backbone backbone(String json, Device device) {
        BackboneSpec spec = SpecJson.parse(json, "the proof's network");
        try (Backbone made = BackboneFamily.of(spec).random("custom", spec, 0)) {
            return made.on(device);
        }
    }

    private static TrainingSettings settings(Precision precision, int batch) {
        return TrainingSettings.builder(1, batch, new ConstantSchedule(1e-3))
                .decay(DecayRule.MATRICES, 1e-2)
                .clipNorm(1.0)
                .precision(precision)
                .build();
    }

    private static Batch batch(Backbone backbone, int size) {
        int height = backbone.height();
        int width = backbone.width();
        float[] pixels = uniform(new SplittableRandom(1), size * 3 * height * width);
        return new Batch(
                IntStream.range(0, size).toArray(),
                backbone.device().of(pixels, size, 3, height, width),
                backbone.device()
                        .of(
                                IntStream.range(0, size)
                                        .mapToLong(i -> i % CHECKED_CLASSES)
                                        .toArray(),
                                size));
    }

    /** In [-1, 1). */
    private static float[] uniform(SplittableRandom random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) (random.nextDouble() * 2 - 1);
        }
        return values;
    }

    private static void requireNear(double[] found, double[] expected, double tolerance) {
        for (int i = 0; i < expected.length; i++) {
            require(
                    Math.abs(found[i] - expected[i]) <= tolerance,
                    "found " + Arrays.toString(found) + ", expected " + Arrays.toString(expected));
        }
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new AssertionError(otherwise);
        }
    }
}
