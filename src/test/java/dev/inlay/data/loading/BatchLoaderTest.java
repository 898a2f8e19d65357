package dev.inlay.data.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.data.Examples;
import dev.inlay.data.LabelSpace;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

class BatchLoaderTest {
    private static final int[] ORDER = Order.shuffled(3, 0, 23);

    @Test
    void batchesEqualReadingOneByOne() {
        CountedExamples examples = new CountedExamples(23);
        int[] rest = ORDER;
        try (BatchLoader loader = new BatchLoader(examples, 5, 3);
                Batches batches = loader.read(ORDER, 4, 0)) {
            int count = 0;
            while (batches.hasNext()) {
                try (PointerScope scope = new PointerScope()) {
                    Batch batch = batches.next();
                    int size = batch.size();
                    assertThat(batch.indices()).isEqualTo(Arrays.copyOf(rest, size));
                    rest = Arrays.copyOfRange(rest, size, rest.length);
                    assertThat(Tensors.shape(batch.input())).containsExactly(size, 3, 2, 3);
                    float[] expected = new float[size * 18];
                    for (int k = 0; k < size; k++) {
                        examples.read(batch.indices()[k], 4, expected, k * 18);
                    }
                    assertThat(Tensors.floats(batch.input())).isEqualTo(expected);
                    assertThat(Tensors.longs(batch.labels()))
                            .isEqualTo(Arrays.stream(batch.indices())
                                    .mapToLong(i -> i % 7)
                                    .toArray());
                    count++;
                }
            }
            assertThat(count).isEqualTo(5).isEqualTo(loader.batches(23));
            assertThat(rest).isEmpty();
            assertThatThrownBy(batches::next).isInstanceOf(NoSuchElementException.class);
        }
    }

    /** The same from images and from what frozen blocks made of them. */
    @Test
    void anExampleThatIsDrawnAgainHasItsImageAndLabelAndADrawOfItsOwn() {
        CountedExamples examples = new CountedExamples(23);
        int[] draws = {3, 3 + 23, 22, 3 + 2 * 23};
        try (PointerScope scope = new PointerScope();
                BatchLoader loader = new BatchLoader(examples, 4, 2);
                Batches batches = loader.read(draws, 0, 0)) {
            Batch drawn = batches.next();
            assertThat(drawn.indices()).isEqualTo(draws);
            assertThat(Tensors.longs(drawn.labels())).containsExactly(3, 3, 1, 3);
            float[] images = Tensors.floats(drawn.input());
            assertThat(Arrays.copyOfRange(images, 18, 36)).isEqualTo(Arrays.copyOf(images, 18));
            assertThat(Arrays.copyOfRange(images, 36, 54)).isNotEqualTo(Arrays.copyOf(images, 18));

            KeptInputs kept = new KeptInputs(
                    examples, Tensors.of(IntStream.range(0, 23).asDoubleStream().toArray(), 23, 1), 2);
            Batch rows = kept.batches(4, 1, Device.CPU).read(draws, 0, 0).next();
            assertThat(rows.indices()).isEqualTo(draws);
            assertThat(Tensors.doubles(rows.input())).containsExactly(3, 3, 22, 3);
            assertThat(Tensors.longs(rows.labels())).containsExactly(3, 3, 1, 3);
        }
    }

    @Test
    void startsFromAnyBatch() {
        assertThat(indices(5, 0).subList(15, 23)).isEqualTo(indices(5, 3));
        assertThat(indices(5, 5)).isEmpty();
        assertThat(indices(100, 0)).hasSize(23);
    }

    @Test
    void ordersAreKeyedBySeedAndEpoch() {
        assertThat(Order.shuffled(3, 0, 23)).isEqualTo(ORDER);
        assertThat(Order.shuffled(3, 1, 23)).isNotEqualTo(ORDER);
        assertThat(Order.shuffled(4, 0, 23)).isNotEqualTo(ORDER);
        assertThat(IntStream.of(ORDER).sorted().toArray()).isEqualTo(Order.sequential(23));
    }

