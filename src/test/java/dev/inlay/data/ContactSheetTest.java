package dev.inlay.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.data.builtin.BuiltinDataset;
import dev.inlay.data.builtin.BuiltinDataset.Split;
import dev.inlay.data.builtin.BuiltinTasks;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContactSheetTest {
    @Test
    void classesAreRowsInTheOrderOfLabels(@TempDir Path folder) throws IOException {
        BuiltinDataset dataset = new BuiltinDataset(BuiltinTasks.named("relation"), Split.TRAIN, 0, 8, 20);
        ContactSheet.write(dataset, 3, folder.resolve("relation.png"));

        BufferedImage sheet = ImageIO.read(folder.resolve("relation.png").toFile());
        assertThat(sheet.getWidth()).isEqualTo(3 * 24 + 4);
        assertThat(sheet.getHeight()).isEqualTo(4 * 24 + 4);
        int[] column = new int[4];
        for (int i = 0; i < dataset.size(); i++) {
            int label = dataset.label(i);
            assertImage(dataset.image(i), sheet, 4 + 24 * column[label]++, 4 + 24 * label);
        }
        assertThat(sheet.getRGB(4 + 24 * 2, 4) & 0xFFFFFF)
                .as("two of each class, so the third is empty")
                .isZero();
    }

    private static void assertImage(RawImage image, BufferedImage sheet, int left, int top) {
        for (int k = 0; k < image.rgb().length; k++) {
            int pixel = sheet.getRGB(left + k / 3 % image.width(), top + k / 3 / image.width());
            assertThat((pixel >> (16 - 8 * (k % 3))) & 0xFF).isEqualTo(image.rgb()[k] & 0xFF);
        }
    }
}
