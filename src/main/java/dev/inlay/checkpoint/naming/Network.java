package dev.inlay.checkpoint.naming;

import dev.inlay.checkpoint.Checkpoint;
import dev.inlay.checkpoint.safetensors.TensorInfo;
import dev.inlay.error.DataException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;

/**
 * The network in a checkpoint, under the names that it gives its tensors itself. A training program puts words before them,
 * as {@code state_dict.module.backbone.}, and other things beside them: optimisers, heads, a second network. A network
 * begins where patch filters have a name of some {@link CheckpointLayout}; what stands before that name is taken off all names, and
 * what does not begin with it is left out.
 *
 * <p>Of several, the averaged one is taken ({@code ema}), then a teacher's, then one that is called neither, then a
 * student's, then one called after {@code momentum}, {@code target}, {@code gram} or {@code optimizer}; of equals the one
 * with the fewest words before it, then the first in the file.
 */
public final class Network implements Checkpoint {
    /** The names of patch filters in timm's layouts and those of authors, then in those of transformers. */
    private static final List<String> FILTERS =
            List.of("patch_embed.proj.weight", "stem.0.weight", "downsample_layers.0.0.weight", "conv_proj.weight");

    private static final List<String> TRANSFORMERS_FILTERS = List.of(
            "embeddings.patch_embeddings.projection.weight",
            "embeddings.patch_embeddings.weight",
            "embeddings.patch_embedding.weight");

    /** Names of filters that other networks use, too, and what stands beside them where they are patch filters. */
    private static final Map<String, List<String>> SHARED_FILTERS = Map.of(
            "conv1.weight", List.of("class_embedding"),
            "features.0.0.weight", List.of("features.1.0.attn.qkv.weight", "features.1.0.layer_scale"));

    /** What wraps single modules, and so stands anywhere in a name: torch.compile, checkpointed activations, FSDP. */
    private static final Pattern WRAPPERS =
            Pattern.compile("(?<=^|\\.)(?:_orig_mod|_checkpoint_wrapped_module|_fsdp_wrapped_module|_fpw_module)\\.");

    /** Blocks in groups, as DINOv2 is trained: the second number counts through all groups. */
    private static final Pattern GROUPED = Pattern.compile("blocks\\.\\d+\\.(\\d+\\..*)");

    private static final List<Set<String>> BEFORE_OTHERS = List.of(Set.of("ema"), Set.of("teacher"));
    private static final List<Set<String>> AFTER_OTHERS =
            List.of(Set.of("student"), Set.of("momentum", "target", "gram", "optimizer", "optim"));
    private static final int MAX_GROUPS = 20;

    /** How the note begins that says between which networks was chosen. */
    static final String SEVERAL = "holds ";

    /** First words of what training programs keep beside the tensors of a network without a word before those. */
    private static final Set<String> OF_TRAINING = Set.of(
            "optimizer",
            "optimizers",
            "optim",
            "scheduler",
            "lr_scheduler",
            "scaler",
            "amp_scaler",
            "loss_scaler",
            "criterion",
            "rng",
            "rng_state",
            "cuda_rng_state",
            "n_averaged",
            "epoch",
            "step",
            "global_step",
            "iteration",
            "best_acc1",
            "args");

    private final Checkpoint file;
    private final Map<String, String> stored;
    private final Map<String, TensorInfo> infos;
    private final Map<String, String> unread;
    private final List<String> notes;

    private Network(Checkpoint file, String prefix, List<String> notes) {
        this.file = file;
        this.stored = own(file, prefix, file.infos().keySet());
        this.notes = notes;
        Map<String, TensorInfo> found = new LinkedHashMap<>();
        stored.forEach((name, original) -> {
            TensorInfo info = file.infos().get(original);
            found.put(name, new TensorInfo(name, info.dtype(), info.shape()));
        });
        this.infos = Collections.unmodifiableMap(found);
        Map<String, String> others = new LinkedHashMap<>();
        own(file, prefix, file.unread().keySet())
                .forEach((name, original) -> others.put(name, file.unread().get(original)));
        this.unread = Collections.unmodifiableMap(others);
    }

    /**
     * A checkpoint as the network in it; closing one closes the other.
     *
     * @return all of the checkpoint if no network is found in it
     * @throws DataException if two tensors would have one name
     */
    public static Checkpoint in(Checkpoint file) {
        Set<String> prefixes = new LinkedHashSet<>();
        Set<String> names = new LinkedHashSet<>();
        file.infos().keySet().forEach(name -> names.add(unwrapped(name)));
        names.forEach(name -> prefix(name, names).ifPresent(prefixes::add));
        String prefix = prefixes.stream()
                .min(Comparator.<String>comparingInt(Network::rank).thenComparing(found -> words(found).length))
                .orElse("");
        return new Network(file, prefix, notes(names, file, prefix, prefixes));
    }

    private static String unwrapped(String name) {
        return WRAPPERS.matcher(name).replaceAll("");
    }

    private static Optional<String> prefix(String name, Set<String> names) {
        for (String filters : FILTERS) {
            if (isBelow(name, filters)) {
                return Optional.of(name.substring(0, name.length() - filters.length()));
            }
        }
        for (String filters : TRANSFORMERS_FILTERS) {
            if (isBelow(name, filters)) {
                return Optional.of(withoutBaseModel(name.substring(0, name.length() - filters.length())));
            }
        }
        for (Map.Entry<String, List<String>> shared : SHARED_FILTERS.entrySet()) {
            if (isBelow(name, shared.getKey())) {
                String before =
                        name.substring(0, name.length() - shared.getKey().length());
                return Optional.of(before)
                        .filter(found -> shared.getValue().stream().anyMatch(mark -> names.contains(found + mark)));
            }
        }
        return Optional.empty();
    }

