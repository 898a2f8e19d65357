package dev.inlay.train.scores;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.error.DataException;
import dev.inlay.error.JsonFault;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.PlanSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Scores as a safetensors file: one float32 tensor per candidate under its name, in registration order. The metadata
 * holds {@code format}, {@code backbone} (fingerprint), {@code scores} (how they were computed), {@code classToken},
 * {@code candidates} (a JSON list) and, but for files of older versions, {@code backboneParameters}. A file without it, whose tensors have timm's names with q, k and v apart, is read as
 * scores of the backbone that has such tunable parameters; tensors that are no candidates are ignored.
 */
public final class ScoresFile {
    /** The value of {@code format}. */
    public static final String FORMAT = "inlay-scores-1";

    private static final String UNKNOWN = "unknown";
    private static final JsonMapper JSON =
            JsonMapper.builder().disable(MapperFeature.AUTO_DETECT_IS_GETTERS).build();

    private ScoresFile() {}

    /**
     * Replaces {@code file} by the scores. Equal scores give equal bytes.
     *
     * @throws dev.inlay.error.InlayException if it cannot be written
     */
    public static void write(Path file, Scores scores) {
        Map<String, String> metadata = new TreeMap<>();
        metadata.put("format", FORMAT);
        metadata.put("backbone", scores.source().backbone());
        metadata.put("scores", scores.source().scores());
        metadata.put("classToken", Integer.toString(scores.classToken()));
        metadata.put("candidates", json(scores.candidates()));
        scores.backboneParameters()
                .ifPresent(parameters -> metadata.put("backboneParameters", Long.toString(parameters)));
        List<TensorEntry> entries = new ArrayList<>();
        for (int i = 0; i < scores.values().length; i++) {
            Candidate candidate = scores.candidates().get(i);
            long[] shape = candidate.kind() == Candidate.Kind.MATRIX
                    ? new long[] {candidate.rows(), candidate.cols()}
                    : new long[] {candidate.rows()};
            entries.add(TensorEntry.floats(candidate.name(), scores.values()[i], shape));
        }
        SafeTensorsWriter.write(file, entries, metadata);
    }

    /**
     * Reads scores.
     *
     * @throws DataException if the file cannot be read, is no scores file, or a candidate is missing or of another shape
     */
    public static Scores read(Path path) {
        try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
            Map<String, String> metadata = file.metadata();
            if (!metadata.containsKey("format")) {
                List<TunableParameter> tunables = sitesNamed(file);
                return read(
                        file,
                        Candidate.among(tunables),
                        TunableParameter.classToken(tunables),
                        OptionalLong.empty(),
                        new PlanSource(UNKNOWN, String.valueOf(path.getFileName())));
            }
            if (!FORMAT.equals(metadata.get("format"))) {
                throw new DataException(path + ": expected scores (format " + FORMAT + "), found format "
                        + metadata.get("format") + "; make scores with inlay sensitivity");
            }
            return read(
                    file,
                    candidates(path, metadata.getOrDefault("candidates", "")),
                    classToken(path, metadata.getOrDefault("classToken", "")),
                    backboneParameters(path, metadata),
                    new PlanSource(
                            metadata.getOrDefault("backbone", UNKNOWN), metadata.getOrDefault("scores", UNKNOWN)));
        }
    }

    private static Scores read(
            SafeTensorsFile file,
            List<Candidate> candidates,
            int classToken,
            OptionalLong backboneParameters,
            PlanSource source) {
        List<String> problems = new ArrayList<>();
        for (Candidate candidate : candidates) {
            if (!file.contains(candidate.name())) {
                problems.add("missing " + candidate.name());
            } else if (file.info(candidate.name()).elements() != candidate.size()) {
                problems.add(candidate.name() + ": expected " + candidate.size() + " scores, found "
                        + file.info(candidate.name()).elements());
            }
        }
        if (!problems.isEmpty()) {
            throw new DataException(file.path() + ": not the scores of one backbone:\n  - "
                    + String.join("\n  - ", problems) + "\nmake scores with inlay sensitivity");
        }
        float[][] values = new float[candidates.size()][];
        for (int i = 0; i < values.length; i++) {
            values[i] = file.floats(candidates.get(i).name());
        }
        return new Scores(candidates, values, classToken, backboneParameters, source);
    }

    /** The tunable parameters after which a file without metadata names its tensors. */
    private static List<TunableParameter> sitesNamed(SafeTensorsFile file) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        file.names().forEach(name -> shapes.put(name, file.info(name).shape()));
        return BackboneFamily.all().values().stream()
                .flatMap(family -> family.sitesNamed(shapes).stream())
                .findFirst()
                .orElseThrow(() -> new DataException(file.path()
                        + ": expected scores named after the tunable parameters of a backbone, q, k and v apart"
                        + " (such as blocks.0.attn.q.weight); found "
                        + file.names().stream().limit(4).toList() + "; make scores with inlay sensitivity"));
    }

    private static int classToken(Path path, String text) {
        try {
            return Integer.parseUnsignedInt(text);
        } catch (NumberFormatException e) {
            throw new DataException(path + ": metadata classToken: expected a length, found '" + text + "'", e);
        }
    }

    private static OptionalLong backboneParameters(Path path, Map<String, String> metadata) {
        String text = metadata.get("backboneParameters");
        try {
            return text == null ? OptionalLong.empty() : OptionalLong.of(Long.parseUnsignedLong(text));
        } catch (NumberFormatException e) {
            throw new DataException(path + ": metadata backboneParameters: expected a number, found '" + text + "'", e);
        }
    }

    private static List<Candidate> candidates(Path path, String json) {
        try {
            return JSON.readValue(json, new TypeReference<List<Candidate>>() {});
        } catch (JsonProcessingException e) {
            throw new DataException(JsonFault.in(path + ": metadata candidates", "a list of candidates", e), e);
        }
    }

    private static String json(List<Candidate> candidates) {
        try {
            return JSON.writeValueAsString(candidates);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("candidates are plain values", e);
        }
    }
}
