package dev.inlay.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Locale;
import org.junit.jupiter.api.Test;

class FiguresTest {
    @Test
    void readTheSameInEveryLocale() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.GERMANY);
            assertThat(Figures.percent(0.1234)).isEqualTo("12.3\u00a0%");
            assertThat(Figures.count(1_234_567)).isEqualTo("1,234,567");
            assertThat(Figures.bytes(1_234_567)).isEqualTo("1.2 MB");
            assertThat(Figures.number(1.25)).isEqualTo("1.25");
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void smallSharesKeepTwoDigits() {
        assertThat(Figures.smallPercent(0)).isEqualTo("0\u00a0%");
        assertThat(Figures.smallPercent(0.000_349)).isEqualTo("0.035\u00a0%");
        assertThat(Figures.smallPercent(0.0111)).isEqualTo("1.1\u00a0%");
        assertThat(Figures.smallPercent(0.32)).isEqualTo("32\u00a0%");
        assertThat(Figures.smallPercent(2.5)).isEqualTo("250\u00a0%");
    }

    @Test
    void differencesCarryTheirSign() {
        assertThat(Figures.points(0.142)).isEqualTo("+14.2");
        assertThat(Figures.points(-0.0061)).isEqualTo("\u22120.6");
        assertThat(Figures.points(0.0001)).isEqualTo("\u00b10.0");
    }

    @Test
    void largeNumbersAreShort() {
        assertThat(Figures.brief(0)).isEqualTo("0");
        assertThat(Figures.brief(999)).isEqualTo("999");
        assertThat(Figures.brief(1_260)).isEqualTo("1.3k");
        assertThat(Figures.brief(12_700)).isEqualTo("13k");
        assertThat(Figures.brief(999_600)).isEqualTo("1.0M");
        assertThat(Figures.bytes(999)).isEqualTo("999 bytes");
        assertThat(Figures.bytes(336_400)).isEqualTo("336 KB");
        assertThat(Figures.bytes(22_100_000_000L)).isEqualTo("22.1 GB");
    }

    @Test
    void numbersKeepThreeDigits() {
        assertThat(Figures.number(0)).isEqualTo("0");
        assertThat(Figures.number(0.000_15)).isEqualTo("0.00015");
        assertThat(Figures.number(-0.000_015_49)).isEqualTo("-1.55e-5");
        assertThat(Figures.number(1e-6)).isEqualTo("1e-6");
        assertThat(Figures.number(100)).isEqualTo("100");
        assertThat(Figures.number(47.26)).isEqualTo("47.3");
        assertThat(Figures.number(2_345_678)).isEqualTo("2.35e6");
        assertThat(Figures.number(Double.NaN)).isEqualTo("NaN");
    }

    @Test
    void timesAreInTheirOwnUnits() {
        assertThat(Figures.duration(0.31)).isEqualTo("0.3 s");
        assertThat(Figures.duration(59.4)).isEqualTo("59 s");
        assertThat(Figures.duration(212)).isEqualTo("3 min 32 s");
        assertThat(Figures.duration(7_384)).isEqualTo("2 h 03 min");
    }

    @Test
    void longNamesKeepTheirEnds() {
        assertThat(Figures.shorten("abcdefghij", 10)).isEqualTo("abcdefghij");
        assertThat(Figures.shorten("abcdefghijk", 10)).isEqualTo("abcde\u2026hijk");
        assertThat(Figures.shorten("\ud83c\udf37".repeat(5), 4))
                .isEqualTo("\ud83c\udf37\ud83c\udf37\u2026\ud83c\udf37");
    }

    @Test
    void textIsEscaped() {
        assertThat(Html.escape("<a href='x'>&\"\u0007\n")).isEqualTo("&lt;a href=&#39;x&#39;&gt;&amp;&quot;\ufffd\n");
    }

    @Test
    void ticksAreRoundAndCoverTheValues() {
        assertThat(LineChart.ticks(0.42, 0.99, 5)).containsExactly(new double[] {0.4, 0.6, 0.8, 1.0}, within(1e-12));
        assertThat(LineChart.ticks(0, 3.4, 5)).containsExactly(0, 1, 2, 3, 4);
        assertThat(LineChart.ticks(0, 0, 5)).startsWith(0).hasSizeGreaterThan(1);
        assertThat(LineChart.ticks(2, 2, 5)[0]).isLessThanOrEqualTo(2);
    }
}
