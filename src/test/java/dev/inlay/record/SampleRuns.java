package dev.inlay.record;

import dev.inlay.random.Key;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Made-up runs with believable numbers. */
public final class SampleRuns {
    private static final int DIM = 192;
    private static final int RANK = 8;

    private SampleRuns() {}

    /** Every part present: a ViT-Ti tuned by a plan on ten classes. */
    public static RunRecord planned() {
        return new Sample("sign-language-digits", "SPT-LoRA, rank 8, budget 84,000", digits(), 12)
                .search()
                .build();
    }

    /** A hundred classes with long names, some of them markup, and a backbone of 32 blocks. */
    public static RunRecord manyClasses() {
        List<String> names = IntStream.range(0, 100)
                .mapToObj(i -> i % 10 == 0
                        ? "<script>alert(" + i + ")</script> & \"quoted\""
                        : "Oat-Milk-with-Calcium-and-Vitamins-Unsweetened-Family-Size/Variety-" + i)
                .toList();
        return new Sample("grocery & <b>store</b>", "SPT-Adapter, bottleneck 8, τ = 400,000", names, 32).build();
    }

    /** Three folds of a cross-validation, each with settings of its own. */
    public static RunRecord crossValidated() {
        Sample sample = new Sample("sign-language-digits", "LoRA, rank 8", digits(), 12);
        sample.folds = IntStream.rangeClosed(1, 3)
                .mapToObj(fold -> new FoldRecord(
                        fold,
                        "fold-" + fold,
                        new Accuracy(0.9 + 0.01 * fold, 1, 0.9, 0.3, 100),
                        0.8,
                        Map.of("train.learningRate", "0.00" + fold)))
                .toList();
        return sample.build();
    }

    /** Three members that predict together. */
    public static RunRecord ensemble() {
        Sample sample = new Sample("sign-language-digits", "3 × spt", digits(), 12);
        sample.members = IntStream.rangeClosed(1, 3)
                .mapToObj(member -> new MemberRecord(
                        "spt",
                        1000 + member,
                        new Accuracy(0.9 + 0.01 * member, 1, 0.9, 0.3, 100),
                        TrainableParameters.ofParts(1930, 0, 3000, 200, 100, 192),
                        null,
                        sample.curves))
                .toList();
        return sample.build();
    }

    /** Only what every run has: no plan, no baseline, no curves, no confusion. */
    public static RunRecord minimal() {
        return new RunRecord(
                "features-only",
                "Linear",
                "vit_tiny_patch16_224",
                null,
                new Accuracy(0.5, 0.9, 0.48, 1.4, 200),
                null,
                Map.of(),
                new TrainableParameters(1930, 0, 1930, 0, 0, 0, 0),
                9_000,
                22_871_384,
                5_524_416,
                Map.of(),
                null,
                List.of(),
                null,
                null,
                null,
                null,
                List.of(),
                List.of(),
                null,
                List.of(),
                null,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                "tune: linear\n",
                new Provenance("0.1.0", null, null, null, null, 0, null, null, null, null, 0, null, null));
    }

    /** A class for every pixel: one class that no image has, two images that went worst. */
    public static RunRecord masks() {
        Map<String, Double> iou = new LinkedHashMap<>();
        iou.put("sky", 0.9);
        iou.put("road & rail", 0.4);
        iou.put("boat", null);
        return new RunRecord(
                "street",
                "LoRA, rank 8",
                "vit_tiny_patch16_224",
                new DataRecord("masks", 3, 300, 50, 2, 0, null, null),
                new MaskQuality(0.65, 0.88, 0.79, 0.31, 0.42, iou, 2),
                null,
                Map.of(
                        RunRecord.LINEAR,
                        new Baseline(new MaskQuality(0.5, 0.8, 0.7, null, 0.6, iou, 2), List.of(), null)),
                new TrainableParameters(1930, 0, 1930, 0, 0, 0, 0),
                9_000,
                22_871_384,
                5_524_416,
                Map.of(Phase.TRAIN, 60.0),
                null,
                List.of(new EpochRecord(1, 0.001, 1.2, null, 0.6, null, 1.0, 12.0, 25.0)),
                null,
                ConfusionRecord.of(
                        List.of("sky", "road & rail", "boat"),
                        new long[][] {{900_000, 100_000, 0}, {50_000, 150_000, 0}, {0, 0, 0}}),
                null,
                null,
                List.of(),
                List.of(new ImageIou(1, "images/<1>.png", 0.31), new ImageIou(0, "images/0.png", 0.72)),
                null,
                List.of(),
                null,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                "head: linear\n",
                new Provenance("0.1.0", null, null, null, null, 0, null, null, null, null, 0, null, null));
    }

