package dev.inlay.tensor;

import dev.inlay.error.ConfigException;
import dev.inlay.error.Spelling;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The library that multiplies by frozen matrices. The system property {@code inlay.products} says {@code blas},
 * {@code onednn}, or {@code auto} (the default: oneDNN for bfloat16 on processors that multiply it, and for float32 on those of
 * AMD, where MKL was measured slower, BLAS elsewhere; what is chosen depends on the CPU alone, so that equal runs on one
 * machine are bit-identical).
 */
public enum ProductLibrary {
    /** What LibTorch's own products use. */
    BLAS,
    /** oneDNN, by convolutions of 1 × 1. */
    ONEDNN;

    /** The system property that chooses. */
    public static final String PROPERTY = "inlay.products";

    private static final String AUTO = "auto";
    private static final ProductLibrary FOR_BF16 = Processor.multipliesBf16() ? ONEDNN : BLAS;
    private static final ProductLibrary FOR_FLOAT32 = Processor.isAmd() ? ONEDNN : BLAS;

    /**
     * The one in use.
     *
     * @param precision of the products
     * @throws ConfigException if the system property has an unknown value
     */
    public static ProductLibrary of(Precision precision) {
        String value = System.getProperty(PROPERTY, AUTO);
        if (value.equals(AUTO)) {
            return precision == Precision.BF16 ? FOR_BF16 : FOR_FLOAT32;
        }
        return Arrays.stream(values())
                .filter(library -> library.toString().equals(value))
                .findFirst()
                .orElseThrow(() -> new ConfigException("system property " + PROPERTY + ": "
                        + Spelling.expected(
                                value,
                                Stream.concat(
                                                Stream.of(AUTO),
                                                Arrays.stream(values()).map(ProductLibrary::toString))
                                        .toList())));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
