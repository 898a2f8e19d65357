package dev.inlay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Ansi.Style;

class ColoursTest {
    @Test
    void onlyATerminalGetsColoursAndNoColorSwitchesThemOff() {
        assertThat(Colours.of(true, Map.of("TERM", "xterm"))).isEqualTo(Ansi.ON);
        assertThat(Colours.of(true, Map.of("NO_COLOR", ""))).isEqualTo(Ansi.ON);
        assertThat(Colours.of(true, Map.of("NO_COLOR", "1"))).isEqualTo(Ansi.OFF);
        assertThat(Colours.of(true, Map.of("TERM", "dumb"))).isEqualTo(Ansi.OFF);
        assertThat(Colours.of(false, Map.of("TERM", "xterm"))).isEqualTo(Ansi.OFF);
    }

    @Test
    void aTextIsOtherwiseAsItIs() {
        assertThat(Colours.in(Ansi.ON, "85 % @|x|@", Style.bold)).isEqualTo("\u001b[1m85 % @|x|@\u001b[0m");
        assertThat(Colours.in(Ansi.ON, "85 %")).isEqualTo("85 %");
        assertThat(Colours.in(Ansi.OFF, "85 %", Style.bold)).isEqualTo("85 %");
    }
}
