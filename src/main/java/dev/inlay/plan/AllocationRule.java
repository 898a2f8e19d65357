package dev.inlay.plan;

import dev.inlay.error.ConfigException;
import dev.inlay.error.Spelling;
import dev.inlay.keys.Keys;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How selected weights become tuned tensors, and what that costs (SPT, arXiv 2303.08566). A matrix with m selected
 * weights gets a module if m ≥ cost(module) / α; a vector or prompt of length n with m selected entries is
 * tuned whole if m ≥ n / β; other selected weights are tuned one by one. With α, β ≥ 1 the cost never falls as more weights are selected.
 *
 * @param module what a matrix above its threshold gets
 * @param exceptions what matrices of some operations get instead, such as {@code mlp.fc1}
 * @param rank inner width r of the module, at least 1
 * @param alpha α, at least 1
 * @param beta β, at least 1
 * @param wholeVectors whether vectors may be tuned whole
 * @param mode which forms of tuning are used
 * @param classToken length of the class token if it is tuned (it is then tuned whole and counted), else 0
 */
public record AllocationRule(
        ModuleKind module,
        Map<String, ModuleKind> exceptions,
        int rank,
        double alpha,
        double beta,
        boolean wholeVectors,
        AllocationMode mode,
        int classToken) {

    /**
     * Checks every component.
     *
     * @throws ConfigException naming every value out of range
     */
    public AllocationRule {
        exceptions = Collections.unmodifiableSortedMap(new TreeMap<>(exceptions));
        List<String> problems = new ArrayList<>();
        if (rank < 1) {
            problems.add("rank: expected at least 1, found " + rank);
        }
        requireAtLeastOne("alpha", alpha, problems);
        requireAtLeastOne("beta", beta, problems);
        if (exceptions.containsValue(ModuleKind.ADAPTER_PLUS)) {
            problems.add(
                    "exceptions: adapter-plus stands behind a block and is no module of a matrix; use it as module");
        }
        if (module.isOfBlock() && !exceptions.isEmpty()) {
            problems.add("exceptions: with module " + Keys.label(module) + " no matrix has a module; leave them out");
        }
        if (module.isOfBlock() && mode == AllocationMode.UNSTRUCTURED_ONLY) {
            problems.add("mode: with module " + Keys.label(module) + " there are no individual weights to choose from;"
                    + " use another mode");
        }
        if (classToken < 0) {
            problems.add("classToken: expected a length of 0 or more, found " + classToken);
        }
        if (!problems.isEmpty()) {
            throw new ConfigException("allocation rule", problems);
        }
    }

    /** A rule that gives every matrix the same kind of module. */
    public AllocationRule(
            ModuleKind module,
            int rank,
            double alpha,
            double beta,
            boolean wholeVectors,
            AllocationMode mode,
            int classToken) {
        this(module, Map.of(), rank, alpha, beta, wholeVectors, mode, classToken);
    }

    /**
     * The published settings: rank 8, α 10, β 5, whole vectors on, both forms.
     *
     * @param classToken length of the class token if it is tuned, else 0
     */
    public static AllocationRule published(ModuleKind module, int classToken) {
        return new AllocationRule(module, 8, 10, 5, true, AllocationMode.BOTH, classToken);
    }

    /**
     * Asks whether every exception is one of an operation that is there.
     *
     * @throws ConfigException if no matrix of the candidates is of the operation
     */
    public void requireOperationsOf(List<Candidate> candidates) {
        Set<String> known = new TreeSet<>();
        candidates.stream()
                .filter(candidate -> candidate.kind() == Candidate.Kind.MATRIX)
                .forEach(candidate -> known.add(candidate.operation()));
        for (String operation : exceptions.keySet()) {
            if (!known.contains(operation)) {
                throw new ConfigException(
                        "exceptions: no matrix is of this operation; " + Spelling.expected(operation, known));
            }
        }
    }

    /** What a matrix of an operation gets. */
    public ModuleKind module(String operation) {
        return exceptions.getOrDefault(operation, module);
    }

    /** The kinds of modules that matrices may get, for people: {@code lora}, or {@code lora or ssf}. */
    public String kinds() {
        return Stream.concat(Stream.of(module), exceptions.values().stream())
                .distinct()
                .map(Keys::label)
                .collect(Collectors.joining(" or "));
    }

    /** What the tensor costs once it is structured: its module, or the whole vector or prompt. */
    public long structuredCost(Candidate tensor) {
        return tensor.kind() == Candidate.Kind.MATRIX
                ? module(tensor.operation()).parameters(tensor.rows(), tensor.cols(), rank)
                : tensor.size();
    }

    /** The smallest number of selected weights that makes the tensor structured; empty if no number does. */
    public OptionalLong threshold(Candidate tensor) {
        if (mode == AllocationMode.UNSTRUCTURED_ONLY || (tensor.isVector() && !wholeVectors)) {
            return OptionalLong.empty();
        }
        double divisor = tensor.kind() == Candidate.Kind.MATRIX ? alpha : beta;
        return OptionalLong.of((long) Math.ceil(structuredCost(tensor) / divisor));
    }

    /** Whether selected weights of a tensor below its threshold are tuned one by one. */
    public boolean tunesSingleWeights() {
        return mode != AllocationMode.STRUCTURED_ONLY;
    }

    private static void requireAtLeastOne(String key, double value, List<String> problems) {
        if (!(value >= 1 && value < Double.POSITIVE_INFINITY)) {
            problems.add(
                    key + ": expected a finite number of at least 1 (below 1 the cost could fall as more weights are"
                            + " selected), found " + value);
        }
    }
}
