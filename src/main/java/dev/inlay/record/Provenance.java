package dev.inlay.record;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What produced the numbers, without the name of a host or a path on it.
 *
 * @param inlay version of Inlay
 * @param java version of the JVM
 * @param libtorch version of LibTorch
 * @param blas the BLAS that LibTorch was loaded with, such as {@code mkl}
 * @param device what the arithmetic ran on, such as {@code cpu}
 * @param threads LibTorch's threads for one operation
 * @param precision what the backbone multiplied with, but for training where {@code train.precision} says otherwise
 * @param cpu the CPU capability that kernels were chosen for, such as {@code AVX2}
 * @param ranks the machine of every rank that trained, by rank; empty for a run in one process
 * @param started when the run first started, ISO-8601 in UTC
 * @param resumed how often it was resumed
 * @param seeds purpose to seed
 * @param fingerprints what was read to its hash: backbone, train, validation, test
 */
public record Provenance(
        String inlay,
        String java,
        String libtorch,
        String blas,
        String device,
        int threads,
        String precision,
        String cpu,
        List<String> ranks,
        String started,
        int resumed,
        Map<String, Long> seeds,
        Map<String, String> fingerprints) {
    /** Copies the maps and keeps their order. */
    public Provenance {
        Objects.requireNonNull(inlay, "inlay");
        Check.notNegative("threads", threads);
        Check.notNegative("resumed", resumed);
        ranks = ranks == null ? List.of() : List.copyOf(ranks); // files of an earlier version have none
        seeds = Check.ordered(seeds);
        fingerprints = Check.ordered(fingerprints);
    }
}
