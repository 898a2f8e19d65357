package dev.inlay.config;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** How many weights a plan may take, or the plan itself. */
public sealed interface Allocation {
    /**
     * The plan of the largest τ whose cost does not exceed a number of scalars.
     *
     * @param scalars trained parameters without the heads, at least 1
     * @param members which share the scalars, at least 1
     */
    record Budget(long scalars, int members) implements Allocation {
        /** A budget for a single member. */
        public Budget(long scalars) {
            this(scalars, 1);
        }

        /** What each member may spend, rounded down. */
        public long each() {
            return scalars / members;
        }

        @Override
        public Allocation sharedBy(int count) {
            return new Budget(scalars, count);
        }
    }

    /**
     * The plan of the largest τ whose cost does not exceed a fraction of the backbone's weights.
     *
     * @param fraction in (0, 1]
     * @param members which share it, at least 1
     */
    record Share(double fraction, int members) implements Allocation {
        /** A share for a single member. */
        public Share(double fraction) {
            this(fraction, 1);
        }

        /** The budget in scalars, rounded down, at least 1. */
        public Budget of(long backboneWeights) {
            return new Budget(Math.max(1, (long) (fraction * backboneWeights)), members);
        }

        @Override
        public Allocation sharedBy(int count) {
            return new Share(fraction, count);
        }
    }

    /**
     * The plan of exactly the τ most sensitive weights, whatever it costs.
     *
     * @param weights τ, at least 1
     */
    record Tau(long weights) implements Allocation {}

    /**
     * A plan made earlier; no sensitivity is computed.
     *
     * @param plan the plan file
     */
    record Given(Path plan) implements Allocation {}

    /** The same for each of some members, that of a budget which they share; every other rule is that of each member. */
    default Allocation sharedBy(int count) {
        return this;
    }

    /** What is spent when a config says nothing, as a person writes it. */
    String DEFAULT = "0.5%";

    /** What {@link #parse} takes, in words. */
    String EXPECTED = "expected a number of parameters above 0 such as 50000, or a share such as " + DEFAULT;

    /** Reads {@code budget}, {@code tau} or {@code plan}, of which at most one may be given. */
    static Allocation read(Section section) {
        List<String> given =
                Stream.of("budget", "tau", "plan").filter(section::has).toList();
        if (given.size() > 1) {
            section.problem(given.get(1), "conflicts with " + given.get(0) + "; keep one of budget, tau and plan");
        }
        Optional<Path> plan = section.path("plan");
        if (plan.isPresent()) {
            return new Given(plan.get());
        }
        if (section.has("tau")) {
            return new Tau(section.whole("tau", 1, 1, Long.MAX_VALUE));
        }
        String text = section.text("budget", DEFAULT);
        return parse(text).orElseGet(() -> {
            section.problem("budget", EXPECTED + ", found " + text);
            return new Tau(1);
        });
    }

    /** A budget as a person writes it: {@code 50000} scalars or {@code 0.5%} of the backbone; empty if it is neither. */
    static Optional<Allocation> parse(String text) {
        try {
            if (text.endsWith("%")) {
                double percent =
                        new BigDecimal(text.substring(0, text.length() - 1).strip()).doubleValue();
                return percent > 0 && percent <= 100 ? Optional.of(new Share(percent / 100)) : Optional.empty();
            }
            long scalars = new BigDecimal(text.strip()).longValueExact();
            return scalars > 0 ? Optional.of(new Budget(scalars)) : Optional.empty();
        } catch (ArithmeticException | NumberFormatException e) {
            return Optional.empty();
        }
    }
}