    private static List<String> digits() {
        return List.of("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine");
    }

    private static final class Sample {
        private static final String CONFIG =
                """
            # canonical
            backbone:
              variant: vit_tiny_patch16_224
              weights: deit_tiny_patch16_224.safetensors
            data:
              kind: vtab
              root: sign-language-digits
              exifOrientation: apply
            tune:
              plan:
                module: lora
                rank: 8
                alpha: 10.0
                beta: 5.0
                budget: 84000
            train:
              epochs: 10
              batchSize: 64
              optimiser: adamw
              learningRate: 0.001
              weightDecay: 0.0001
            seed: 0
            """;

        private final SplittableRandom random;
        private final String name;
        private final String method;
        private final PlanRecord plan;
        private final ConfusionRecord confusion;
        private final List<Mistake> mistakes;
        private final List<EpochRecord> curves;
        private final Map<Phase, Double> seconds = new EnumMap<>(Phase.class);
        private final List<SearchTrial> search = new ArrayList<>();
        private final double top1;
        private final long test;
        private FirstBlockRecord firstBlock;
        private List<Repeat> repeats = List.of();
        private List<MemberRecord> members = List.of();
        private List<FoldRecord> folds = List.of();

        Sample(String name, String method, List<String> classNames, int depth) {
            this.name = name;
            this.method = method;
            random = Key.of(1, name).stream();
            plan = plan(depth);
            int classes = classNames.size();
            confusion = confusion(classNames);
            test = IntStream.range(0, classes).mapToLong(confusion::examples).sum();
            long right = IntStream.range(0, classes)
                    .mapToLong(i -> confusion.count(i, i))
                    .sum();
            top1 = (double) right / test;
            mistakes = mistakes(classNames);
            curves = curves(top1);
            seconds.putAll(Map.of(
                    Phase.LOAD, 2.4,
                    Phase.PROBE, 31.0,
                    Phase.SENSITIVITY, 18.2,
                    Phase.ALLOCATION, 0.4,
                    Phase.TRAIN, 212.0,
                    Phase.EVALUATION, 39.0,
                    Phase.REPORT, 0.3));
        }

        /** All classes alike but for the first, which has one image more to train on. */
        private List<ClassCount> perClass(long train) {
            return IntStream.range(0, confusion.classNames().size())
                    .mapToObj(label -> new ClassCount(
                            confusion.classNames().get(label),
                            train + (label == 0 ? 1 : 0),
                            2,
                            confusion.examples(label)))
                    .toList();
        }

        Sample search() {
            double[] rates = {5e-4, 1e-3, 2e-3};
            double[] decays = {0, 1e-4};
            for (double rate : rates) {
                for (double decay : decays) {
                    Map<String, String> settings = new LinkedHashMap<>();
                    settings.put("train.learningRate", Double.toString(rate));
                    settings.put("train.weightDecay", Double.toString(decay));
                    search.add(new SearchTrial(
                            settings, 0.90 + 0.05 * random.nextDouble(), 201, rate == 1e-3 && decay > 0));
                }
            }
            seconds.put(Phase.SEARCH, 1206.0);
            firstBlock = FirstBlockRecord.of(
                    List.of(
                            new FirstBlockTrial(0, 0.945, 201, false),
                            new FirstBlockTrial(3, 0.95, 151, false),
                            new FirstBlockTrial(6, 0.935, 98, false),
                            new FirstBlockTrial(9, 0.86, 47, false)),
                    200);
            repeats = List.of(new Repeat(1, 0.951), new Repeat(2, 0.962));
            return this;
        }

