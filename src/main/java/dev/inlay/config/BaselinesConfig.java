package dev.inlay.config;

/**
 * What the run's result is compared with.
 *
 * @param linear fit a linear probe on cached features of the same images
 */
public record BaselinesConfig(boolean linear) {
    static BaselinesConfig read(Section section) {
        BaselinesConfig config = new BaselinesConfig(section.flag("linear", true));
        section.end();
        return config;
    }
}
