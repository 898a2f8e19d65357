package dev.inlay.tuning.method;

import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.HookPoint;
import dev.inlay.keys.Keys;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.HookPointSelector;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.Mergeable;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.TuningSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Scales and shifts what leaves every linear layer, every normalisation and the patch embedding: y ← γ ⊙ y + β (Lian et
 * al., arXiv 2210.08823, equation 2). Trainables are {@code ssf.<place>.scale} and {@code .shift} (out): 2 · out
 * parameters a place.
 *
 * @param init where γ and β start
 * @param operations behind which operations, query, key and value apart; all if empty
 * @param blocks in which blocks, negative from the end; all, and what is outside of the blocks, if empty
 */
public record Ssf(Init init, List<String> operations, List<Integer> blocks) implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "ssf";

    private static final Set<HookPoint.Kind> KINDS =
            Set.of(HookPoint.Kind.PATCHES, HookPoint.Kind.NORM, HookPoint.Kind.LINEAR);
    private static final double STD = 0.02;

    /** Where scales and shifts start. */
    public enum Init {
        /** γ = 1, β = 0: nothing changes before the first step. */
        IDENTITY,
        /** γ from N(1, 0.02²), β from N(0, 0.02²), as published; what the backbone computes changes at once. */
        RANDOM
    }

    /** Copies the lists. */
    public Ssf {
        operations = List.copyOf(operations);
        blocks = List.copyOf(blocks);
    }

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public void attach(Attachment attachment) {
        for (HookPoint hookPoint :
                new HookPointSelector(operations, blocks).among(attachment.backbone(), KINDS, METHOD)) {
            String name = METHOD + "." + hookPoint.name();
            double std = init == Init.RANDOM ? STD : 0;
            attachment.output(hookPoint.name(), ScaleAndShift.trainable(attachment, name, hookPoint.out(), std));
        }
    }

    /**
     * γ ⊙ y + β.
     *
     * @param scale γ (out), trainable
     * @param shift β (out), trainable
     */
    record ScaleAndShift(Tensor scale, Tensor shift) implements Mergeable {
        /**
         * Registers {@code <name>.scale} and {@code <name>.shift}.
         *
         * @param width of what leaves the place
         * @param std of the noise around γ = 1 and β = 0; at 0 nothing changes before the first step
         */
        public static ScaleAndShift trainable(Attachment attachment, String name, int width, double std) {
            return new ScaleAndShift(
                    vector(attachment, name + ".scale", width, 1, std, Kind.WEIGHT),
                    vector(attachment, name + ".shift", width, 0, std, Kind.BIAS));
        }

        private static Tensor vector(
                Attachment attachment, String name, int width, double mean, double std, Kind kind) {
            float[] values = Initial.normal(attachment.init().at(name), width, mean, std);
            return attachment.trainable(name, values, new long[] {width}, Role.MODULE, kind);
        }

        @Override
        public Tensor output(Tensor x, Tensor y, Dropout dropout) {
            return torch.addcmul(shift, y, scale);
        }

        @Override
        public Weights merged(Weights step) {
            long[] rows = new long[Math.toIntExact(step.weight().dim())];
            Arrays.fill(rows, 1);
            rows[0] = scale.numel();
            Tensor shifted =
                    step.bias().map(now -> torch.addcmul(shift, now, scale)).orElse(shift);
            return new Weights(step.weight().mul(scale.view(rows)), Optional.of(shifted));
        }
    }

    /** The method as it is found. */
    public static final class Method implements ConfigurableMethod {
        @Override
        public String name() {
            return METHOD;
        }

        @Override
        public TuningSpec read(Keys keys) {
            return new Ssf(
                    keys.choice("init", Init.IDENTITY),
                    keys.texts("operations", List.of()),
                    HookPointSelector.readBlocks(keys));
        }
    }
}