        RunRecord build() {
            int classes = confusion.classNames().size();
            long head = (DIM + 1L) * classes;
            return new RunRecord(
                    name,
                    method,
                    "vit_tiny_patch16_224",
                    new DataRecord(name, classes, 1000, 200, test, 3, 1.25 / classes, perClass(1000 / classes)),
                    new Accuracy(top1, 0.996, top1 - 0.0031, 0.2713, test),
                    new BestOnTest(top1 + 0.006, 8),
                    Map.of(RunRecord.LINEAR, linear(top1 - 0.142, test)),
                    TrainableParameters.ofParts(
                            head, 0, cost(plan, Tuned.MODULE), cost(plan, Tuned.WHOLE), cost(plan, Tuned.SPARSE), DIM),
                    4 * (plan.cost() + head) + 8L * cost(plan, Tuned.SPARSE) + 9_000,
                    22_097_664,
                    5_524_416,
                    seconds,
                    1_483_000_000L,
                    curves,
                    new SelectionRecord(7, 7, top1 - 0.01, true),
                    confusion,
                    confusion.report(),
                    calibration(),
                    mistakes,
                    List.of(),
                    plan,
                    search,
                    firstBlock,
                    repeats,
                    members,
                    folds,
                    List.of("3 images could not be decoded and were skipped (see run.log)"),
                    CONFIG,
                    new Provenance(
                            "0.1.0",
                            "17.0.15",
                            "2.10.0",
                            "mkl",
                            "cpu",
                            2,
                            "float32",
                            "AVX512",
                            List.of(),
                            "2026-11-22T12:40:11Z",
                            1,
                            Map.of("run", 0L),
                            fingerprints()));
        }

        /** A network that is a little too sure, in the five upper bins. */
        private CalibrationRecord calibration() {
            List<CalibrationRecord.Bin> bins = new ArrayList<>();
            for (int bin = 0; bin < 15; bin++) {
                double confidence = (bin + 0.6) / 15;
                bins.add(
                        bin < 10
                                ? new CalibrationRecord.Bin(0, null, null)
                                : new CalibrationRecord.Bin(test / 5, confidence, confidence - 0.02));
            }
            return new CalibrationRecord(1.25, 0.02, 0.05, bins);
        }

        private List<EpochRecord> curves(double top1) {
            List<EpochRecord> curves = new ArrayList<>();
            for (int epoch = 1; epoch <= 10; epoch++) {
                double t = epoch / 10.0;
                curves.add(new EpochRecord(
                        epoch,
                        1e-3 * 0.5 * (1 + Math.cos(Math.PI * (epoch - 1) / 10)),
                        2.3 * Math.exp(-4.2 * t) + 0.06 + 0.02 * random.nextDouble(),
                        Math.min(1, 1 - 0.9 * Math.exp(-4.5 * t)),
                        top1 - 0.75 * Math.exp(-5 * t) + 0.01 * random.nextDouble(),
                        top1 - 0.80 * Math.exp(-5 * t),
                        4 * Math.exp(-2 * t) + 0.6 * random.nextDouble(),
                        21 + random.nextDouble(),
                        47 + random.nextDouble()));
            }
            return curves;
        }

        private PlanRecord plan(int depth) {
            List<TensorRecord> tensors = new ArrayList<>();
            for (int block = 0; block < depth; block++) {
                vectors(tensors, block, depth, "norm1", 60, DIM, "weight", "bias");
                for (String operation : new String[] {"attn.q", "attn.k", "attn.v", "attn.proj"}) {
                    double weight =
                            switch (operation) {
                                case "attn.q" -> 60;
                                case "attn.k" -> 90;
                                case "attn.v" -> 900;
                                default -> 500;
                            };
                    matrix(tensors, block, depth, operation, weight, DIM, DIM);
                    vectors(tensors, block, depth, operation, operation.equals("attn.k") ? 0 : 22, DIM, "bias");
                }
                vectors(tensors, block, depth, "norm2", 40, DIM, "weight", "bias");
                matrix(tensors, block, depth, "mlp.fc1", 1500, 4 * DIM, DIM);
                vectors(tensors, block, depth, "mlp.fc1", 30, 4 * DIM, "bias");
                matrix(tensors, block, depth, "mlp.fc2", 1100, DIM, 4 * DIM);
                vectors(tensors, block, depth, "mlp.fc2", 25, DIM, "bias");
            }
            for (String part : new String[] {"weight", "bias"}) {
                tensors.add(new TensorRecord("norm." + part, null, "norm", part, DIM, 180, 0.09, Tuned.WHOLE, DIM));
            }
            long tau = tensors.stream().mapToLong(TensorRecord::selected).sum();
            long cost = tensors.stream().mapToLong(TensorRecord::parameters).sum() + DIM;
            return new PlanRecord("lora", RANK, 10, 5, 84_000L, tau, cost, null, tensors);
        }