    private static boolean isBelow(String name, String filters) {
        return name.endsWith(filters) && (name.length() == filters.length() || name.endsWith("." + filters));
    }

    /** Before transformers' base model stands a name of its own, beside which is the head. */
    private static String withoutBaseModel(String prefix) {
        return Layouts.all().stream()
                .map(CheckpointLayout::prefix)
                .filter(base -> !base.isEmpty() && (prefix.equals(base) || prefix.endsWith("." + base)))
                .map(base -> prefix.substring(0, prefix.length() - base.length()))
                .findFirst()
                .orElse(prefix);
    }

    private static String[] words(String prefix) {
        return prefix.isEmpty() ? new String[0] : prefix.split("\\.");
    }

    private static int rank(String prefix) {
        Set<String> words = Arrays.stream(prefix.split("[._]")).collect(Collectors.toSet());
        for (int i = AFTER_OTHERS.size() - 1; i >= 0; i--) {
            if (!Collections.disjoint(words, AFTER_OTHERS.get(i))) {
                return BEFORE_OTHERS.size() + 1 + i;
            }
        }
        for (int i = 0; i < BEFORE_OTHERS.size(); i++) {
            if (!Collections.disjoint(words, BEFORE_OTHERS.get(i))) {
                return i;
            }
        }
        return BEFORE_OTHERS.size();
    }

    private static boolean isOwn(String name, String prefix) {
        return name.startsWith(prefix)
                && name.length() > prefix.length()
                && !OF_TRAINING.contains(name.substring(prefix.length()).split("\\.", 2)[0]);
    }

    /** The network's own name of each of {@code all} that is below {@code prefix}, to the name in the file. */
    private static Map<String, String> own(Checkpoint file, String prefix, Set<String> all) {
        Map<String, String> own = new LinkedHashMap<>();
        all.forEach(original -> {
            String name = unwrapped(original);
            if (isOwn(name, prefix)) {
                put(file, own, name.substring(prefix.length()), original);
            }
        });
        boolean grouped = own.keySet().stream()
                        .filter(name -> name.startsWith("blocks."))
                        .allMatch(name -> GROUPED.matcher(name).matches())
                && own.keySet().stream().anyMatch(name -> GROUPED.matcher(name).matches());
        if (!grouped) {
            return own;
        }
        Map<String, String> flat = new LinkedHashMap<>();
        own.forEach((name, original) -> {
            Matcher matcher = GROUPED.matcher(name);
            put(file, flat, matcher.matches() ? "blocks." + matcher.group(1) : name, original);
        });
        return flat;
    }

    private static void put(Checkpoint file, Map<String, String> own, String name, String original) {
        String other = own.putIfAbsent(name, original);
        if (other != null) {
            throw new DataException(file.path() + ": expected one tensor for each name of a network, found " + other
                    + " and " + original + ", which would both be " + name);
        }
    }

    private static List<String> notes(Set<String> names, Checkpoint file, String prefix, Set<String> prefixes) {
        List<String> notes = new ArrayList<>(file.notes());
        if (prefixes.size() > 1) {
            notes.add(SEVERAL + prefixes.size() + " networks, below "
                    + prefixes.stream().map(Network::quoted).collect(Collectors.joining(", ")) + "; took that below "
                    + quoted(prefix));
        } else if (!prefix.isEmpty()) {
            notes.add("took " + quoted(prefix) + " off the names");
        }
        Map<String, Integer> left = new LinkedHashMap<>();
        names.stream()
                .filter(name -> !isOwn(name, prefix))
                .forEach(name -> left.merge(group(name, prefix), 1, Integer::sum));
        if (!left.isEmpty()) {
            int count = left.values().stream().mapToInt(Integer::intValue).sum();
            notes.add("left out " + count + (count == 1 ? " tensor" : " tensors") + " beside it: "
                    + left.entrySet().stream()
                            .limit(MAX_GROUPS)
                            .map(entry -> entry.getKey() + (entry.getValue() > 1 ? " × " + entry.getValue() : ""))
                            .collect(Collectors.joining(", "))
                    + (left.size() > MAX_GROUPS ? " and " + (left.size() - MAX_GROUPS) + " more" : ""));
        }
        return List.copyOf(notes);
    }

    private static String quoted(String prefix) {
        return "'" + prefix + "'";
    }

    /** The words that a name has in common with the prefix, and one more. */
    private static String group(String name, String prefix) {
        String[] own = name.split("\\.");
        String[] taken = words(prefix);
        int common = 0;
        while (common < taken.length && common < own.length - 1 && own[common].equals(taken[common])) {
            common++;
        }
        return String.join(".", Arrays.copyOf(own, common + 1));
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public String format() {
        return file.format();
    }

    @Override
    public Map<String, TensorInfo> infos() {
        return infos;
    }

    @Override
    public List<String> notes() {
        return notes;
    }

    @Override
    public Map<String, String> unread() {
        return unread;
    }

    @Override
    public Map<String, String> metadata() {
        return file.metadata();
    }

    @Override
    public Tensor read(String name) {
        String original = stored.get(name);
        if (original == null) {
            throw new DataException(path() + ": expected a tensor '" + name + "', found " + stored.size() + " others");
        }
        return file.read(original);
    }

    @Override
    public void close() {
        file.close();
    }
}
