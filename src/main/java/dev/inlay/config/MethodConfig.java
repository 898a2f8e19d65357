package dev.inlay.config;

import dev.inlay.plan.ModuleKind;
import dev.inlay.tuning.Ensemble;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.ConfigurableMethod;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What is tuned besides the head. */
public sealed interface MethodConfig {
    /** What {@code method.type} is called. */
    String name();

    /** Whether the head is its last layer alone, on the backbone's features. */
    default boolean hasLinearHead() {
        return true;
    }

    /** The methods that are trained apart and predict together; itself if it is one. */
    default List<MethodConfig> members() {
        return List.of(this);
    }

    /** The members that need a plan, those that need the same one once. */
    default List<Spt> planned() {
        return members().stream()
                .filter(Spt.class::isInstance)
                .map(Spt.class::cast)
                .distinct()
                .toList();
    }

    /**
     * Several methods, each with a head of its own, whose logits are averaged.
     *
     * @param members at least two; equal ones differ in their seeds
     */
    record Members(List<MethodConfig> members) implements MethodConfig {
        static final String KEY = "members";

        /** Copies the list. */
        public Members {
            members = List.copyOf(members);
        }

        @Override
        public String name() {
            return members.stream()
                    .map(MethodConfig::name)
                    .collect(Collectors.groupingBy(name -> name, LinkedHashMap::new, Collectors.counting()))
                    .entrySet()
                    .stream()
                    .map(method -> (method.getValue() > 1 ? method.getValue() + " × " : "") + method.getKey())
                    .collect(Collectors.joining(" + "));
        }

        @Override
        public boolean hasLinearHead() {
            return members.stream().allMatch(MethodConfig::hasLinearHead);
        }
    }

    /**
     * A method that a config states in full.
     *
     * @param spec what is tuned
     */
    record Stated(TuningSpec spec) implements MethodConfig {
        @Override
        public String name() {
            return spec.method();
        }

        @Override
        public boolean hasLinearHead() {
            return spec.hasLinearHead();
        }
    }

    /**
     * Sensitivity-aware tuning (SPT, arXiv 2303.08566).
     *
     * @param module what a sensitive matrix gets
     * @param exceptions what matrices of some operations get instead, such as {@code mlp.fc1}
     * @param rank the module's inner size r
     * @param alpha a matrix gets a module if at least cost / alpha of its weights are selected, at least 1
     * @param beta a vector is tuned whole if at least length / beta of its weights are selected, at least 1
     * @param allocation how many weights are selected
     * @param firstBlock the first block that may be tuned
     * @param spendRest whether what a budget has left goes to further individual weights
     * @param wholeVectors whether vectors may be tuned whole
     * @param mode whether matrices get modules, individual weights are tuned, or both
     * @param classToken whether the class token is tuned; it counts towards the budget
     * @param dropout rate on a module's input while training, in [0, 1)
     * @param dropPath rate at which a module is left out for a sample while training, in [0, 1)
     */
    record Spt(
            ModuleKind module,
            Map<String, ModuleKind> exceptions,
            int rank,
            double alpha,
            double beta,
            Allocation allocation,
            FirstBlock firstBlock,
            boolean spendRest,
            boolean wholeVectors,
            Mode mode,
            boolean classToken,
            double dropout,
            double dropPath)
            implements MethodConfig {
        static final String NAME = "spt";

        @Override
        public String name() {
            return NAME;
        }

        static Spt read(Section section, Recipe recipe) {
            double drop = recipe == Recipe.SPT ? 0.1 : 0.0;
            ModuleKind module = section.choice("module", ModuleKind.LORA);
            Map<String, ModuleKind> exceptions = section.choices("exceptions", ModuleKind.LORA);
            Mode mode = section.choice("mode", Mode.BOTH);
            requireMeaning(section, module, exceptions, mode);
            return new Spt(
                    module,
                    exceptions,
                    section.integer("rank", 8, 1, 4096),
                    section.number("alpha", 10.0, 1.0, 1e9),
                    section.number("beta", 5.0, 1.0, 1e9),
                    Allocation.read(section),
                    FirstBlock.read(section),
                    section.flag("spendRest", false),
                    section.flag("wholeVectors", true),
                    mode,
                    section.flag("classToken", true),
                    section.number("dropout", drop, 0.0, 0.99),
                    section.number("dropPath", drop, 0.0, 0.99));
        }

        /** Modules behind blocks need no selection of weights, so keys that are about one conflict with them. */
        private static void requireMeaning(
                Section section, ModuleKind module, Map<String, ModuleKind> exceptions, Mode mode) {
            if (exceptions.containsValue(ModuleKind.ADAPTER_PLUS)) {
                section.problem("exceptions", "adapterPlus stands behind a block and is no module of a matrix");
            }
            if (!module.isOfBlock()) {
                return;
            }
            if (!exceptions.isEmpty()) {
                section.problem("exceptions", "conflicts with module: adapterPlus, where no matrix has a module");
            }
            if (section.has("tau")) {
                section.problem("tau", "conflicts with module: adapterPlus, whose widths are chosen; give a budget");
            }
            if (mode == Mode.UNSTRUCTURED) {
                section.problem("mode", "unstructured conflicts with module: adapterPlus; use structured or both");
            }
        }

        private Spt sharedBy(int count) {
            return new Spt(
                    module,
                    exceptions,
                    rank,
                    alpha,
                    beta,
                    allocation.sharedBy(count),
                    firstBlock,
                    spendRest,
                    wholeVectors,
                    mode,
                    classToken,
                    dropout,
                    dropPath);
        }
    }

