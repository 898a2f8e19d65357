package dev.inlay.config;

import dev.inlay.error.ConfigException;
import dev.inlay.error.Spelling;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Precision;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Which numbers a config wants products in.
 *
 * @param precision empty for {@code auto}: bf16 where the device multiplies it by instructions of its own, float32 elsewhere
 */
public record PrecisionChoice(Optional<Precision> precision) {
    /** Single precision, the default. */
    public static final PrecisionChoice FLOAT32 = new PrecisionChoice(Optional.of(Precision.FLOAT32));

    /** The key that all stages follow. */
    public static final String KEY = "precision";

    /** What the key takes. */
    private enum Word {
        FLOAT32,
        BF16,
        AUTO;

        PrecisionChoice choice() {
            return switch (this) {
                case FLOAT32 -> PrecisionChoice.FLOAT32;
                case BF16 -> new PrecisionChoice(Optional.of(Precision.BF16));
                case AUTO -> new PrecisionChoice(Optional.empty());
            };
        }

        static Word of(PrecisionChoice choice) {
            return choice.precision()
                    .map(precision -> precision == Precision.BF16 ? BF16 : FLOAT32)
                    .orElse(AUTO);
        }
    }

    /**
     * Reads the key {@code precision} of a section.
     *
     * @param otherwise its default
     */
    public static PrecisionChoice read(Section section, PrecisionChoice otherwise) {
        return section.choice(KEY, Word.of(otherwise)).choice();
    }

    /**
     * What a word says.
     *
     * @throws ConfigException if it is none of those that the key takes
     */
    public static PrecisionChoice of(String word) {
        List<String> words = Arrays.stream(Word.values())
                .map(known -> known.name().toLowerCase(Locale.ROOT))
                .toList();
        if (!words.contains(word)) {
            throw new ConfigException(KEY + ": " + Spelling.expected(word, words));
        }
        return Word.values()[words.indexOf(word)].choice();
    }

    /**
     * The precision on a device.
     *
     * @throws ConfigException if it is bf16, and the device multiplies it more slowly than float32
     */
    public Precision on(Device device) {
        Precision wanted = precision.orElse(Precision.BF16);
        if (wanted.isNative(device)) {
            return wanted;
        }
        if (precision.isEmpty()) {
            return Precision.FLOAT32;
        }
        throw new ConfigException("precision: bf16 would take longer than float32 here, because this CPU has no"
                + " instructions for it (avx512_bf16 or amx_bf16); use precision: float32, or auto");
    }
}
