package dev.inlay.bench.study;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.bench.Rounds;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TurnsTest {
    @Test
    void waysAreRunInTurnAfterAWarmUp() {
        List<String> run = new ArrayList<>();
        Map<String, Runnable> ways = new LinkedHashMap<>();
        ways.put("a", () -> run.add("a"));
        ways.put("b", () -> run.add("b"));
        Turns turns = Turns.measure(2, 2, ways);
        assertThat(String.join("", run)).isEqualTo("aabb".repeat(3));
        assertThat(turns.ways()).containsOnlyKeys("a", "b");
        assertThat(turns.ways().values())
                .allSatisfy(rounds -> assertThat(rounds.seconds()).hasSize(2));
    }

    @Test
    void ratiosAreOfTheSameRound() {
        Map<String, Rounds> ways = new LinkedHashMap<>();
        ways.put("first", new Rounds(List.of(1.0, 2.0, 4.0), List.of(1.0, 0.0, 1.0), List.of()));
        ways.put("second", new Rounds(List.of(2.0, 2.0, 2.0), List.of(3.0, 3.0, 3.0), List.of()));
        List<String> lines = new Turns(ways).lines();
        assertThat(lines.get(0)).containsPattern("first +2.00 +1.00 +1.00 +1.00 \\(1.00 to 1.00\\) +1.00");
        assertThat(lines.get(1)).containsPattern("second +2.00 +2.00 +3.00 +1.00 \\(0.500 to 1.00\\) +3.00");
    }
}