    @Test
    void whatAWorkerThrowsIsThrownToTheCallerAndNoThreadIsLeft() {
        CountedExamples examples = new CountedExamples(23) {
            @Override
            public void read(int i, int epoch, float[] out, int offset) {
                if (i == ORDER[12]) {
                    throw new DataException("photo.jpg: cannot be decoded");
                }
                super.read(i, epoch, out, offset);
            }
        };
        try (BatchLoader loader = new BatchLoader(examples, 5, 2);
                Batches batches = loader.read(ORDER, 0, 0)) {
            try (PointerScope scope = new PointerScope()) {
                assertThat(batches.next().indices()).isEqualTo(Arrays.copyOf(ORDER, 5));
                batches.next();
                assertThatThrownBy(batches::next)
                        .isInstanceOf(DataException.class)
                        .hasMessage("photo.jpg: cannot be decoded");
            }
        }
        assertThat(loaderThreads()).isEmpty();
    }

    @Test
    void closingEarlyLeavesNoThreadAndRefusesMore() {
        CountedExamples slow = new CountedExamples(1000) {
            @Override
            public void read(int i, int epoch, float[] out, int offset) {
                try {
                    Thread.sleep(5);
                } catch (InterruptedException e) {
                    throw new DataException("interrupted", e);
                }
                super.read(i, epoch, out, offset);
            }
        };
        BatchLoader loader = new BatchLoader(slow, 100, 2);
        Batches batches = loader.read(Order.sequential(1000), 0, 0);
        batches.close();
        batches.close();
        assertThat(batches.hasNext()).isFalse();
        loader.close();
        loader.close();
        assertThat(loaderThreads()).isEmpty();
        assertThatThrownBy(() -> loader.read(ORDER, 0, 0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the batch loader is closed");
    }

    @Test
    void tensorsBelongToTheScopeOfTheCaller() {
        try (BatchLoader loader = new BatchLoader(new CountedExamples(1000), 10, 2);
                Batches batches = loader.read(Order.sequential(1000), 0, 0)) {
            try (PointerScope scope = new PointerScope()) {
                batches.next();
            }
            long before = Pointer.totalCount();
            while (batches.hasNext()) {
                try (PointerScope scope = new PointerScope()) {
                    assertThat(batches.next().input().isNull()).isFalse();
                }
            }
            // a leak grows; the garbage of earlier tests may go meanwhile
            assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
        }
    }

    private static List<Integer> indices(int batchSize, int firstBatch) {
        List<Integer> indices = new ArrayList<>();
        try (BatchLoader loader = new BatchLoader(new CountedExamples(23), batchSize, 2);
                Batches batches = loader.read(ORDER, 0, firstBatch);
                PointerScope scope = new PointerScope()) {
            batches.forEachRemaining(batch -> Arrays.stream(batch.indices()).forEach(indices::add));
            assertThat(scope).isNotNull();
        }
        return indices;
    }

    private static List<String> loaderThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("inlay-batches"))
                .toList();
    }

    /** Images (3, 2, 3) whose values say example, epoch and place. */
    private static class CountedExamples implements Examples {
        private final int size;

        CountedExamples(int size) {
            this.size = size;
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public LabelSpace labels() {
            return LabelSpace.oneOf(List.of("0", "1", "2", "3", "4", "5", "6"));
        }

        @Override
        public int label(int i) {
            return i % 7;
        }

        @Override
        public String id(int i) {
            return Integer.toString(i);
        }

        @Override
        public int height() {
            return 2;
        }

        @Override
        public int width() {
            return 3;
        }

        @Override
        public void read(int i, int epoch, float[] out, int offset) {
            for (int k = 0; k < 18; k++) {
                out[offset + k] = i * 1000 + epoch * 100 + k;
            }
        }

        @Override
        public boolean repeats() {
            return false;
        }

        @Override
        public String fingerprint() {
            return "counted";
        }
    }
}
