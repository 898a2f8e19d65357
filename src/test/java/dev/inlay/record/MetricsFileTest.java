package dev.inlay.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.error.DataException;
import dev.inlay.publishing.Markdown;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MetricsFileTest {
    @TempDir
    Path folder;

    static Stream<RunRecord> samples() {
        return Stream.of(SampleRuns.planned(), SampleRuns.manyClasses(), SampleRuns.minimal());
    }

    @ParameterizedTest
    @MethodSource("samples")
    void whatIsReadEqualsWhatWasWritten(RunRecord run) {
        Path file = folder.resolve("metrics.json");
        MetricsFile.write(file, run);
        assertThat(MetricsFile.read(file)).isEqualTo(run);
    }

    @Test
    void holdsTheKeysThatOthersScriptAgainst() throws IOException {
        RunRecord run = SampleRuns.planned();
        JsonNode json = write(run);
        assertThat(json.at("/test/top1").doubleValue()).isEqualTo(run.accuracy().top1());
        assertThat(json.at("/baselines/linear/test/top1").doubleValue())
                .isEqualTo(run.linear().test().score());
        assertThat(json.at("/trainableParameters/withoutHead").longValue())
                .isEqualTo(run.trainableParameters().withoutHead());
        assertThat(json.at("/trainableParameters/head").longValue()).isEqualTo(1930);
        assertThat(json.at("/taskBytes").longValue()).isEqualTo(run.taskBytes());
        assertThat(json.at("/backboneBytes").longValue()).isEqualTo(22_097_664);
        assertThat(json.at("/seconds/train").doubleValue()).isEqualTo(212);
        assertThat(json.at("/peakResidentBytes").longValue()).isEqualTo(1_483_000_000L);
        assertThat(json.at("/curves/9/epoch").intValue()).isEqualTo(10);
        assertThat(json.at("/plan/tensors/1/tuned").textValue()).isIn("module", "whole", "sparse", "frozen");
    }

    @Test
    void keysStandInTheOrderOfTheRecordAndAbsentOnesAreLeftOut() throws IOException {
        List<String> all = new ArrayList<>();
        for (RecordComponent component : RunRecord.class.getRecordComponents()) {
            all.add(component.getName());
        }
        all.remove("worstImages");
        assertThat(keys(write(SampleRuns.planned()))).containsExactlyElementsOf(all);
        all.removeAll(List.of(
                "data",
                "bestOnTest",
                "peakResidentBytes",
                "selection",
                "confusion",
                "classification",
                "calibration",
                "plan",
                "firstBlock"));
        assertThat(keys(write(SampleRuns.minimal()))).containsExactlyElementsOf(all);
        assertThat(keys(write(SampleRuns.masks())))
                .contains("worstImages", "confusion")
                .doesNotContain("classification");
    }

    @Test
    void anIntervalThatAFileOfAnEarlierVersionLacksIsComputed() {
        RunRecord run = SampleRuns.minimal();
        ObjectNode json = MetricsFile.tree(run);
        ((ObjectNode) json.get("test")).remove("top1Interval");
        assertThat(MetricsFile.parse(json.toString(), "metrics.json")).isEqualTo(run);
    }

    @Test
    void passesOverKeysOfLaterVersions() throws IOException {
        RunRecord run = SampleRuns.planned();
        Path file = folder.resolve("metrics.json");
        MetricsFile.write(file, run);
        Files.writeString(file, Files.readString(file).replaceFirst("\\{", "{\"later\": [1], "));
        assertThat(MetricsFile.read(file)).isEqualTo(run);
    }

    @Test
    void namesTheFileAndTheKeyThatIsWrong() throws IOException {
        Path file = folder.resolve("metrics.json");
        MetricsFile.write(file, SampleRuns.minimal());
        Files.writeString(file, Files.readString(file).replaceFirst("\"top1\" : 0.5", "\"top1\" : 50"));
        assertThatThrownBy(() -> MetricsFile.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("metrics.json")
                .hasMessageContaining("top1 must be a fraction in [0, 1], is 50.0");
        assertThatThrownBy(() -> MetricsFile.read(folder.resolve("none.json")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("none.json");
    }

    @Test
    void everyKeyIsDocumentedOnceWithItsMeaningAndNothingElse() {
        Set<String> written = new LinkedHashSet<>();
        leaves("", RunRecord.class, written);
        Markdown page = Markdown.of("docs/run-output.md").under("metrics.json");
        assertThat(page.listed(written)).containsExactlyInAnyOrderElementsOf(written);
        assertThat(written).allSatisfy(key -> assertThat(page.row(key).get(1)).isNotBlank());
    }

    private JsonNode write(RunRecord run) throws IOException {
        Path file = folder.resolve("metrics.json");
        MetricsFile.write(file, run);
        return new ObjectMapper().readTree(file.toFile());
    }

    private static List<String> keys(JsonNode json) {
        List<String> keys = new ArrayList<>();
        json.fieldNames().forEachRemaining(keys::add);
        return keys;
    }

    /** The keys below {@code type}: {@code []} for each element of a list, {@code *} for each key of a map. */
    static void leaves(String key, Type type, Set<String> out) {
        if (type instanceof ParameterizedType generic) {
            Type[] arguments = generic.getActualTypeArguments();
            String below = generic.getRawType() == Map.class ? key + ".*" : key + "[]";
            leaves(below, arguments[arguments.length - 1], out);
        } else if (type instanceof Class<?> aClass && aClass.isRecord()) {
            for (RecordComponent component : aClass.getRecordComponents()) {
                leaves(
                        key.isEmpty() ? component.getName() : key + "." + component.getName(),
                        component.getGenericType(),
                        out);
            }
        } else if (type instanceof Class<?> aClass && aClass.isSealed()) {
            for (Class<?> kind : aClass.getPermittedSubclasses()) {
                leaves(key, kind, out);
            }
        } else {
            out.add(key);
        }
    }
}
