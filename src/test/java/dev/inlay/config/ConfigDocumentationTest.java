package dev.inlay.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.publishing.Markdown;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Holds {@code docs/config.md} to what the reader does. */
class ConfigDocumentationTest {
    private static final Path FOLDER = Path.of("/configs");
    private static final Markdown PAGE = Markdown.of("docs/config.md");
    private static final String PRETRAIN = "inlay pretrain";

    /** Between them these ask for every key there is. */
    private static final List<String> ALL_KINDS = List.of(
            "",
            "data: {type: folder, root: r, transform: {normalize: {std: [1, 1, 1]}}}",
            "data: {augment: {colorJitter: {}}}",
            "data: {type: vtab, root: r}",
            "data: {type: json, root: r}",
            "data: {type: csv, file: f}",
            "data: {type: csv, file: f, labels: multi, split: {stratify: false}}",
            "data: {type: csv, file: f, labels: numbers, labelColumns: [age], split: {stratify: false}}",
            "data: {type: masks, root: r, classes: [a, b]}\nbackbone: {imageSize: 96}\ntrain: {headInit: small}",
            "data: {type: tensors, train: t}");

    private record Row(String key, String defaultValue) {}

    @Test
    void theCompleteExampleIsAConfigAndNamesEveryKeyThatApplies() {
        assertThat(PAGE.without(PRETRAIN).code("yaml")).anySatisfy(example -> {
            ConfigTree tree = ConfigTree.parse(example, "example", FOLDER, List.of());
            Section root = Section.root(tree);
            RunConfig.read(root);

            Set<String> applies = leaves(root.settings(), "");
            assertThat(tree.lines().keySet())
                    .containsAll(applies.stream()
                            .filter(key -> !key.equals("backbone.random"))
                            .toList());
        });
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
                && rows(PAGE.without(PRETRAIN)).stream()
                        .noneMatch(row -> row.key().equals(key)));
        Set<String> documented = new TreeSet<>(
                rows(PAGE.without(PRETRAIN)).stream().map(Row::key).toList());
        assertThat(documented).isEqualTo(known);
    }

    @Test
    void everyDefaultOfARunIsTheDocumentedOne() {
        Set<String> documented = new TreeSet<>();
        rows(PAGE.without(PRETRAIN)).forEach(row -> documented.add(row.key() + "=" + row.defaultValue()));
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
        rows(PAGE.under(PRETRAIN)).forEach(row -> documented.add(row.key() + "=" + row.defaultValue()));
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

    /** The rows of tables that have a default. */
    private static List<Row> rows(Markdown part) {
        List<Row> rows = new ArrayList<>();
        for (Markdown.Table table : part.tables()) {
            int column = table.headings().indexOf("default");
            for (List<String> row : table.rows()) {
                List<String> keys = Markdown.names(row.get(0));
                if (keys.size() == 1 && keys.get(0).matches("[A-Za-z.]+")) {
                    List<String> values = column < 0 ? List.of() : Markdown.names(row.get(column));
                    rows.add(new Row(keys.get(0), values.isEmpty() ? null : values.get(0)));
                }
            }
        }
        return rows;
    }
}
