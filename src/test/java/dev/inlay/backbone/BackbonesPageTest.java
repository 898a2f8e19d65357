package dev.inlay.backbone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code docs/backbones.md} names every key and every published variant of every family, and no other. */
class BackbonesPageTest {
    private static final Pattern WORD = Pattern.compile("`(\\w+)`");

    static Set<String> families() {
        return BackboneFamily.all().keySet();
    }

    @ParameterizedTest
    @MethodSource("families")
    void namesEveryKey(String family) throws IOException {
        assertThat(firstColumn(table(family, "| key |"))).isEqualTo(keys(BackboneFamily.named(family)));
    }

    @ParameterizedTest
    @MethodSource("families")
    void namesEveryPublishedVariant(String family) throws IOException {
        assertThat(words(table(family, "| published by |")))
                .isEqualTo(BackboneFamily.named(family).variants().keySet());
    }

    private static Set<String> keys(BackboneFamily family) {
        JsonMapper json = new JsonMapper();
        return json
                .getDeserializationConfig()
                .introspect(json.constructType(family.specType()))
                .findProperties()
                .stream()
                .filter(BeanPropertyDefinition::hasConstructorParameter)
                .map(BeanPropertyDefinition::getName)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The rows of the family's table that begins so. */
    private static String table(String family, String header) throws IOException {
        String page = Files.readString(Path.of("docs/backbones.md"));
        int section = page.indexOf("\n## `" + family + "`");
        assertThat(section).as("the section of " + family).isPositive();
        int table = page.indexOf("\n" + header, section);
        int end = page.indexOf("\n\n", table);
        return page.substring(table, end).lines().skip(3).collect(Collectors.joining("\n"));
    }

    private static Set<String> firstColumn(String rows) {
        return words(rows.lines().map(row -> row.split("\\|")[1]).collect(Collectors.joining("\n")));
    }

    private static Set<String> words(String text) {
        Set<String> words = new TreeSet<>();
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            words.add(matcher.group(1));
        }
        return words;
    }
}
