package dev.inlay.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.data.loading.Batch;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.Tensors;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

/** A batch is computed in parts, each on a thread that has one of LibTorch's, and comes together in order. */
class BatchPartsTest {
    private static final int THREADS = 3;

    /** Images of one number each, which say their index. */
    private static Batch batch(int size) {
        float[] images = new float[size];
        for (int i = 0; i < size; i++) {
            images[i] = i;
        }
        return new Batch(
                IntStream.range(0, size).toArray(),
                Device.CPU.of(images, size, 1),
                Device.CPU.of(new long[size], size));
    }

    @Test
    void partsComeInOrderAndEachHasAThread() {
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        AtomicInteger most = new AtomicInteger();
        int here = LibTorch.threads();
        try (PointerScope scope = new PointerScope();
                BatchParts parts = new BatchParts(THREADS)) {
            List<BatchParts.Computed> computed = parts.compute(batch(8), part -> {
                threads.add(Thread.currentThread());
                most.accumulateAndGet(LibTorch.threads(), Math::max);
                return Tensors.floats(part.input());
            });
            assertThat(computed).extracting(part -> part.part().size()).containsExactly(2, 3, 3);
            int next = 0;
            for (BatchParts.Computed part : computed) {
                for (int k = 0; k < part.rows().length; k++) {
                    assertThat(part.rows()[k]).isEqualTo(next);
                    assertThat(part.part().indices()[k]).isEqualTo(next++);
                }
            }
        }
        assertThat(threads).doesNotContain(Thread.currentThread()).isNotEmpty();
        assertThat(most).hasValue(1);
        assertThat(LibTorch.threads()).isEqualTo(here);
    }

    @Test
    void fewerImagesThanThreadsStayTogetherOnTheCallersThread() {
        try (PointerScope scope = new PointerScope();
                BatchParts parts = new BatchParts(THREADS)) {
            Thread caller = Thread.currentThread();
            List<BatchParts.Computed> computed = parts.compute(batch(THREADS - 1), part -> {
                assertThat(Thread.currentThread()).isSameAs(caller);
                return Tensors.floats(part.input());
            });
            assertThat(computed).hasSize(1);
            assertThat(computed.get(0).rows()).containsExactly(0, 1);
        }
    }

    @Test
    void aFailureIsThrownAsItIsOnceAllPartsAreDone() {
        AtomicInteger done = new AtomicInteger();
        try (PointerScope scope = new PointerScope();
                BatchParts parts = new BatchParts(THREADS)) {
            Batch batch = batch(9);
            assertThatThrownBy(() -> parts.compute(batch, part -> {
                        if (part.indices()[0] == 0) {
                            throw new DataException("the first part is bad");
                        }
                        try {
                            Thread.sleep(100);
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                        done.incrementAndGet();
                        return Tensors.floats(part.input());
                    }))
                    .isInstanceOf(DataException.class)
                    .hasMessage("the first part is bad");
            assertThat(done).hasValue(2);
        }
    }
}
