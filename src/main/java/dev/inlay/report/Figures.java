package dev.inlay.report;

import dev.inlay.record.Interval;
import dev.inlay.record.Measured;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Numbers as people read them, the same in every locale. */
final class Figures {
    private static final String[] BYTE_UNITS = {"bytes", "KB", "MB", "GB", "TB"};
    private static final String[] SHORT_UNITS = {"", "k", "M", "G"};

    private Figures() {}

    /** A fraction in [0, 1] as percent with one decimal. */
    static String percent(double fraction) {
        return String.format(Locale.ROOT, "%.1f\u00a0%%", 100 * fraction);
    }

    /** An interval of fractions in [0, 1] as percent: {@code 91.2 to 95.4 %}. */
    static String interval(Interval interval) {
        return String.format(Locale.ROOT, "%.1f to %s", 100 * interval.low(), percent(interval.high()));
    }

    /** Fractions in [0, 1] as percent without the sign: {@code 48.7 ± 0.6}; a dash for nothing. */
    static String measured(Measured value) {
        if (value == null) {
            return "\u2013";
        }
        String mean = String.format(Locale.ROOT, "%.1f", 100 * value.mean());
        return value.spread() == null ? mean : mean + String.format(Locale.ROOT, " \u00b1 %.1f", 100 * value.spread());
    }

    /** A cosine with three decimals. */
    static String cosine(double cosine) {
        return String.format(Locale.ROOT, "%.3f", cosine);
    }

    /** A small fraction as percent with two digits that mean something. */
    static String smallPercent(double fraction) {
        double percent = 100 * fraction;
        int decimals = percent == 0 || percent >= 10 ? 0 : Math.min(6, 1 - (int) Math.floor(Math.log10(percent)));
        return String.format(Locale.ROOT, "%." + decimals + "f\u00a0%%", percent);
    }

    /** A difference of fractions in percentage points, with its sign. */
    static String points(double difference) {
        double tenths = Math.round(1000 * difference) / 10.0;
        String sign = tenths > 0 ? "+" : tenths < 0 ? "\u2212" : "\u00b1";
        return String.format(Locale.ROOT, "%s%.1f", sign, Math.abs(tenths));
    }

    /** A whole number with its thousands apart. */
    static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** One whole number, or the least and the most where they differ; a dash for nothing. */
    static String counts(Long least, Long most) {
        if (most == null) {
            return "\u2013";
        }
        return least.equals(most) ? count(most) : count(least) + "\u2013" + count(most);
    }

    /** A whole number and its noun; the plural has an s. */
    static String count(long value, String noun) {
        return count(value) + " " + noun + (value == 1 ? "" : "s");
    }

    /** A whole number in at most five characters, such as {@code 12k}. */
    static String brief(long value) {
        double scaled = value;
        int unit = 0;
        while (scaled >= 999.5 && unit < SHORT_UNITS.length - 1) {
            scaled /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, unit > 0 && scaled < 9.95 ? "%.1f%s" : "%.0f%s", scaled, SHORT_UNITS[unit]);
    }

    /** The name of a score as a sentence begins with it: {@code mAP} and {@code R²} stay as they are. */
    static String capitalised(String name) {
        return name.length() > 1 && Character.isLowerCase(name.charAt(1))
                ? name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1)
                : name;
    }

    /** A size with decimal units. */
    static String bytes(long value) {
        double scaled = value;
        int unit = 0;
        while (scaled >= 999.5 && unit < BYTE_UNITS.length - 1) {
            scaled /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, unit > 0 && scaled < 99.95 ? "%.1f %s" : "%.0f %s", scaled, BYTE_UNITS[unit]);
    }

    /** A stretch of time. */
    static String duration(double seconds) {
        if (seconds < 9.95) {
            return String.format(Locale.ROOT, "%.1f s", seconds);
        }
        long whole = Math.round(seconds);
        if (whole < 60) {
            return whole + " s";
        }
        if (whole < 3600) {
            return String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60);
        }
        return String.format(Locale.ROOT, "%d h %02d min", whole / 3600, whole % 3600 / 60);
    }

    /** Any number with three digits that mean something. */
    static String number(double value) {
        if (!Double.isFinite(value)) {
            return Double.toString(value);
        }
        BigDecimal rounded = new BigDecimal(value, new MathContext(3)).stripTrailingZeros();
        int exponent = rounded.precision() - rounded.scale() - 1;
        return rounded.signum() == 0 || (exponent >= -4 && exponent < 6)
                ? rounded.toPlainString()
                : rounded.scaleByPowerOfTen(-exponent).toPlainString() + "e" + exponent;
    }

    /** A coordinate of an image. */
    static String coordinate(double value) {
        String text = String.format(Locale.ROOT, "%.2f", value);
        return text.replaceFirst("\\.?0+$", "").replaceFirst("^-0$", "0");
    }

    /** {@code text} cut in its middle to at most {@code length} characters. */
    static String shorten(String text, int length) {
        int[] characters = text.codePoints().toArray();
        if (characters.length <= length) {
            return text;
        }
        int head = length / 2;
        int tail = length - 1 - head;
        return new String(characters, 0, head) + "\u2026" + new String(characters, characters.length - tail, tail);
    }
}
