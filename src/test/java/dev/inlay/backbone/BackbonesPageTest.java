package dev.inlay.backbone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.publishing.Markdown;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code docs/backbones.md} names every key and every published variant of every family, and no other. */
class BackbonesPageTest {
    static Set<String> families() {
        return BackboneFamily.all().keySet();
    }

    @ParameterizedTest
    @MethodSource("families")
    void namesEveryKey(String family) {
        Set<String> keys = keys(BackboneFamily.named(family));
        assertThat(page(family).listed(keys)).containsExactlyInAnyOrderElementsOf(keys);
    }

    @ParameterizedTest
    @MethodSource("families")
    void namesEveryPublishedVariant(String family) {
        Set<String> variants = BackboneFamily.named(family).variants().keySet();
        List<String> named = page(family).tables().stream()
                .map(table -> table.names(-1))
                .filter(names -> names.stream().anyMatch(variants::contains))
                .flatMap(List::stream)
                .filter(name -> !name.startsWith(".")) // the tag of a checkpoint
                .toList();
        assertThat(new TreeSet<>(named)).isEqualTo(variants);
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

    private static Markdown page(String family) {
        return Markdown.of("docs/backbones.md").under("`" + family + "`");
    }
}
