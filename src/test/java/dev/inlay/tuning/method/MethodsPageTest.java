package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.keys.Keys;
import dev.inlay.publishing.Markdown;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds {@code docs/methods.md} to the keys and defaults that the methods read. */
class MethodsPageTest {
    static Stream<String> methods() {
        return ConfigurableMethod.all().stream().map(TuningMethod::name);
    }

    @ParameterizedTest
    @MethodSource("methods")
    void aSectionHasEveryKeyWithItsDefaultAndNoOther(String name) {
        Asked asked = new Asked();
        ((ConfigurableMethod) TuningMethod.named(name)).read(asked);
        Map<String, String> documented = new LinkedHashMap<>();
        for (Markdown.Table table :
                Markdown.of("docs/methods.md").under("`" + name + "`").tables()) {
            int column = table.headings().indexOf("default");
            for (List<String> row : table.rows()) {
                if (column >= 0) {
                    documented.put(only(row.get(0)), only(row.get(column)));
                }
            }
        }
        assertThat(documented).isEqualTo(asked.defaults);
    }

    private static String only(String cell) {
        return String.join(" and ", Markdown.names(cell));
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
