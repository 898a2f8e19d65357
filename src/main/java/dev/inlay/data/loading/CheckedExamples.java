package dev.inlay.data.loading;

import dev.inlay.data.Dataset;
import dev.inlay.data.Examples;
import java.util.List;

/** The examples of a data set of which every image was decoded once; those that cannot be used are left out. */
public sealed interface CheckedExamples extends Examples permits DecodedExamples, MaskedExamples {
    /** What was decoded. */
    Dataset dataset();

    /** The images that were left out; empty if none was. */
    List<BadImage> skipped();

    /** The 8-bit samples kept in memory, in bytes. */
    long keptBytes();
}
