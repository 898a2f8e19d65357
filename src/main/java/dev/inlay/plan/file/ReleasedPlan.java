package dev.inlay.plan.file;

import dev.inlay.checkpoint.pth.PthFile;
import dev.inlay.checkpoint.pth.TensorView;
import dev.inlay.error.DataException;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.FlatIndices;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanCost;
import dev.inlay.plan.PlanSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * A plan as SPT's authors released it for ViT-B/16 ({@code sensitivity_<exp>/<task>/param_req_<budget>.pth} of
 * <a href="https://github.com/ziplab/SPT">ziplab/SPT</a>). It says which matrices and vectors are tuned and which entries
 * of all other tensors, but neither the kind of module nor how many entries were selected: the kind is the one whose
 * published rank gives the count that the file has.
 */
public final class ReleasedPlan {
    private static final String TABLE = "unstructured_name_shapes";
    private static final String POSITIONS = "unstructured_indexes";
    private static final String STRUCTURED = "structured_params";
    private static final String TOTAL = "params";
    private static final String MATRICES = "tuned_matrices";
    private static final String VECTORS = "tuned_vectors";
    private static final List<String> OPERATIONS =
            List.of("attn.q", "attn.k", "attn.v", "attn.proj", "mlp.fc1", "mlp.fc2");

    private final PthFile file;
    private final Map<?, ?> content;
    private final Map<String, List<Integer>> table = new LinkedHashMap<>();

    private ReleasedPlan(PthFile file) {
        this.file = file;
        if (!(file.content() instanceof Map<?, ?> map)) {
            throw refuse("expected a plan of SPT's authors, found another kind of value");
        }
        this.content = map;
    }

    /** Whether a file is of this kind; false for one that cannot be read. */
    public static boolean recognises(Path path) {
        if (!PthFile.recognises(path)) {
            return false;
        }
        try (PthFile file = PthFile.open(path)) {
            return file.content() instanceof Map<?, ?> map && map.containsKey(MATRICES) && map.containsKey(TABLE);
        } catch (DataException e) {
            return false; // opening it as a checkpoint says why
        }
    }

    /**
     * Reads a plan. It has no {@code choices}, and τ 0, because the file says neither.
     *
     * @throws DataException if the file is damaged, or its parts contradict each other
     */
    public static Plan read(Path path) {
        try (PthFile file = PthFile.open(path)) {
            return new ReleasedPlan(file).plan();
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new DataException(path + ": " + e.getMessage(), e);
        }
    }

    private Plan plan() {
        readTable();
        List<Candidate> matrices = matrices();
        List<Candidate> vectors = vectors();
        Map<String, FlatIndices> sparse = sparse();
        long wholes = vectors.stream().mapToLong(Candidate::size).sum();
        long modules = whole(STRUCTURED) - wholes;
        AllocationRule rule = AllocationRule.published(kind(matrices, modules), width());
        long single = sparse.values().stream().mapToLong(FlatIndices::size).sum();
        PlanCost cost = new PlanCost(modules, wholes, single, rule.classToken());
        double millions = number(TOTAL);
        if ((float) millions != cost.total() / 1e6f) {
            throw refuse("'" + TOTAL + "': expected " + cost.total() / 1e6f + " millions, the sum of its parts, found "
                    + millions);
        }
        return new Plan(
                rule,
                matrices.stream().map(Candidate::name).toList(),
                vectors.stream().map(Candidate::name).toList(),
                List.of(),
                sparse,
                cost,
                0,
                OptionalLong.empty(),
                List.of(),
                List.of(
                        "Released by SPT's authors; the file does not say how many weights were selected, so tau is 0."),
                new PlanSource("a ViT of SPT's authors", "released by SPT's authors"));
    }

    private void readTable() {
        map(TABLE).forEach((name, shape) -> {
            List<Integer> sizes = new ArrayList<>();
            for (Object size : shape instanceof Object[] tuple ? tuple : new Object[0]) {
                sizes.add(size instanceof Number number ? Math.toIntExact(number.longValue()) : 0);
            }
            if (!(name instanceof String text) || sizes.isEmpty() || sizes.size() > 2 || sizes.contains(0)) {
                throw refuse("'" + TABLE + "': expected names of matrices and vectors with their sizes");
            }
            table.put(text, sizes);
        });
    }

