package dev.inlay.report;

import dev.inlay.record.RunRecord;

/** A part of the page. It writes nothing if the run has no numbers for it. */
@FunctionalInterface
interface ReportSection {
    /** Appends this part, every element closed. */
    void write(Html page, RunRecord run);

    /**
     * Opens a section under a heading; the caller closes it.
     *
     * @param id names the section in links to it, whatever its heading says
     */
    static Html open(Html page, String id, String heading) {
        return page.line().open("section", "id", id).element("h2", heading);
    }
}
