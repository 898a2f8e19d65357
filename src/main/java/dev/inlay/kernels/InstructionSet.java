package dev.inlay.kernels;

import java.util.Arrays;
import java.util.Locale;

/** What the native kernels are written for; the codes are those of {@code src/main/native/inlay_kernels.h}. */
enum InstructionSet {
    BEST(0),
    PORTABLE(1),
    AVX2(2),
    AVX512(3);

    private final int code;

    InstructionSet(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static InstructionSet of(int code) {
        return Arrays.stream(values())
                .filter(set -> set.code == code)
                .findFirst()
                .orElseThrow(() -> new LinkageError("the native kernels name an unknown instruction set, " + code));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
