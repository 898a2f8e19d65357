package dev.inlay.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.ConfigException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What {@code method.firstBlock} may say. */
class FirstBlockTest {
    private static FirstBlock read(String method) {
        return firstBlock(parse("method: {" + method + "}"));
    }

    private static RunConfig parse(String yaml) {
        return RunConfig.parse(yaml, Path.of("/configs"), List.of());
    }

    private static FirstBlock firstBlock(RunConfig config) {
        return ((MethodConfig.Spt) config.method()).firstBlock();
    }

    @Test
    void isABlockOrAuto() {
        assertThat(read("")).isEqualTo(new FirstBlock.At(0));
        assertThat(read("firstBlock: 7")).isEqualTo(new FirstBlock.At(7));
        assertThat(read("firstBlock: auto")).isEqualTo(new FirstBlock.Auto());
    }

    @Test
    void autoGivesWayToABlock() {
        RunConfig config = parse("method: {firstBlock: auto}");
        assertThat(firstBlock(config.with(Map.of("train.learningRate", "0.1")))).isEqualTo(new FirstBlock.Auto());
        assertThat(firstBlock(config.with(Map.of("method.firstBlock", "3")))).isEqualTo(new FirstBlock.At(3));
    }

    @Test
    void aPlanSaysItselfWhatIsTuned() {
        RunConfig planned = parse("method: {plan: plan.json}");
        assertThat(firstBlock(planned.with(Map.of("train.epochs", "2")))).isEqualTo(new FirstBlock.At(0));
        assertThatThrownBy(() -> read("plan: plan.json, firstBlock: 2"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("method.firstBlock")
                .hasMessageContaining("conflicts with plan");
    }

    @Test
    void whatItCannotBeIsNamedBesideAllElseThatIsWrong() {
        for (String bad : List.of("-1", "1.5", "last", "Auto")) {
            assertThatThrownBy(() -> read("rank: 0, firstBlock: " + bad))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("method.rank")
                    .hasMessageContaining("expected the index of a block such as 4, or auto, found " + bad);
        }
    }
}
