package dev.inlay.report;

import dev.inlay.record.SampleComparisons;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ComparisonPageTest {
    @Test
    void show() {
        ComparisonPage.write(Path.of("/tmp/compare.html"), SampleComparisons.papers());
        System.out.println(ComparisonText.table(SampleComparisons.papers()));
        System.out.println(ComparisonText.csv(SampleComparisons.small()));
    }
}
