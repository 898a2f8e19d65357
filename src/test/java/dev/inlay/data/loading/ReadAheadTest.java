package dev.inlay.data.loading;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import java.util.Iterator;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

/** Images are read while batches are used, and no more of them than two batches wait. */
class ReadAheadTest {
    private static final int BATCH = 4;
    private static final int IMAGES = 22;

    private final AtomicInteger asked = new AtomicInteger();
    private final CountDownLatch twoBatches = new CountDownLatch(3 * BATCH);

    /** Images of one pixel, which hold their numbers. */
    private Iterator<PendingImage> numbered() {
        return IntStream.range(0, IMAGES)
                .peek(i -> asked.incrementAndGet())
                .mapToObj(i -> (PendingImage) new PendingImage() {
                    @Override
                    public int index() {
                        return i;
                    }

                    @Override
                    public void read(float[] out, int offset) {
                        out[offset] = i;
                        twoBatches.countDown();
                    }
                })
                .iterator();
    }

    @Test
    void readsTwoBatchesBesideTheOneInUseAndNoMore() throws InterruptedException {
        try (ReadAhead reader = new ReadAhead(BATCH, 2, Device.CPU);
                Batches batches = reader.read(numbered(), 1, 1);
                PointerScope scope = new PointerScope()) {
            batches.next();
            assertThat(twoBatches.await(30, TimeUnit.SECONDS)).isTrue();
            // the iterator of a stream may look at one more
            assertThat(asked.get()).isBetween(3 * BATCH, 3 * BATCH + 1);
        }
    }

    @Test
    void everyImageComesOnceAndInOrder() {
        try (ReadAhead reader = new ReadAhead(BATCH, 3, Device.CPU);
                Batches batches = reader.read(numbered(), 1, 1)) {
            int next = 0;
            while (batches.hasNext()) {
                try (PointerScope scope = new PointerScope()) {
                    Batch batch = batches.next();
                    assertThat(batch.indices())
                            .containsExactly(IntStream.range(next, Math.min(next + BATCH, IMAGES))
                                    .toArray());
                    float[] pixels = Tensors.floats(batch.input());
                    for (int k = 0; k < batch.size(); k++) {
                        assertThat(pixels[3 * k]).isEqualTo(next + k);
                    }
                    next += batch.size();
                }
            }
            assertThat(next).isEqualTo(IMAGES);
        }
    }
}
