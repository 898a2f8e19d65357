package dev.inlay.cli;

import static dev.inlay.cli.Cli.inlay;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Options of {@code inlay tune} about processes that do not go together, and a rank that finds nobody. */
class RankArgumentsTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            --nproc 0                                    | --nproc: expected a whole number of at least 1, found 0
            --nproc 2 --rank 1                           | --rank and --rendezvous go together
            --nproc 2 --rendezvous host:1                | --rank and --rendezvous go together
            --rank 0 --rendezvous host:1                 | --rank: expected 0 to --nproc - 1, with an --nproc of at least 2
            --nproc 2 --rank 2 --rendezvous host:1       | found --rank 2 of --nproc 2
            --nproc 2 --rank -1 --rendezvous host:1      | found --rank -1 of --nproc 2
            --nproc 2 --rank 0 --rendezvous host         | --rendezvous: expected HOST:PORT
            --nproc 2 --rank 0 --rendezvous host:0       | --rendezvous: expected a port that all know, found 0
            --nproc 2 --rank 0 --rendezvous host:99999   | --rendezvous: expected HOST:PORT with a port up to 65535
            --nproc 2 --rank-timeout 0                   | --rank-timeout: expected 1 to 1000000 seconds, found 0
            --nproc 2 --rank-port 1                      | --rank-port goes with --engine spark
            --nproc 2 --rank 0 --rendezvous h:1 --engine spark | --rank is for processes without --engine spark
            """)
    void whatDoesNotGoTogetherIsRefused(String options, String problem) {
        Cli refused =
                inlay("tune", TinyRun.config(folder), "--out", folder.resolve("out"), List.of(options.split(" ")));
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.complaint()).contains(problem);
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void whoDoesNotComeIsNamed() {
        Cli helper = tune(1, "127.0.0.1:1");
        assertThat(helper.code()).isEqualTo(1);
        assertThat(helper.complaint()).contains("could not reach rank 0 at 127.0.0.1:1 within 1 s: Connection refused");
        Cli first = tune(0, "127.0.0.1:29473");
        assertThat(first.code()).isEqualTo(1);
        assertThat(first.complaint()).contains("rank 1 did not come to 127.0.0.1:29473 within 1 s");
    }

    private Cli tune(int rank, String place) {
        return inlay(
                "tune",
                TinyRun.config(folder),
                "--out",
                folder.resolve("out"),
                "--nproc",
                2,
                "--rank",
                rank,
                "--rendezvous",
                place,
                "--rank-timeout",
                1);
    }
}
