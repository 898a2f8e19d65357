package dev.inlay.report;

import dev.inlay.record.Provenance;
import dev.inlay.record.RunRecord;

/** The full config and what produced the numbers. */
final class OriginSection implements ReportSection {
    @Override
    public void write(Html page, RunRecord run) {
        Provenance provenance = run.provenance();
        ReportSection.open(page, "origin", "Reproducing this run").open("div", "class", "columns");
        page.open("div").element("h3", "Config").element("pre", run.config()).close();
        page.open("div").element("h3", "Provenance").open("dl");
        fact(page, "Inlay", provenance.inlay());
        fact(page, "Java", provenance.java());
        fact(page, "LibTorch", provenance.libtorch());
        fact(page, "BLAS", provenance.blas());
        fact(page, "device", provenance.device());
        fact(page, "threads", provenance.threads() == 0 ? null : Integer.toString(provenance.threads()));
        fact(page, "precision", provenance.precision());
        fact(page, "CPU capability", provenance.cpu());
        for (int rank = 0; rank < provenance.ranks().size(); rank++) {
            fact(page, "rank " + rank, provenance.ranks().get(rank));
        }
        fact(page, "started", provenance.started());
        fact(page, "resumed", provenance.resumed() == 0 ? "never" : Figures.count(provenance.resumed(), "time"));
        provenance.seeds().forEach((purpose, seed) -> fact(page, "seed: " + purpose, Long.toString(seed)));
        provenance.fingerprints().forEach((what, hash) -> fact(page, "fingerprint: " + what, hash));
        page.close().close().close().close();
    }

    private static void fact(Html page, String name, String value) {
        if (value != null) {
            page.element("dt", name).element("dd", value);
        }
    }
}
