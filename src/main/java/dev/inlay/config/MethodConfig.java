package dev.inlay.config;

import dev.inlay.plan.ModuleKind;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.ConfigurableMethod;
import java.util.Map;
import java.util.Optional;

/** What is tuned besides the head. */
public sealed interface MethodConfig {
    /** What {@code method.type} is called. */
    String name();

    /** Whether the head is its last layer alone, on the backbone's features. */
    default boolean hasLinearHead() {
        return true;
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
            return new Spt(
                    section.choice("module", ModuleKind.LORA),
                    section.choices("exceptions", ModuleKind.LORA),
                    section.integer("rank", 8, 1, 4096),
                    section.number("alpha", 10.0, 1.0, 1e9),
                    section.number("beta", 5.0, 1.0, 1e9),
                    Allocation.read(section),
                    FirstBlock.read(section),
                    section.flag("spendRest", false),
                    section.flag("wholeVectors", true),
                    section.choice("mode", Mode.BOTH),
                    section.flag("classToken", true),
                    section.number("dropout", drop, 0.0, 0.99),
                    section.number("dropPath", drop, 0.0, 0.99));
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

    /** Reads the keys of the method that {@code type} names. */
    static MethodConfig read(Section section, Recipe recipe) {
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
