package dev.inlay.tuning;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds {@code docs/methods.md} to the keys and defaults that the methods read. */
class MethodsPageTest {
    private static final Pattern ROW = Pattern.compile("^\\| `(\\w+)` \\| (?:`([^`]*)`)? ?\\|", Pattern.MULTILINE);

    static Stream<String> methods() {
        return ConfigurableMethod.all().stream().map(TuningMethod::name);
    }

    @ParameterizedTest
    @MethodSource("methods")
    void aSectionHasEveryKeyWithItsDefaultAndNoOther(String name) throws IOException {
        Asked asked = new Asked();
        ((ConfigurableMethod) TuningMethod.named(name)).read(asked);
        Map<String, String> documented = new LinkedHashMap<>();
        Matcher row = ROW.matcher(section(name));
        while (row.find()) {
            documented.put(row.group(1), row.group(2) == null ? "" : row.group(2));
        }
        assertThat(documented).isEqualTo(asked.defaults);
    }

    private static String section(String name) throws IOException {
        String page = Files.readString(Path.of("docs", "methods.md"));
        String heading = "\n## `" + name + "`\n";
        assertThat(page).contains(heading);
        String rest = page.substring(page.indexOf(heading) + heading.length());
        int next = rest.indexOf("\n## ");
        return next < 0 ? rest : rest.substring(0, next);
    }

    /** Settings that give nothing, and write down what is asked for. */
    private static final class Asked implements Keys {
        private final Map<String, String> defaults = new LinkedHashMap<>();

        private <T> T note(String key, T otherwise) {
            defaults.put(key, otherwise.toString());
            return otherwise;
        }

        @Override
        public int integer(String key, int otherwise, int min, int max) {
            return note(key, otherwise);
        }

        @Override
        public double number(String key, double otherwise, double min, double max) {
            return note(key, otherwise);
        }

        @Override
        public boolean flag(String key, boolean otherwise) {
            return note(key, otherwise);
        }

        @Override
        public <E extends Enum<E>> E choice(String key, E otherwise) {
            note(key, Keys.word(otherwise));
            return otherwise;
        }

        @Override
        public String text(String key, String otherwise) {
            return note(key, otherwise);
        }

        @Override
        public List<String> texts(String key, List<String> otherwise) {
            return note(key, otherwise);
        }

        @Override
        public List<Integer> integers(String key, List<Integer> otherwise, int min, int max) {
            return note(key, otherwise);
        }

        @Override
        public List<Keys> members(String key) {
            note(key, "");
            return List.of();
        }

        @Override
        public void problem(String key, String message) {}

        @Override
        public void end() {}
    }
}
