package dev.inlay.checkpoint.naming;

import com.fasterxml.jackson.databind.node.LongNode;
import dev.inlay.backbone.vit.VitLayout;
import dev.inlay.backbone.vit.VitSpec;
import dev.inlay.checkpoint.Checkpoint;
import dev.inlay.checkpoint.safetensors.TensorInfo;
import dev.inlay.error.DataException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A ViT in Google's layout, as {@code ViT-B_16.npz} and the files of AugReg have it, seen under timm's names. The arrays
 * may have a common prefix, such as {@code opt/target/}. The layer before the head ({@code pre_logits}) and the state of
 * the optimiser ({@code opt/state/}) are dropped, as timm drops them; every other array must be explained.
 */
final class GoogleVit {
    private static final String OPTIMISER_STATE = "opt/state/";
    private static final String LAYOUT = "Google's ViT";
    private static final String BEFORE_HEAD = "pre_logits/";
    private static final Pattern BLOCK = Pattern.compile("Transformer/encoderblock_(\\d+)/.*");
    private static final int MAX_LINES = 20;

    /**
     * What the shapes of the arrays say.
     *
     * @param patchSize side of a patch, pixels
     * @param embedDim width of a token, D
     * @param depth number of blocks, at least 1
     * @param numHeads number of attention heads
     * @param headDim width of a head; numHeads · headDim = D
     * @param mlpHidden width of the MLP's hidden layer
     * @param tokens rows of the position table, the class token's included
     * @param classes of the head; 0 if there is none
     */
    record Sizes(
            long patchSize,
            long embedDim,
            int depth,
            long numHeads,
            long headDim,
            long mlpHidden,
            long tokens,
            long classes) {}

    private final Checkpoint file;
    private final String prefix;
    private final Sizes sizes;
    private final Map<String, GoogleLayout.Rule> rules;
    private final List<String> dropped = new ArrayList<>();

    private GoogleVit(Checkpoint file) {
        this.file = file;
        this.prefix = findPrefix();
        this.sizes = readSizes();
        this.rules = GoogleLayout.rules(sizes);
        explainNames();
        checkShapes();
    }

    /** Whether a checkpoint with these names has one in Google's layout, whatever stands before them. */
    static boolean recognises(Set<String> names) {
        return names.stream().anyMatch(GoogleVit::isFilters);
    }

    private static boolean isFilters(String name) {
        return name.equals(GoogleLayout.PATCH_FILTERS) || name.endsWith("/" + GoogleLayout.PATCH_FILTERS);
    }

    /**
     * Explains every array of a file; reads no elements.
     *
     * @throws DataException listing the arrays that are missing and those that are unexplained, or those of another shape
     */
    static GoogleVit of(Checkpoint file) {
        return new GoogleVit(file);
    }

    /**
     * The same as a translation of names, and the number of heads as a setting.
     *
     * @return one without steps, unexplained what {@link #of} throws, if the arrays are no whole ViT
     */
    static Translation translation(Checkpoint file, NetworkSettings settings) {
        try {
            GoogleVit vit = of(file);
            settings.heads("heads: " + vit.sizes.numHeads() + " in the shapes", LongNode.valueOf(vit.sizes.numHeads()));
            return vit.translation();
        } catch (DataException e) {
            return new Translation(LAYOUT, List.of(), Map.of(), Map.of(), List.of(e.getMessage()));
        }
    }

    /** How timm's parameters are made of the arrays, in timm's order; the position table keeps the file's grid. */
    Translation translation() {
        List<Translation.Step> steps = new ArrayList<>();
        rules.forEach((name, rule) -> steps.add(new Translation.Step(
                rule.sources().stream().map(source -> prefix + source.name()).toList(),
                List.of(name),
                "",
                arrays -> List.of(rule.change().of(arrays)))));
        Map<String, String> reasons = new LinkedHashMap<>();
        dropped.forEach(name -> reasons.put(name, "the layer before the head, and the state of the optimiser"));
        return new Translation(LAYOUT, steps, shapes(), reasons, List.of());
    }

