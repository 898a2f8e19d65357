package dev.inlay.plan.allocation;

import dev.inlay.backbone.SpecJson;
import dev.inlay.backbone.vit.VitLayout;
import dev.inlay.backbone.vit.VitSpec;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.golden.Golden;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.PlanSource;
import java.util.List;

/** Candidates and scores for tests. */
final class Scores {
    static final PlanSource SOURCE = new PlanSource("a test's backbone", "a test's scores");

    private Scores() {}

    static List<Candidate> candidates(VitSpec spec) {
        return Candidate.among(VitLayout.of(spec).tunableParameters());
    }

    static List<Candidate> goldenCandidates() {
        String spec = Golden.json("spt_allocation/meta.json").get("spec").toString();
        return candidates((VitSpec) SpecJson.parse(spec, "golden spec"));
    }

    static Allocator golden() {
        List<Candidate> candidates = goldenCandidates();
        try (SafeTensorsFile file = SafeTensorsFile.open(Golden.path("spt_allocation/scores.safetensors"))) {
            float[][] scores = candidates.stream()
                    .map(candidate -> file.floats(candidate.name()))
                    .toArray(float[][]::new);
            return new Allocator(candidates, scores, SOURCE);
        }
    }
}
