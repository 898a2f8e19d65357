package dev.inlay.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.Inlay;
import dev.inlay.cli.TinyRun;
import dev.inlay.config.RunConfig;
import dev.inlay.error.InlayException;
import dev.inlay.record.EpochRecord;
import dev.inlay.record.RunRecord;
import dev.inlay.train.RunObserver;
import dev.inlay.train.Training;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of events; that TensorBoard reads them is tested by scripts/interop. */
class TensorBoardTest {
    private static final int CHECKSUM = 4;
    private static final int STEP = 10;
    private static final Pattern TAG = Pattern.compile("(train|validation|test)/[a-z_0-9]+");

    /** As TensorBoard's own writer writes it. */
    private static final String WRITTEN =
            "1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c"
                    + "2100000000000000017becf609000000000000f83f10ac022a130a110a0a747261696e2f6c6f7373150000803e6557981f";

    @TempDir
    private Path folder;

    private EventFile open() {
        return EventFile.in(folder, Clock.fixed(Instant.ofEpochMilli(1500), ZoneOffset.UTC));
    }

    private byte[] bytes() throws IOException {
        return Files.readAllBytes(folder.resolve(EventFile.NAME));
    }

    @Test
    void bytesAreThoseOfTensorBoardsWriter() throws IOException {
        try (EventFile file = open()) {
            file.scalar("train/loss", 300, 0.25);
        }
        assertThat(HexFormat.of().formatHex(bytes())).isEqualTo(WRITTEN);
    }

    @Test
    void aFileContinuesBehindItsLastWholeRecordWithoutAStepTwice() throws IOException {
        byte[] whole;
        try (EventFile file = open()) {
            for (int step = 1; step <= 200; step++) {
                file.scalar("train/loss", step, 1.0 / step);
                file.scalar("train/learning_rate", step, 0.1);
            }
        }
        whole = bytes();
        for (int cut : new int[] {1, 13, 60, 61, 500}) {
            Files.write(folder.resolve(EventFile.NAME), Arrays.copyOf(whole, whole.length - cut));
            try (EventFile file = open()) {
                for (int step = 100; step <= 200; step++) {
                    file.scalar("train/loss", step, 1.0 / step);
                    file.scalar("train/learning_rate", step, 0.1);
                }
            }
            assertThat(bytes()).isEqualTo(whole);
        }
    }

    @Test
    void anotherFileIsRefused() throws IOException {
        Files.writeString(folder.resolve(EventFile.NAME), "something else that is long enough");
        assertThatThrownBy(this::open)
                .isInstanceOf(InlayException.class)
                .hasMessageContaining(EventFile.NAME + ": expected a record of TensorBoard at byte 0, found none");
    }

    @Test
    void aResumedRunHasEveryStepAndEpochOnce() throws IOException {
        RunConfig config = RunConfig.read(TinyRun.config(folder), List.of());
        Path out = folder.resolve("run");
        RunObserver killed = new RunObserver() {
            @Override
            public void onEpoch(Training training, EpochRecord epoch) {
                if (training.name().equals("train") && epoch.epoch() == 2) {
                    throw new IllegalStateException("killed");
                }
            }
        };
        try (TensorBoard board = new TensorBoard(out.resolve("tensorboard"))) {
            assertThatThrownBy(() -> Inlay.tune(config, out, board.and(killed)))
                    .hasMessageContaining(killed.getClass().getName() + " failed");
        }
        RunRecord run;
        try (TensorBoard board = new TensorBoard(out.resolve("tensorboard"))) {
            run = Inlay.tune(config, out, RunObserver.nobody().and(board));
        }
        Map<String, List<Long>> steps = steps(out.resolve("tensorboard/train"));
        long last = 4L * run.data().train() / 16;
        assertThat(steps.get("train/loss"))
                .isEqualTo(LongStream.rangeClosed(1, last).boxed().toList());
        assertThat(steps.get("train/top1")).containsExactly(1L, 2L, 3L, 4L);
        assertThat(steps.get("validation/top1")).containsExactly(1L, 2L, 3L, 4L);
        assertThat(steps.get("test/cross_entropy")).containsExactly(4L);
        assertThat(steps(out.resolve("tensorboard/try_2_of_2"))).containsKey("train/learning_rate");
        assertThat(Files.readAllLines(out.resolve("curves.csv")))
                .hasSize(5)
                .first()
                .isEqualTo("epoch,learningRate,trainLoss,trainTop1,validationTop1,testTop1,gradientNorm,seconds,"
                        + "examplesPerSecond");
    }

    /** Tag to its steps. */
    private static Map<String, List<Long>> steps(Path of) throws IOException {
        ByteBuffer file =
                ByteBuffer.wrap(Files.readAllBytes(of.resolve(EventFile.NAME))).order(ByteOrder.LITTLE_ENDIAN);
        Map<String, List<Long>> steps = new LinkedHashMap<>();
        while (file.hasRemaining()) {
            int length = (int) file.getLong();
            byte[] event =
                    Arrays.copyOfRange(file.array(), file.position() + CHECKSUM, file.position() + CHECKSUM + length);
            file.position(file.position() + CHECKSUM + length + CHECKSUM);
            Matcher tag = TAG.matcher(new String(event, StandardCharsets.ISO_8859_1));
            if (tag.find()) { // all steps here are below 128
                steps.computeIfAbsent(tag.group(), t -> new ArrayList<>()).add((long) event[STEP]);
            }
        }
        return steps;
    }
}
