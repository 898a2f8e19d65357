package dev.inlay.record;

import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * How a run stands right now. The training loop writes it, one thread at a time; any thread may read it. It costs a
 * few memory writes a step and knows no metrics library.
 */
@SuppressWarnings("EnumOrdinal") // as an index within this process only
public final class RunStatus {
    private final LongAdder examples = new LongAdder();
    private final LongAdder steps = new LongAdder();
    private final LongAdder stepNanos = new LongAdder();
    private final Map<Split, Double> accuracy = new ConcurrentHashMap<>();
    private volatile double examplesPerSecond = Double.NaN;
    private volatile double loss = Double.NaN;
    private volatile double gradientNorm = Double.NaN;
    private volatile int epoch;
    private volatile Phase phase = Phase.LOAD;
    private volatile LongSupplier nativeBytes;

    /**
     * A training step is done.
     *
     * @param examples in its batch
     * @param loss its loss, in nats
     * @param gradientNorm Euclidean norm of all gradients before clipping; NaN if not measured
     * @param nanos wall-clock nanoseconds it took
     */
    public void step(int examples, double loss, double gradientNorm, long nanos) {
        this.examples.add(examples);
        this.steps.increment();
        this.stepNanos.add(nanos);
        this.examplesPerSecond = nanos > 0 ? examples * 1e9 / nanos : Double.NaN;
        this.loss = loss;
        this.gradientNorm = gradientNorm;
    }

    /** The run enters a phase. */
    public void phase(Phase phase) {
        this.phase = phase;
    }

    /**
     * Training enters an epoch.
     *
     * @param epoch its number, from 1
     */
    public void epoch(int epoch) {
        this.epoch = epoch;
    }

    /**
     * A split was evaluated.
     *
     * @param top1 its top-1 fraction, in [0, 1]
     */
    public void accuracy(Split split, double top1) {
        accuracy.put(split, top1);
    }

    /**
     * Says how to ask for the bytes of native memory held.
     *
     * @param bytes called by whoever reads, from any thread
     */
    public void nativeBytes(LongSupplier bytes) {
        this.nativeBytes = bytes;
    }

    /** Examples trained on since this process started. */
    public long examples() {
        return examples.sum();
    }

    /** Training steps done since this process started. */
    public long steps() {
        return steps.sum();
    }

    /** Wall-clock nanoseconds spent in training steps since this process started. */
    public long stepNanos() {
        return stepNanos.sum();
    }

    /** Examples per second of the last step; NaN before the first. */
    public double examplesPerSecond() {
        return examplesPerSecond;
    }

    /** The last step's loss, in nats; NaN before the first. */
    public double loss() {
        return loss;
    }

    /** The last step's gradient norm before clipping; NaN before the first or if not measured. */
    public double gradientNorm() {
        return gradientNorm;
    }

    /** The epoch being trained, from 1; 0 before training. */
    public int epoch() {
        return epoch;
    }

    /** The phase the run is in. */
    public Phase phase() {
        return phase;
    }

    /** The last top-1 fraction measured on {@code split}, in [0, 1]; NaN if it was not evaluated yet. */
    public double accuracy(Split split) {
        return accuracy.getOrDefault(split, Double.NaN);
    }

    /** Bytes of native memory held; empty if nobody said how to ask. */
    public OptionalLong nativeBytes() {
        LongSupplier bytes = nativeBytes;
        return bytes == null ? OptionalLong.empty() : OptionalLong.of(bytes.getAsLong());
    }
}
