package dev.inlay.config;

/**
 * How images are divided that come without a division.
 *
 * @param validation share for validation, in [0, 1)
 * @param test share for test, in [0, 1); validation + test is below 1
 * @param stratify whether every split has its share of every class
 */
public record SplitConfig(double validation, double test, boolean stratify) {
    /** Reads {@code data.split}. */
    static SplitConfig read(Section section) {
        Section split = section.section("split");
        SplitConfig config = new SplitConfig(
                split.number("validation", 0.1, 0.0, 0.99),
                split.number("test", 0.2, 0.0, 0.99),
                split.flag("stratify", true));
        split.end();
        double held = config.validation + config.test;
        if (held >= 1) {
            section.problem("split", "validation + test is " + held + "; nothing is left to train on");
        }
        return config;
    }
}