    /** One row of patches has the shapes of any other arrangement. */
    private Map<String, List<Long>> shapes() {
        int patch = (int) sizes.patchSize();
        VitSpec spec = new VitSpec(
                patch,
                patch * (int) (sizes.tokens() - 1),
                patch,
                (int) sizes.embedDim(),
                sizes.depth(),
                (int) sizes.numHeads(),
                (int) sizes.mlpHidden(),
                0,
                VitSpec.TIMM_EPS);
        Map<String, List<Long>> shapes = new LinkedHashMap<>(VitLayout.of(spec).shapes());
        if (sizes.classes() > 0) {
            shapes.put("head.weight", List.of(sizes.classes(), sizes.embedDim()));
            shapes.put("head.bias", List.of(sizes.classes()));
        }
        return shapes;
    }

    /** The sizes of the network. */
    Sizes sizes() {
        return sizes;
    }

    private String findPrefix() {
        return file.infos().keySet().stream()
                .filter(GoogleVit::isFilters)
                .map(name -> name.substring(0, name.length() - GoogleLayout.PATCH_FILTERS.length()))
                .findFirst()
                .orElse("");
    }

    private Sizes readSizes() {
        long depth = file.infos().keySet().stream()
                .filter(name -> name.startsWith(prefix))
                .map(name -> BLOCK.matcher(name.substring(prefix.length())))
                .filter(Matcher::matches)
                .map(block -> block.group(1))
                .distinct()
                .count();
        List<Long> filters = shape(GoogleLayout.PATCH_FILTERS, "(patch, patch, 3, D)", 4);
        List<Long> query = shape(GoogleLayout.query(0), "(D, heads, D / heads)", 3);
        List<Long> hidden = shape(GoogleLayout.hidden(0), "(D, hidden)", 2);
        List<Long> positions = shape(GoogleLayout.POSITIONS, "(1, tokens, D)", 3);
        List<Long> head = shape(GoogleLayout.HEAD, "(D, classes)", 2);
        return new Sizes(
                filters.get(0),
                filters.get(3),
                Math.max(1, Math.toIntExact(depth)),
                query.get(1),
                query.get(2),
                hidden.get(1),
                positions.get(1),
                head.get(1));
    }

    /** The sizes of an array whose shape says sizes of the network; zeros if the file does not have it. */
    private List<Long> shape(String name, String meaning, int rank) {
        TensorInfo info = file.infos().get(prefix + name);
        if (info == null) {
            return Collections.nCopies(rank, 0L);
        }
        if (info.shape().size() != rank || info.elements() == 0) {
            throw new DataException(
                    file.path() + ": " + prefix + name + ": expected " + meaning + ", found " + info.shape());
        }
        return info.shape();
    }

    private void explainNames() {
        List<String> problems = new ArrayList<>();
        Set<String> explained = new HashSet<>();
        for (GoogleLayout.Source source : sources()) {
            String name = prefix + source.name();
            explained.add(name);
            if (!file.infos().containsKey(name)) {
                problems.add("missing " + name);
            }
        }
        for (String name : file.infos().keySet()) {
            if (name.startsWith(prefix + BEFORE_HEAD) || name.startsWith(OPTIMISER_STATE)) {
                dropped.add(name);
            } else if (!explained.contains(name)) {
                problems.add(
                        "unexplained " + name + " " + file.infos().get(name).shape());
            }
        }
        refuse(problems, "the arrays of a ViT of depth " + sizes.depth() + " in Google's layout");
    }

    private void checkShapes() {
        List<String> problems = new ArrayList<>();
        if (sizes.numHeads() * sizes.headDim() != sizes.embedDim()) {
            problems.add(prefix + GoogleLayout.query(0) + ": expected heads that divide D = " + sizes.embedDim()
                    + ", found " + sizes.numHeads() + " heads of width " + sizes.headDim());
        }
        for (GoogleLayout.Source source : sources()) {
            String name = prefix + source.name();
            List<Long> found = file.infos().get(name).shape();
            if (!found.equals(source.shape())) {
                problems.add(name + ": expected " + source.shape() + ", found " + found);
            }
        }
        refuse(problems, "arrays that agree with each other");
    }

    private List<GoogleLayout.Source> sources() {
        return rules.values().stream().flatMap(rule -> rule.sources().stream()).toList();
    }

    private void refuse(List<String> problems, String expected) {
        if (!problems.isEmpty()) {
            String more = problems.size() > MAX_LINES ? "\n  … and " + (problems.size() - MAX_LINES) + " more" : "";
            throw new DataException(file.path() + ": expected " + expected + ", found others ("
                    + problems.size() + (problems.size() == 1 ? " differs" : " differ") + "):\n  - "
                    + problems.stream().limit(MAX_LINES).collect(Collectors.joining("\n  - ")) + more);
        }
    }
}
