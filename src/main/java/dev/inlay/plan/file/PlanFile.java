package dev.inlay.plan.file;

import dev.inlay.checkpoint.pth.PthFile;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanJson;
import java.nio.file.Path;

/** Plans in any of the formats that are read. */
public final class PlanFile {
    private PlanFile() {}

    /**
     * Reads a plan: JSON as {@code docs/plan-format.md} has it, or a {@code param_req_*.pth} of SPT's authors.
     *
     * @throws dev.inlay.error.DataException if the file cannot be read, is damaged, or holds no plan
     */
    public static Plan read(Path file) {
        return PthFile.recognises(file) ? ReleasedPlan.read(file) : PlanJson.read(file);
    }
}
