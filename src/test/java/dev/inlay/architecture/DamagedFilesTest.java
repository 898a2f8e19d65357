package dev.inlay.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.inlay.error.DataException;
import dev.inlay.plan.PlanJson;
import dev.inlay.record.ExperimentFile;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.SuiteRunsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Damaged JSON is told by {@code JsonFault}: Jackson's own words name its classes and features. */
class DamagedFilesTest {
    private static final Set<String> SAYING =
            Set.of("getMessage", "getOriginalMessage", "getLocalizedMessage", "toString");

    private static final Pattern EXCEPTION = Pattern.compile("com\\.fasterxml\\.jackson\\..*Exception");

    /** YAML and CSV have tellers of their own. */
    private static final ArchRule RULE = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("dev.inlay.error.JsonFault")
            .and()
            .doNotHaveFullyQualifiedName("dev.inlay.config.YamlFault")
            .and()
            .doNotHaveFullyQualifiedName("dev.inlay.data.source.CsvManifest")
            .should()
            .callMethodWhere(DescribedPredicate.describe(
                    "what Jackson says is asked for",
                    (JavaCall<?> call) ->
                            EXCEPTION.matcher(call.getTargetOwner().getName()).matches()
                                    && SAYING.contains(call.getName())));

    /** What the rule forbids. */
    static final class Repeater {
        private Repeater() {}

        static String said(JsonProcessingException e) {
            return "not JSON: " + e.getOriginalMessage();
        }
    }

    @Test
    void whatJacksonSaysIsNotPutIntoMessages() {
        RULE.check(new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.inlay"));
    }

    @Test
    void theRuleCanFail() {
        assertThatThrownBy(() -> RULE.check(new ClassFileImporter().importClasses(Repeater.class)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("getOriginalMessage");
    }

    static Stream<Arguments> damaged() {
        Map<String, Consumer<Path>> readers = Map.of(
                "metrics.json", MetricsFile::read,
                "compare.json", ExperimentFile::comparison,
                "suite.json", ExperimentFile::suite,
                "trials.jsonl", SuiteRunsFile::read,
                "plan.json", PlanJson::read);
        return readers.entrySet().stream()
                .flatMap(reader -> Stream.of("\n", "[1]\n", "{\"a\": tru}\n", "{\"name\": {\n", "{\"a\": 1,}\n")
                        .map(text -> Arguments.of(reader.getKey(), reader.getValue(), text)));
    }

    @ParameterizedTest
    @MethodSource("damaged")
    void everyReaderTellsOfDamageInOneForm(String name, Consumer<Path> reader, String text, @TempDir Path folder)
            throws IOException {
        Path file = Files.writeString(folder.resolve(name), text);
        assertThatThrownBy(() -> reader.accept(file))
                .isInstanceOf(DataException.class)
                .hasMessageMatching("\\Q" + file + "\\E( line 1)?: expected [^`\\n]+")
                .hasMessageNotContainingAny("fasterxml", "dev.inlay", "java.", "Feature", "START_", "Token");
    }
}
