package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.ConfigException;
import dev.inlay.tuning.shift.ShiftMethod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Methods of tuning found on the class path. */
class TuningMethodTest {
    @Test
    void findsTheMethodsOfThePageAndTheOneOfTheTests() throws IOException {
        Set<String> documented = Pattern.compile("^## `(\\w+)`", Pattern.MULTILINE)
                .matcher(Files.readString(Path.of("docs", "methods.md")))
                .results()
                .map(heading -> heading.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(documented).contains("lora", "sum");
        documented.addAll(Set.of("shift", "spt")); // that of the tests, and that with a page of its own
        assertThat(TuningMethod.all().keySet()).containsExactlyElementsOf(documented);
        assertThat(TuningMethod.named("full")).isInstanceOf(FullFineTuning.Method.class);
        assertThat(TuningMethod.named("linear")).isInstanceOf(HeadOnly.Method.class);
        assertThat(TuningMethod.named("shift")).isInstanceOf(ShiftMethod.class);
        assertThat(TuningMethod.named("spt")).isInstanceOf(PlannedMethod.class);
    }

    @Test
    void anUnknownNameListsTheKnownOnes() {
        assertThatThrownBy(() -> TuningMethod.named("prefix"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("'prefix'")
                .hasMessageContaining(String.join(", ", TuningMethod.all().keySet()));
    }
}