    private List<Candidate> matrices() {
        List<Candidate> matrices = new ArrayList<>();
        List<?> blocks = list(MATRICES);
        for (int block = 0; block < blocks.size(); block++) {
            if (!(blocks.get(block) instanceof List<?> flags) || flags.size() != OPERATIONS.size()) {
                throw refuse("'" + MATRICES + "': expected " + OPERATIONS.size() + " numbers for block " + block);
            }
            for (int i = 0; i < flags.size(); i++) {
                if (flags.get(i) instanceof Number flag && flag.intValue() == 1) {
                    String operation = OPERATIONS.get(i);
                    matrices.add(new Candidate(
                            "blocks." + block + "." + operation + ".weight",
                            Candidate.Kind.MATRIX,
                            rows(operation),
                            operation.equals("mlp.fc2") ? hidden() : width(),
                            block,
                            operation));
                }
            }
        }
        return matrices;
    }

    private List<Candidate> vectors() {
        List<Candidate> vectors = new ArrayList<>();
        for (Object entry : list(VECTORS)) {
            if (!(entry instanceof String name) || table.containsKey(name)) {
                throw refuse("'" + VECTORS + "': expected names that '" + TABLE + "' does not have, found " + entry);
            }
            int rows = name.endsWith(".mlp.fc1.bias") ? hidden() : width();
            vectors.add(new Candidate(name, Candidate.Kind.VECTOR, rows, 1, -1, name));
        }
        return vectors;
    }

    private int rows(String operation) {
        return operation.equals("mlp.fc1") ? hidden() : width();
    }

    /** D, as some normalisation, attention or second bias of an MLP has it. */
    private int width() {
        return size(Stream.of(".norm1.", ".norm2.", ".attn.q.", ".attn.k.", ".attn.v.", ".attn.proj.", ".mlp.fc2."));
    }

    /** What the first product of an MLP gives. */
    private int hidden() {
        return size(Stream.of(".mlp.fc1."));
    }

    private int size(Stream<String> operations) {
        return operations
                .flatMap(operation -> table.entrySet().stream()
                        .filter(entry -> entry.getKey().contains(operation))
                        .map(entry -> entry.getValue().get(0)))
                .findFirst()
                .orElseThrow(() -> refuse("'" + TABLE + "': expected a tensor that tells the network's width, found "
                        + table.size() + " others"));
    }

    private Map<String, FlatIndices> sparse() {
        if (!(content.get(POSITIONS) instanceof TensorView view) || view.isFloating()) {
            throw refuse("'" + POSITIONS + "': expected a tensor of positions");
        }
        long[] positions = file.longs(view);
        Map<String, FlatIndices> sparse = new LinkedHashMap<>();
        long start = 0;
        int next = 0;
        for (Map.Entry<String, List<Integer>> entry : table.entrySet()) {
            long end = Math.addExact(
                    start,
                    entry.getValue().stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact));
            int first = next;
            while (next < positions.length && positions[next] < end) {
                positions[next] -= start;
                next++;
            }
            if (next > first) {
                long[] own = Arrays.copyOfRange(positions, first, next);
                sparse.put(entry.getKey(), FlatIndices.ofLongs(own));
            }
            start = end;
        }
        if (next < positions.length) {
            throw refuse("'" + POSITIONS + "': expected positions below " + start + ", found " + positions[next]);
        }
        return sparse;
    }

    private ModuleKind kind(List<Candidate> matrices, long modules) {
        for (ModuleKind kind : List.of(ModuleKind.LORA, ModuleKind.ADAPTER)) {
            AllocationRule rule = AllocationRule.published(kind, 0);
            if (matrices.stream().mapToLong(rule::structuredCost).sum() == modules) {
                return kind;
            }
        }
        throw refuse("'" + STRUCTURED + "': " + modules + " parameters of " + matrices.size()
                + " modules are neither LoRA's nor adapters' of the published rank");
    }

    private Map<?, ?> map(String key) {
        if (content.get(key) instanceof Map<?, ?> map) {
            return map;
        }
        throw refuse("'" + key + "': expected a dictionary");
    }

    private List<?> list(String key) {
        if (content.get(key) instanceof List<?> list) {
            return list;
        }
        throw refuse("'" + key + "': expected a list");
    }

    private long whole(String key) {
        double number = number(key);
        if (number != Math.rint(number)) {
            throw refuse("'" + key + "': expected a whole number, found " + number);
        }
        return (long) number;
    }

    /** A number, or a tensor of one. */
    private double number(String key) {
        Object value = content.get(key);
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        if (value instanceof TensorView view && view.elements() == 1) {
            return view.isFloating() ? file.floats(view)[0] : file.longs(view)[0];
        }
        throw refuse("'" + key + "': expected a number");
    }

    private DataException refuse(String problem) {
        return new DataException(file.path() + ": " + problem + "; expected a plan of SPT's authors");
    }
}
