package dev.inlay.record;

import dev.inlay.random.Key;
import java.util.ArrayList;
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
        return builder("sign-language-digits", "SPT-LoRA, rank 8, budget 84,000", digits(), 12)
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
        return builder("grocery & <b>store</b>", "SPT-Adapter, bottleneck 8, τ = 400,000", names, 32)
                .build();
    }

    /** Only what every run has: no plan, no baseline, no curves, no confusion. */
    public static RunRecord minimal() {
        return RunRecord.of("features-only", "Linear", "vit_tiny_patch16_224")
                .test(new Accuracy(0.5, 0.9, 0.48, 1.4, 200))
                .trainableParameters(new TrainableParameters(1930, 0, 1930, 0, 0, 0, 0))
                .taskBytes(9_000)
                .backboneSize(22_871_384, 5_524_416)
                .config("tune: linear\n")
                .provenance(new Provenance("0.1.0", null, null, null, null, 0, null, null, null, 0, null, null))
                .build();
    }

    private static List<String> digits() {
        return List.of("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine");
    }

    private static Sample builder(String name, String method, List<String> classNames, int depth) {
        return new Sample(name, method, classNames, depth);
    }

    private static final class Sample {
        private final SplittableRandom random;
        private final RunRecord.Builder run;

        Sample(String name, String method, List<String> classNames, int depth) {
            random = Key.of(1, name).stream();
            PlanRecord plan = plan(depth);
            int classes = classNames.size();
            Confusion confusion = confusion(classNames);
            long test =
                    IntStream.range(0, classes).mapToLong(confusion::examples).sum();
            long right = IntStream.range(0, classes)
                    .mapToLong(i -> confusion.count(i, i))
                    .sum();
            double top1 = (double) right / test;
            run = RunRecord.of(name, method, "vit_tiny_patch16_224")
                    .data(new DataRecord(name, classes, 1000, 200, test, 3))
                    .test(new Accuracy(top1, 0.996, top1 - 0.0031, 0.2713, test))
                    .bestOnTest(new BestOnTest(top1 + 0.006, 8))
                    .linear(linear(top1 - 0.142, test))
                    .trainableParameters(TrainableParameters.ofParts(
                            (DIM + 1L) * classes,
                            0,
                            cost(plan, Tuned.MODULE),
                            cost(plan, Tuned.WHOLE),
                            cost(plan, Tuned.SPARSE),
                            DIM))
                    .taskBytes(4 * (plan.cost() + (DIM + 1L) * classes) + 8L * cost(plan, Tuned.SPARSE) + 9_000)
                    .backboneSize(22_097_664, 5_524_416)
                    .addSeconds(Phase.LOAD, 2.4)
                    .addSeconds(Phase.PROBE, 31)
                    .addSeconds(Phase.SENSITIVITY, 18.2)
                    .addSeconds(Phase.ALLOCATION, 0.4)
                    .addSeconds(Phase.TRAIN, 212)
                    .addSeconds(Phase.EVALUATION, 39)
                    .addSeconds(Phase.REPORT, 0.3)
                    .peakResidentBytes(1_483_000_000L)
                    .confusion(confusion)
                    .mistakes(mistakes(classNames))
                    .plan(plan)
                    .warning("3 images could not be decoded and were skipped (see run.log)")
                    .config(
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
                            """)
                    .provenance(new Provenance(
                            "0.1.0",
                            "17.0.15",
                            "2.10.0",
                            "mkl",
                            "cpu",
                            2,
                            "AVX512",
                            List.of(),
                            "2026-11-22T12:40:11Z",
                            1,
                            Map.of("run", 0L),
                            fingerprints()));
            curves(top1);
        }

        Sample search() {
            double[] rates = {5e-4, 1e-3, 2e-3};
            double[] decays = {0, 1e-4};
            for (double rate : rates) {
                for (double decay : decays) {
                    Map<String, String> settings = new LinkedHashMap<>();
                    settings.put("train.learningRate", Double.toString(rate));
                    settings.put("train.weightDecay", Double.toString(decay));
                    run.trial(new SearchTrial(
                            settings, 0.90 + 0.05 * random.nextDouble(), 201, rate == 1e-3 && decay > 0));
                }
            }
            run.addSeconds(Phase.SEARCH, 1206);
            run.firstBlock(FirstBlockRecord.of(
                    List.of(
                            new FirstBlockTrial(0, 0.945, 201, false),
                            new FirstBlockTrial(3, 0.95, 151, false),
                            new FirstBlockTrial(6, 0.935, 98, false),
                            new FirstBlockTrial(9, 0.86, 47, false)),
                    200));
            run.repeats(List.of(new Repeat(1, 0.951), new Repeat(2, 0.962)));
            return this;
        }

        RunRecord build() {
            return run.build();
        }

        private void curves(double top1) {
            for (int epoch = 1; epoch <= 10; epoch++) {
                double t = epoch / 10.0;
                run.epoch(new EpochRecord(
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
            return new PlanRecord("lora", RANK, 10, 5, 84_000L, tau, cost, tensors);
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
            return new Baseline(new Accuracy(top1, 0.97, top1 - 0.004, 0.71, examples), tried);
        }

        private Confusion confusion(List<String> classNames) {
            int classes = classNames.size();
            long[][] counts = new long[classes][classes];
            for (int label = 0; label < classes; label++) {
                counts[label][label] = 90L + random.nextInt(12);
                for (int other = 0; other < 3; other++) {
                    counts[label][(label + 1 + random.nextInt(3)) % classes] += random.nextInt(5);
                }
            }
            return Confusion.of(classNames, counts);
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
