package dev.inlay.data.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import java.util.NoSuchElementException;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

/** Batches that another thread sends, where the way is short: from main memory to main memory, or to LibTorch's meta device. */
class UploadedBatchesTest {
    private static final int BATCHES = 5;

    /** Batch i holds i; the last may fail. */
    private static final class Numbered implements Batches {
        private final boolean fails;
        private int next;
        private boolean closed;

        Numbered(boolean fails) {
            this.fails = fails;
        }

        @Override
        public boolean hasNext() {
            return next < BATCHES;
        }

        @Override
        public Batch next() {
            int i = next++;
            if (fails && i == 2) {
                throw new IllegalStateException("batch 2 is bad");
            }
            return new Batch(new int[] {i}, Device.CPU.of(new float[] {i}, 1), Device.CPU.of(new long[] {i}, 1));
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    @Test
    void allComeInOrder() {
        Numbered loaded = new Numbered(false);
        try (UploadedBatches batches = new UploadedBatches(loaded, Device.CPU)) {
            for (int i = 0; i < BATCHES; i++) {
                try (PointerScope scope = new PointerScope()) {
                    assertThat(batches.hasNext()).isTrue();
                    Batch batch = batches.next();
                    assertThat(batch.indices()).containsExactly(i);
                    assertThat(Tensors.floats(batch.input())).containsExactly(i);
                    assertThat(Tensors.longs(batch.labels())).containsExactly(i);
                }
            }
            assertThat(batches.hasNext()).isFalse();
            assertThatThrownBy(batches::next).isInstanceOf(NoSuchElementException.class);
        }
        assertThat(loaded.closed).isTrue();
    }

    @Test
    void theyGoToTheDevice() {
        Device meta = new Device("meta", 0);
        try (PointerScope scope = new PointerScope();
                UploadedBatches batches = new UploadedBatches(new Numbered(false), meta)) {
            assertThat(Device.of(batches.next().input())).isEqualTo(meta);
        }
    }

    @Test
    void aFailureIsThrownWhereTheBatchIsAskedFor() {
        try (PointerScope scope = new PointerScope();
                UploadedBatches batches = new UploadedBatches(new Numbered(true), Device.CPU)) {
            batches.next();
            batches.next();
            assertThatThrownBy(batches::next)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("batch 2 is bad");
        }
    }

    @Test
    void whatNobodyTakesIsFreed() {
        try (PointerScope warm = new PointerScope();
                UploadedBatches batches = new UploadedBatches(new Numbered(false), Device.CPU)) {
            batches.next();
        }
        long before = org.bytedeco.javacpp.Pointer.totalCount();
        for (int i = 0; i < 20; i++) {
            try (PointerScope scope = new PointerScope();
                    UploadedBatches batches = new UploadedBatches(new Numbered(false), Device.CPU)) {
                batches.next();
            }
        }
        assertThat(org.bytedeco.javacpp.Pointer.totalCount()).isLessThanOrEqualTo(before + 5);
    }
}