    /** Which forms of tuning a plan may use. */
    enum Mode {
        /** Modules, fully tuned vectors and individual weights. */
        BOTH,
        /** Modules and whole vectors only. */
        STRUCTURED,
        /** Individual weights only: no modules and no whole vectors. */
        UNSTRUCTURED
    }

    /** Reads the keys of one method and how many members it has, or a list of members. */
    static MethodConfig read(Section section, Recipe recipe) {
        if (section.isList(Members.KEY)) {
            return list(section, recipe);
        }
        section.has(Members.KEY); // a key of the section, whatever the method
        MethodConfig method = one(section, recipe);
        int count = section.integer(Members.KEY, 1, 1, Ensemble.MAX_MEMBERS);
        return count == 1 ? method : times(count, method, section);
    }

    private static MethodConfig times(int count, MethodConfig method, Section section) {
        if (!(method instanceof Spt spt)) {
            return new Members(Collections.nCopies(count, method));
        }
        if (spt.allocation() instanceof Allocation.Budget budget && budget.scalars() < count) {
            section.problem(
                    "budget",
                    "expected at least one parameter for each of " + count + " members, found " + budget.scalars());
        }
        return new Members(Collections.nCopies(count, spt.sharedBy(count)));
    }

    private static MethodConfig list(Section section, Recipe recipe) {
        List<MethodConfig> members = new ArrayList<>();
        for (Section member : section.members(Members.KEY)) {
            MethodConfig method = one(member, recipe);
            members.add(method);
            if (method instanceof Spt spt && spt.firstBlock() instanceof FirstBlock.Auto) {
                member.problem(
                        FirstBlock.KEY,
                        "auto tries blocks for one method, and method.members lists several; give the index of a block");
            }
        }
        section.end();
        if (members.size() < 2 || members.size() > Ensemble.MAX_MEMBERS) {
            section.problem(
                    Members.KEY,
                    "expected 2 to " + Ensemble.MAX_MEMBERS + " methods in the list, found " + members.size());
        }
        return new Members(members);
    }

    /** Reads the keys of the method that {@code type} names. */
    private static MethodConfig one(Section section, Recipe recipe) {
        if (!section.text("type", Spt.NAME).equals(Spt.NAME)) {
            Optional<TuningSpec> spec = ConfigurableMethod.readAny(section, Spt.NAME);
            // with an unknown method the config is refused, so what it says instead does not matter
            return spec.<MethodConfig>map(Stated::new).orElseGet(() -> Spt.read(section, recipe));
        }
        Spt spt = Spt.read(section, recipe);
        section.end();
        return spt;
    }
}
