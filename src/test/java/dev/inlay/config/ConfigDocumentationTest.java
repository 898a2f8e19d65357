package dev.inlay.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Holds {@code docs/config.md} to what the reader does. */
class ConfigDocumentationTest {
    private static final Path FOLDER = Path.of("/configs");

    /** Between them these ask for every key there is. */
    private static final List<String> ALL_KINDS = List.of(
            "",
            "data: {type: folder, root: r, transform: {normalize: {std: [1, 1, 1]}}}",
            "data: {type: vtab, root: r}",
            "data: {type: json, root: r}",
            "data: {type: csv, file: f}",
            "data: {type: tensors, train: t}");

    private record Row(String key, String defaultValue) {}

    @Test
    void theCompleteExampleIsAConfigAndNamesEveryKeyThatApplies() {
        Matcher fence = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(page());
        assertThat(fence.find()).isTrue();

        ConfigTree tree = ConfigTree.parse(fence.group(1), "example", FOLDER, List.of());
        Section root = Section.root(tree);
        RunConfig.read(root);

        Set<String> applies = leaves(root.settings(), "");
        assertThat(tree.lines().keySet())
                .containsAll(applies.stream()
                        .filter(key -> !key.equals("backbone.random"))
                        .toList());
    }

    @Test
    void everyKeyOfARunIsDocumentedAndNoOther() {
        Set<String> known = new TreeSet<>();
        for (String yaml : ALL_KINDS) {
            Section root = Section.root(ConfigTree.parse(yaml, "config", FOLDER, List.of()));
            RunConfig.read(root);
            known.addAll(root.keys());
        }
        known.removeIf(key -> known.stream().anyMatch(other -> other.startsWith(key + "."))
                && rows(runPart()).stream().noneMatch(row -> row.key().equals(key)));
        Set<String> documented =
                new TreeSet<>(rows(runPart()).stream().map(Row::key).toList());
        assertThat(documented).isEqualTo(known);
    }

    @Test
    void everyDefaultOfARunIsTheDocumentedOne() {
        Set<String> documented = new TreeSet<>();
        rows(runPart()).forEach(row -> documented.add(row.key() + "=" + row.defaultValue()));
        for (String yaml : ALL_KINDS) {
            Section root = Section.root(ConfigTree.parse(yaml, "config", FOLDER, List.of()));
            RunConfig config = RunConfig.read(root);
            assertThat(config.settings().json()).isNotEmpty();
            assertThat(documented).containsAll(defaults(root, yaml));
        }
    }

    @Test
    void everyKeyAndDefaultOfPretrainIsTheDocumentedOne() {
        Section root = Section.root(ConfigTree.parse("", "config", FOLDER, List.of()));
        PretrainConfig.read(root);
        Set<String> documented = new TreeSet<>();
        rows(pretrainPart()).forEach(row -> documented.add(row.key() + "=" + row.defaultValue()));
        assertThat(documented).isEqualTo(defaults(root, ""));
    }

    /** {@code key=value} of every key that {@code yaml} does not give. */
    private static Set<String> defaults(Section root, String yaml) {
        ConfigTree given = ConfigTree.parse(yaml, "config", FOLDER, List.of());
        Set<String> result = new TreeSet<>();
        for (String key : leaves(root.settings(), "")) {
            if (!given.lines().containsKey(key)) {
                JsonNode value = root.settings().at("/" + key.replace('.', '/'));
                String text = value.isArray() ? value.toString().replace(",", ", ") : value.asText();
                if (!key.equals("data.root")) {
                    result.add(key + "=" + text);
                }
            }
        }
        return result;
    }

    private static Set<String> leaves(JsonNode node, String prefix) {
        Set<String> keys = new TreeSet<>();
        node.properties().forEach(field -> {
            String key = prefix + field.getKey();
            if (field.getValue().isObject()) {
                keys.addAll(leaves(field.getValue(), key + "."));
            } else {
                keys.add(key);
            }
        });
        return keys;
    }

    private static List<Row> rows(String text) {
        Matcher matcher = Pattern.compile("^\\| `([A-Za-z.]+)` \\| (?:`([^`]*)`)? ?\\|", Pattern.MULTILINE)
                .matcher(text);
        List<Row> rows = new ArrayList<>();
        while (matcher.find()) {
            rows.add(new Row(matcher.group(1), matcher.group(2)));
        }
        return rows;
    }

    private static String runPart() {
        return page().substring(0, pretrainStart());
    }

    private static String pretrainPart() {
        return page().substring(pretrainStart());
    }

    private static int pretrainStart() {
        int start = page().indexOf("## The config of `inlay pretrain`");
        assertThat(start).isPositive();
        return start;
    }

    private static String page() {
        try {
            return Files.readString(Path.of("docs/config.md"));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
