package dev.inlay.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.cli.Main;
import dev.inlay.cli.ProvidedCommand;
import dev.inlay.keys.Keys;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code inlay bench}, found on the class path by the command line. */
class BenchCommandTest {
    @Test
    void isFoundByItsName() {
        assertThat(ProvidedCommand.named("bench")).containsInstanceOf(BenchCommand.class);
        assertThat(ProvidedCommand.named("bank")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"float32, float32", "bf16, bf16", "'float32,bf16', float32 bf16"})
    void listsTheCasesOfAPrecisionWhoseNamesMatch(String wanted, String listed) {
        Ended list = inlay(
                "bench", "--list", "--precision", wanted, "--only", "step vit_tiny.*(lora-8-qv|spt-lora-0.2m) 16 ");
        assertThat(list.code()).isZero();
        assertThat(list.out().lines())
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(listed.split(" "))
                        .flatMap(precision -> Stream.of(
                                "step vit_tiny_patch16_224 lora-8-qv 16 " + precision,
                                "step vit_tiny_patch16_224 spt-lora-0.2m 16 " + precision))
                        .toList());
    }

    @Test
    void listsWhatThisCpuComputesInUnlessAPrecisionIsGiven() {
        List<String> words =
                BenchBackbones.precisions().stream().map(Keys::word).toList();
        assertThat(words).contains("float32");
        assertThat(inlay("bench", "--list").out().lines().map(name -> name.replaceFirst(".* ", "")))
                .containsAll(words)
                .allMatch(words::contains);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--only x( | --only: expected a regular expression, found x(: Unclosed group",
                "--precision bf61 | --precision: expected one of float32, bf16, found bf61; did you mean bf16?",
                "--rounds -1 | --rounds: expected a whole number of at least 1, found -1",
                "--json src | --json: expected a file to write, found the folder src; add a name",
                "--slow | 'inlay bench' has no option --slow",
                "--only nothing.at.all | --only nothing.at.all: no case is called so; --list prints the names",
            })
    void badUsageEndsWithTwo(String arguments, String message) {
        Ended bad = inlay(("bench " + arguments).split(" "));
        assertThat(bad.code()).isEqualTo(2);
        assertThat(bad.err()).contains("inlay: ").contains(message).doesNotContain("\tat ");
    }

    /** A command that has ended. */
    private record Ended(int code, String out, String err) {}

    private static Ended inlay(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.run(new PrintWriter(out), new PrintWriter(err), arguments);
        return new Ended(code, out.toString(), err.toString());
    }
}
