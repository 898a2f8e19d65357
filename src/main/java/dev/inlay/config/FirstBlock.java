package dev.inlay.config;

import java.util.Optional;

/** The first block that a plan may tune; what a pass uses before it stays as it is. */
public sealed interface FirstBlock {
    /** The key below {@code method}. */
    String KEY = "firstBlock";

    /**
     * A block.
     *
     * @param block index from 0; 0 leaves nothing out, what stands before the blocks included
     */
    record At(int block) implements FirstBlock {}

    /** The latest of a few blocks that the validation split does not mind; {@code At(0)} until that is known. */
    record Auto() implements FirstBlock {
        private static final String WORD = "auto";
    }

    /** Reads {@code firstBlock}; only 0 goes with {@code plan}. */
    static FirstBlock read(Section section) {
        String text = section.text(KEY, "0");
        Optional<FirstBlock> found = parse(text);
        if (found.isEmpty()) {
            section.problem(KEY, "expected the index of a block such as 4, or auto, found " + text);
        }
        FirstBlock block = found.orElse(new At(0));
        if (section.has("plan") && !block.equals(new At(0))) {
            section.problem(KEY, "conflicts with plan, which says itself what is tuned; keep one of the two");
        }
        return block;
    }

    private static Optional<FirstBlock> parse(String text) {
        if (text.equals(Auto.WORD)) {
            return Optional.of(new Auto());
        }
        try {
            int block = Integer.parseInt(text);
            return block >= 0 ? Optional.of(new At(block)) : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
