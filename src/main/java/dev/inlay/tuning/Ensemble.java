package dev.inlay.tuning;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.Pass;
import dev.inlay.error.DataException;
import dev.inlay.tuning.Trainable.Role;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * What predicts for one task: a tuning, or several members on one backbone that were trained apart, each with a head of its
 * own. Their logits are averaged. Used by one thread at a time while it trains, by any number of threads afterwards.
 */
public final class Ensemble implements AutoCloseable {
    /** More than this many are no ensemble that anybody serves. */
    public static final int MAX_MEMBERS = 64;

    private final List<Tuning> members;
    private final int sharedSteps;

    private Ensemble(List<Tuning> members) {
        this.members = List.copyOf(members);
        this.sharedSteps = members.size() == 1
                ? 0
                : members.stream().mapToInt(Tuning::frozenSteps).min().orElseThrow();
    }

    /**
     * An ensemble of some tunings.
     *
     * @param members at least one, of one backbone and as many classes; ownership passes to the result
     */
    public static Ensemble of(List<Tuning> members) {
        return new Ensemble(members);
    }

    /**
     * Attaches a spec with what it has learned, to be used and not trained, as {@link Tuning#frozen} does.
     *
     * @param classes number of classes of the heads, at least 1
     * @param values by the name that {@link #trainables} has for it; every trainable, nothing else. Ownership is shared
     * @param source what to call the store of the values in errors
     * @throws DataException naming tensors that are missing, unexpected or of another shape
     */
    public static Ensemble frozen(
            Backbone backbone, TuningSpec spec, int classes, Map<String, Tensor> values, String source) {
        List<TuningSpec> specs = spec.members();
        if (specs.size() == 1) {
            return new Ensemble(List.of(Tuning.frozen(backbone, spec, classes, values, source)));
        }
        Map<String, Tensor> left = new TreeMap<>(values);
        List<Tuning> members = new ArrayList<>();
        try {
            for (int k = 0; k < specs.size(); k++) {
                Map<String, Tensor> own = new LinkedHashMap<>();
                String prefix = prefix(k);
                values.keySet().stream()
                        .filter(name -> name.startsWith(prefix))
                        .forEach(name -> own.put(name.substring(prefix.length()), left.remove(name)));
                members.add(Tuning.frozen(backbone, specs.get(k), classes, own, source + ", member " + k));
            }
            if (!left.isEmpty()) {
                throw new DataException(source + ": unexpected " + String.join(", ", left.keySet())
                        + "; tensors of members begin with " + prefix(0) + " to " + prefix(specs.size() - 1));
            }
            return new Ensemble(members);
        } catch (RuntimeException e) {
            members.forEach(Tuning::close);
            throw e;
        }
    }

    /**
     * What the names of a member's tensors begin with where there are several.
     *
     * @param member from 0
     */
    public static String prefix(int member) {
        return "member." + member + ".";
    }

    /**
     * What members say together: the mean of their logits.
     *
     * @param logits (K, …), of K members
     * @return (…)
     */
    public static Tensor mean(Tensor logits) {
        return logits.mean(new long[] {0}, false, new ScalarTypeOptional());
    }

    /** The members; one if the task has but one tuning. Borrowed. */
    public List<Tuning> members() {
        return members;
    }

    /** The backbone that all members are attached to. */
    public Backbone backbone() {
        return members.get(0).backbone();
    }

    /** Number of classes of the heads. */
    public int classes() {
        return members.get(0).classes();
    }

    /** How many steps at the beginning of the backbone's pass all members leave as they are, see {@link Tuning#frozenSteps}. */
    public int frozenSteps() {
        return members.size() == 1 ? members.get(0).frozenSteps() : sharedSteps;
    }

    /**
     * The logits of what the first steps of the bare backbone gave. Steps that all members leave as they are, are computed
     * once.
     *
     * @param x what the step takes, see {@link Backbone#run}
     * @param step in [0, {@link Backbone#steps}]
     * @return (B, C)
     */
    public Tensor logits(Tensor x, int step) {
        return mean(x, step, Tuning::head);
    }

    /** What a member gives for features. */
    @FunctionalInterface
    public interface Output {
        /**
         * The output.
         *
         * @param features (B, D) that the head's last layer sees
         * @return (B, …)
         */
        Tensor of(Tuning member, Tensor features);
    }

    /**
     * The mean over the members of what each gives for what the first steps of the bare backbone gave.
     *
     * @param x what the step takes, see {@link Backbone#run}
     * @param step in [0, {@link Backbone#steps}]
     * @return (B, …)
     */
    public Tensor mean(Tensor x, int step, Output output) {
        if (members.size() == 1) {
            return output(members.get(0), x, step, output);
        }
        int from = Math.max(step, sharedSteps);
        Tensor shared = backbone().run(x, step, from, Pass.BARE);
        Tensor[] own = members.stream()
                .map(member -> output(member, shared, from, output))
                .toArray(Tensor[]::new);
        return mean(torch.stack(new TensorVector(own), 0));
    }

    private static Tensor output(Tuning member, Tensor x, int step, Output output) {
        return output.of(member, member.features(x, step, Dropout.NONE, 0));
    }

    /** The trainables of all members by name, those of each behind {@link #prefix} where there are several. */
    public Map<String, Trainable> trainables() {
        if (members.size() == 1) {
            return members.get(0).trainables();
        }
        Map<String, Trainable> all = new LinkedHashMap<>();
        for (int k = 0; k < members.size(); k++) {
            String prefix = prefix(k);
            members.get(k).trainables().forEach((name, trainable) -> all.put(prefix + name, trainable));
        }
        return all;
    }

    /** How many numbers train as {@code part}, over all members. */
    public long count(Role part) {
        return sum(member -> member.count(part));
    }

    /** The bytes of the numbers that are held outside of the Java heap, over all members. */
    public long nativeBytes() {
        return sum(Tuning::nativeBytes);
    }

    /** The bytes of the numbers and positions that are held on the Java heap, over all members. */
    public long heapBytes() {
        return sum(Tuning::heapBytes);
    }

    private long sum(ToLongFunction<Tuning> of) {
        return members.stream().mapToLong(of).sum();
    }

    @Override
    public void close() {
        members.forEach(Tuning::close);
    }
}
