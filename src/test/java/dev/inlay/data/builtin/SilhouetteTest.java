package dev.inlay.data.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SilhouetteTest {
    /** Counts the points of a fine lattice inside the outline; a hole that is filled would show. */
    @ParameterizedTest
    @EnumSource(value = Silhouette.class, names = "TWIG", mode = EnumSource.Mode.EXCLUDE)
    void enclosesTheAreaOfTheUnitDiscWithinItsExtent(Silhouette silhouette) {
        Path2D outline = silhouette.outline(AffineTransform.getRotateInstance(0.3));
        double step = 0.02;
        int inside = 0;
        double farthest = 0;
        for (double x = -2.5; x < 2.5; x += step) {
            for (double y = -2.5; y < 2.5; y += step) {
                if (outline.contains(x, y)) {
                    inside++;
                    farthest = Math.max(farthest, Math.hypot(x, y));
                }
            }
        }
        assertThat(inside * step * step).isCloseTo(Math.PI, within(0.06));
        assertThat(farthest).isCloseTo(silhouette.extent(), within(0.12)).isLessThanOrEqualTo(silhouette.extent());
    }
}
