package dev.inlay.data.source;

import dev.inlay.data.Dataset;
import java.util.List;

/**
 * The images that a source lists.
 *
 * @param splits of which none is opened yet
 * @param warnings what was found and is not used, or was decided for want of a word; a sentence each
 */
public record Listed(Splits<Dataset> splits, List<String> warnings) {
    /** Copies the list. */
    public Listed {
        warnings = List.copyOf(warnings);
    }
}
