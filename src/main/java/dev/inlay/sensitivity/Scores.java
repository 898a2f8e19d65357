package dev.inlay.sensitivity;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.backbone.Site;
import dev.inlay.backbone.vit.VitLayout;
import dev.inlay.backbone.vit.VitSpec;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.error.DataException;
import dev.inlay.tuning.Candidate;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A score for every weight of every candidate. As a file: one float32 tensor per candidate under timm's parameter names,
 * q, k and v apart, in registration order; the metadata say what each tensor is ({@code inlay.candidates}) and how the
 * scores came about ({@code inlay.provenance}).
 *
 * @param candidates in registration order
 * @param values one array per candidate
 * @param provenance such as the backbone's fingerprint, batch size and number of batches
 */
@SuppressWarnings("ArrayRecordComponent") // hundreds of megabytes: borrowed, and never compared
public record Scores(List<Candidate> candidates, float[][] values, SortedMap<String, String> provenance) {
    /** The key of the backbone's fingerprint in {@link #provenance}. */
    public static final String BACKBONE = "backbone";

    private static final String CANDIDATES_KEY = "inlay.candidates";
    private static final String PROVENANCE_KEY = "inlay.provenance";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** The scores of a finished pass. */
    public static Scores of(Map<Site, float[]> scores, SortedMap<String, String> provenance) {
        List<Candidate> candidates = Candidate.among(List.copyOf(scores.keySet()));
        return new Scores(candidates, scores.values().toArray(float[][]::new), provenance);
    }

    /** Writes the scores, atomically. */
    public void write(Path file) {
        List<TensorEntry> tensors = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            Candidate candidate = candidates.get(i);
            long[] shape = candidate.isVector()
                    ? new long[] {candidate.rows()}
                    : new long[] {candidate.rows(), candidate.cols()};
            tensors.add(TensorEntry.floats(candidate.name(), values[i], shape));
        }
        SafeTensorsWriter.write(
                file, tensors, Map.of(CANDIDATES_KEY, json(candidates), PROVENANCE_KEY, json(provenance)));
    }

    /**
     * Reads scores. A file without metadata is read by the names of a ViT.
     *
     * @throws DataException if it holds no scores, or others than its metadata say
     */
    public static Scores read(Path file) {
        try (SafeTensorsFile stored = SafeTensorsFile.open(file)) {
            String described = stored.metadata().get(CANDIDATES_KEY);
            List<Candidate> candidates = described == null
                    ? vitCandidates(stored)
                    : parse(file, CANDIDATES_KEY, described, new TypeReference<List<Candidate>>() {});
            String origin = stored.metadata().get(PROVENANCE_KEY);
            SortedMap<String, String> provenance = origin == null
                    ? new TreeMap<>()
                    : parse(file, PROVENANCE_KEY, origin, new TypeReference<TreeMap<String, String>>() {});
            float[][] values = new float[candidates.size()][];
            for (int i = 0; i < values.length; i++) {
                values[i] = values(stored, candidates.get(i));
            }
            return new Scores(candidates, values, provenance);
        }
    }

    /** The sites of the ViT whose sizes the tensors have; tensors that are no candidates are passed over. */
    private static List<Candidate> vitCandidates(SafeTensorsFile stored) {
        int depth = 0;
        while (stored.contains("blocks." + depth + ".attn.q.weight")) {
            depth++;
        }
        if (depth == 0 || !stored.contains("blocks.0.mlp.fc1.weight")) {
            throw new DataException(stored.path() + ": no sensitivity scores: expected one tensor per parameter of a ViT"
                    + " with q, k and v apart, such as blocks.0.attn.q.weight");
        }
        int embedDim = Math.toIntExact(stored.info("blocks.0.attn.q.weight").shape().get(0));
        int hidden = Math.toIntExact(stored.info("blocks.0.mlp.fc1.weight").shape().get(0));
        return Candidate.among(VitLayout.sites(new VitSpec(1, 1, 1, embedDim, depth, 1, hidden, 0, VitSpec.TIMM_EPS)));
    }

    private static float[] values(SafeTensorsFile stored, Candidate candidate) {
        if (!stored.contains(candidate.name())) {
            throw new DataException(stored.path() + ": the scores of " + candidate.name() + " are missing");
        }
        float[] values = stored.floats(candidate.name());
        if (values.length != candidate.size()) {
            throw new DataException(stored.path() + ": " + candidate.name() + " should have " + candidate.size()
                    + " scores, has " + values.length);
        }
        return values;
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static <T> T parse(Path file, String key, String json, TypeReference<T> type) {
        try {
            return JSON.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new DataException(file + ": metadata " + key + ": " + e.getOriginalMessage(), e);
        }
    }
}