        private void matrix(
                List<TensorRecord> out, int block, int depth, String operation, double scale, int rows, int columns) {
            long selected = selected(block, depth, scale);
            long module = (long) RANK * (rows + columns);
            boolean planned = selected >= module / 10.0;
            long size = (long) rows * columns;
            out.add(tensor(
                    block,
                    operation,
                    "weight",
                    size,
                    selected,
                    planned ? Tuned.MODULE : selected > 0 ? Tuned.SPARSE : Tuned.FROZEN,
                    planned ? module : selected));
        }

        private void vectors(
                List<TensorRecord> out,
                int block,
                int depth,
                String operation,
                double scale,
                int length,
                String... parts) {
            for (String part : parts) {
                long selected = Math.min(length, selected(block, depth, scale));
                boolean whole = selected >= length / 5.0;
                out.add(tensor(
                        block,
                        operation,
                        part,
                        length,
                        selected,
                        whole ? Tuned.WHOLE : selected > 0 ? Tuned.SPARSE : Tuned.FROZEN,
                        whole ? length : selected));
            }
        }

        private TensorRecord tensor(
                int block, String operation, String part, long size, long selected, Tuned tuned, long parameters) {
            String name = "blocks." + block + "." + operation + "." + part;
            return new TensorRecord(name, block, operation, part, size, selected, selected * 1e-5, tuned, parameters);
        }

        private long selected(int block, int depth, double scale) {
            double middle = (block - 0.55 * depth) / (0.3 * depth);
            return Math.round(scale * Math.exp(-middle * middle) * (0.2 + random.nextDouble()));
        }

        private static long cost(PlanRecord plan, Tuned tuned) {
            return plan.tensors().stream()
                    .filter(tensor -> tensor.tuned() == tuned)
                    .mapToLong(TensorRecord::parameters)
                    .sum();
        }

        private Baseline linear(double top1, long examples) {
            List<Regularisation> tried = new ArrayList<>();
            for (int i = 0; i < 9; i++) {
                double l2 = Math.pow(10, -6 + i);
                tried.add(new Regularisation(l2, top1 + 0.01 - 0.004 * (i - 4) * (i - 4), i == 4));
            }
            return new Baseline(
                    new Accuracy(top1, 0.97, top1 - 0.004, 0.71, examples),
                    tried,
                    PairedTest.of(Math.round(0.142 * examples) + 12, 12));
        }

        private ConfusionRecord confusion(List<String> classNames) {
            int classes = classNames.size();
            long[][] counts = new long[classes][classes];
            for (int label = 0; label < classes; label++) {
                counts[label][label] = 90L + random.nextInt(12);
                for (int other = 0; other < 3; other++) {
                    counts[label][(label + 1 + random.nextInt(3)) % classes] += random.nextInt(5);
                }
            }
            return ConfusionRecord.of(classNames, counts);
        }

        private List<Mistake> mistakes(List<String> classNames) {
            List<Mistake> mistakes = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                int label = random.nextInt(classNames.size());
                int predicted = (label + 1 + random.nextInt(3)) % classNames.size();
                mistakes.add(new Mistake(
                        17 * i,
                        "test/" + classNames.get(label) + "/IMG_" + (1100 + 37 * i) + ".JPG",
                        classNames.get(label),
                        classNames.get(predicted),
                        0.999 - 0.02 * i,
                        0.0004 + 0.002 * i));
            }
            return mistakes;
        }

        private static Map<String, String> fingerprints() {
            Map<String, String> fingerprints = new LinkedHashMap<>();
            fingerprints.put("backbone", "b7f0d2a14c0e5b3f9a1d7c8e2f6045ab");
            fingerprints.put("train", "1f6c9e5d0b7a48329c5e6d7f80a1b2c3");
            fingerprints.put("test", "9d8c7b6a5f4e3d2c1b0a99887766554433".substring(0, 32));
            return fingerprints;
        }
    }
}
