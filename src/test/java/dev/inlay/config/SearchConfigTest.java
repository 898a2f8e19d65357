package dev.inlay.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.ConfigException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Grids of settings and the points they stand for. */
class SearchConfigTest {
    private static final String GRID =
            "search: {grid: {train.learningRate: [1e-3, 1e-2], method.rank: [2, 4, 8]}, sample: %d}";

    private static RunConfig parse(String yaml) {
        return RunConfig.parse(yaml, Path.of("/configs"), List.of());
    }

    @Test
    void theLastKeyChangesFastest() {
        List<Map<String, String>> points = parse(GRID.formatted(0)).search().points(0);
        assertThat(points).hasSize(6);
        assertThat(points.get(1)).isEqualTo(Map.of("train.learningRate", "1e-3", "method.rank", "4"));
        assertThat(points.get(3)).isEqualTo(Map.of("train.learningRate", "1e-2", "method.rank", "2"));
        assertThat(parse("").search().points(0)).isEmpty();
    }

    @Test
    void aSampleIsASeededPartOfTheGridInItsOrder() {
        List<Map<String, String>> all = parse(GRID.formatted(0)).search().points(0);
        SearchConfig sampled = parse(GRID.formatted(3)).search();
        assertThat(sampled.points(1)).hasSize(3).isEqualTo(sampled.points(1));
        assertThat(all).containsSubsequence(sampled.points(1));
        assertThat(List.of(sampled.points(2), sampled.points(3), sampled.points(4)))
                .anyMatch(other -> !other.equals(sampled.points(1)));
    }

    @Test
    void aPointIsTheConfigWithItsSettings() {
        RunConfig config = parse(GRID.formatted(0));
        RunConfig point = config.with(config.search().points(0).get(5));
        assertThat(point.train().learningRate()).isEqualTo(1e-2);
        assertThat(((MethodConfig.Spt) point.method()).rank()).isEqualTo(8);
        assertThat(point.search().grid()).isEmpty();
        assertThat(point.data()).isEqualTo(config.data());
    }

    @Test
    void everyValueThatDoesNotFitIsNamedBeforeAnythingRuns() {
        assertThatThrownBy(() -> parse("search: {grid: {train.learningRate: [1e-3, fast], method.rank: [0]}}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("search.grid.train.learningRate: fast does not fit")
                .hasMessageContaining("search.grid.method.rank: 0 does not fit");
        assertThatThrownBy(() -> parse("search: {grid: {data.task: [shape], train.epochs: 3}}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("data.task cannot be searched")
                .hasMessageContaining("train.epochs: expected a list of values, found 3");
    }

    @Test
    void thePublishedGridComesWithTheRecipeOfVpt() {
        RunConfig config = parse("recipe: vpt");
        assertThat(config.search().points(0)).hasSize(40);
        assertThat(config.search().points(0).get(5))
                .isEqualTo(Map.of("train.learningRate", "25", "train.weightDecay", "0.001"));
        assertThat(parse("search: {grid: vptFinetune}").search().points(0)).hasSize(16);
        assertThat(parse("recipe: vpt\nsearch: {grid: {}}").search().points(0)).isEmpty();
    }
}
