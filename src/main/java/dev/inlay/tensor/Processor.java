package dev.inlay.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The CPU as Linux describes the first of its cores; other systems tell nothing. */
final class Processor {
    private static final Path DESCRIPTION = Path.of("/proc/cpuinfo");
    private static final List<String> LINES = lines();

    /** What Linux calls instructions that multiply bfloat16. */
    private static final Set<String> BF16 = Set.of("avx512_bf16", "amx_bf16");

    private Processor() {}

    static boolean isAmd() {
        return LINES.stream().anyMatch(line -> line.startsWith("vendor_id") && line.endsWith("AuthenticAMD"));
    }

    /** Whether it has instructions that multiply bfloat16. */
    static boolean multipliesBf16() {
        return LINES.stream()
                .filter(line -> line.startsWith("flags"))
                .flatMap(line -> Stream.of(line.split("\\s+")))
                .anyMatch(BF16::contains);
    }

    private static List<String> lines() {
        try (Stream<String> lines = Files.lines(DESCRIPTION)) {
            return lines.takeWhile(line -> !line.isBlank()).toList();
        } catch (IOException e) {
            return List.of();
        }
    }
}
