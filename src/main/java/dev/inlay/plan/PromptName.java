package dev.inlay.plan;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which prompt a plan speaks of: {@code prompt.blocks.3.0} is the first that block 3 could read.
 *
 * @param block index of the block
 * @param number among the block's prompts, from 0
 */
public record PromptName(int block, int number) {
    /** The operation of every prompt. */
    public static final String OPERATION = "prompt";

    private static final Pattern FORM = Pattern.compile(OPERATION + "\\.blocks\\.(\\d{1,5})\\.(\\d{1,5})");

    /** The prompt of that name; empty if it is not one of a prompt. */
    public static Optional<PromptName> parse(String name) {
        Matcher matcher = FORM.matcher(name);
        return matcher.matches()
                ? Optional.of(new PromptName(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))))
                : Optional.empty();
    }

    /** What all prompts of a block are called together. */
    public static String of(int block) {
        return OPERATION + ".blocks." + block;
    }

    @Override
    public String toString() {
        return of(block) + "." + number;
    }
}
