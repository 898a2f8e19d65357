package dev.inlay.parallel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.tensor.Tensors;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GlooGroupTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void aSumIsThatOfAllRanksOnEachOfThem(int ranks) throws Exception {
        List<float[]> sums = Together.run(folder, ranks, group -> {
            try (PointerScope scope = new PointerScope()) {
                Tensor values = Tensors.of(new float[] {group.rank() + 1, 0.1f}, 2);
                group.sum(values);
                return Tensors.floats(values);
            }
        });
        assertThat(sums).hasSize(ranks).allSatisfy(sum -> {
            assertThat(sum[0]).isEqualTo(ranks * (ranks + 1) / 2f);
            assertThat(sum).isEqualTo(sums.get(0));
        });
    }

    @Test
    void aMessageReachesEveryRank() throws Exception {
        String text = "größer als ein Byte: ✓".repeat(1000);
        List<List<String>> heard = Together.run(folder, 3, group -> {
            if (group.rank() > 0) {
                return List.of(Message.receive(group), Message.receive(group));
            }
            Message.send(group, text);
            Message.send(group, "");
            return List.of(text, "");
        });
        assertThat(heard).hasSize(3).allMatch(List.of(text, "")::equals);
    }
}
