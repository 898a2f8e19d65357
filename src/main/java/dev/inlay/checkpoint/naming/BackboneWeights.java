package dev.inlay.checkpoint.naming;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.ExpectedTensors;
import dev.inlay.backbone.RecognisedShapes;
import dev.inlay.backbone.SpecJson;
import dev.inlay.checkpoint.Checkpoint;
import dev.inlay.checkpoint.naming.PositionTable.Resampling;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The weights of a backbone in a file that somebody made, open for reading: any format of {@link Checkpoint}, the
 * {@link Network} in it, any of the {@link Layouts} or Google's, and the settings beside it. All that is said of a file
 * without reading an element is what {@link #read} goes by. What was mapped, dropped and resized goes to the log.
 */
public final class BackboneWeights implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BackboneWeights.class);
    private static final int MAX_LINES = 20;
    private static final int MAX_DIFFERENCES = 5;
    private static final int MAX_VARIANTS = 3;
    private static final String FC_NORM = "fcNorm";
    private static final String PERIODS = "rope_embed.periods";
    private static final double MAX_PERIOD = 100;
    private static final double ROUNDED = 0.01; // to bfloat16

    /** What holds numbers under a name but is no plain tensor. */
    private static final Pattern UNREAD_TENSOR = Pattern.compile(
            "^a tensor of |^torch\\._(utils|tensor)\\.|multiarray\\._reconstruct$|numeric\\._frombuffer$");

    private final Checkpoint file;
    private final Translation names;
    private final Resampling resampling;
    private final NetworkSettings settings;
    private Optional<RecognisedShapes>
            recognised; // null until somebody asks: it takes every published variant's shapes

    private BackboneWeights(Checkpoint file, Translation names, Resampling resampling, NetworkSettings settings) {
        this.file = file;
        this.names = names;
        this.resampling = resampling;
        this.settings = settings;
    }

    /**
     * Opens a checkpoint and explains its tensors; reads no elements.
     *
     * @param path a file, an index of several, or a folder
     * @throws DataException if the file or the settings beside it are damaged
     */
    public static BackboneWeights open(Path path) {
        Checkpoint file = Network.in(Checkpoint.open(path));
        try {
            if (GoogleVit.recognises(file.infos().keySet())) {
                NetworkSettings settings = new NetworkSettings(path.toString());
                Translation names = GoogleVit.translation(file, settings);
                return new BackboneWeights(file, names, Resampling.BILINEAR, settings);
            }
            CheckpointLayout layout = Layouts.of(file.infos().keySet());
            NetworkSettings settings = SettingsReader.of(file, layout);
            return new BackboneWeights(file, layout.toTimm(file.infos()), Resampling.BICUBIC_ANTIALIASED, settings);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Opens a checkpoint, reads it for a backbone as {@link #read} does, and closes it.
     *
     * @throws DataException as {@link #open} and {@link #read}
     */
    public static Map<String, Tensor> read(String name, BackboneSpec spec, Path path) {
        try (BackboneWeights weights = open(path)) {
            return weights.read(name, spec);
        }
    }

    /** The checkpoint, as the network in it. */
    public Checkpoint file() {
        return file;
    }

    /** What becomes of every tensor. */
    public Translation names() {
        return names;
    }

    /** What was taken off, left out, mapped and dropped, and what is not known of the settings; for people. */
    public List<String> notes() {
        List<String> notes = new ArrayList<>(file.notes());
        notes.addAll(names.notes());
        settings.unknown().forEach(setting -> notes.add(unknown(setting)));
        return notes;
    }

    private String unknown(String setting) {
        return settings + " says " + setting
                + ", of which Inlay knows nothing; the network is taken as its tensors show it";
    }

    /**
     * What timm's {@code config.json} beside the file says of the training, {@code pretrained_cfg}: mean and deviation of the images
     * among others. Empty if there is none.
     */
    public Optional<JsonNode> pretrainedCfg() {
        return file.config()
                .map(NetworkSettings::read)
                .map(json -> json.path("pretrained_cfg"))
                .filter(JsonNode::isObject);
    }

    /** What the shapes tell; empty if they are nothing like those of any family. */
    public Optional<RecognisedShapes> recognised() {
        if (recognised == null) {
            recognised = BackboneFamily.all().values().stream()
                    .flatMap(family -> family.recognise(names.shapes()).stream())
                    .min(Comparator.comparingInt(found -> found.differences().size()));
        }
        return recognised;
    }

    /** What is to be said of the network's sizes, for people; with the number of heads where settings name it. */
    public ObjectNode facts() {
        ObjectNode facts = recognised().map(RecognisedShapes::facts).orElseGet(JsonNodeFactory.instance::objectNode);
        settings.heads().ifPresent(heads -> facts.set("numHeads", heads));
        return facts;
    }

    /** The published variants of exactly these shapes that do not contradict the settings, in alphabetical order. */
    public List<String> variants() {
        return List.copyOf(published().keySet());
    }

    /** Those variants, each with what it leaves open as the file shows it. */
    private SortedMap<String, BackboneSpec> published() {
        SortedMap<String, BackboneSpec> published = BackboneFamily.published();
        published
                .keySet()
                .retainAll(recognised().map(RecognisedShapes::variants).orElse(List.of()));
        published.replaceAll((name, spec) -> completed(spec, Set.of()));
        published.values().removeIf(spec -> !settings.problems(spec).isEmpty());
        return published;
    }

    /** The sizes and options that tensors and settings show; what neither shows is made up. Empty if no family has such tensors. */
    public Optional<BackboneSpec> shown() {
        return recognised()
                .filter(found -> found.differences().isEmpty())
                .map(found -> settings.complete(found.spec(), NetworkSettings.ALL));
    }

    /** Why no backbone whatever can be made of it, one line each; empty if one can. */
    public List<String> problems() {
        List<String> problems = new ArrayList<>(unread());
        problems.addAll(integers());
        problems.addAll(names.unexplained());
        rotation().ifPresent(problems::add);
        Optional<RecognisedShapes> found = recognised();
        found.ifPresent(shapes -> problems.addAll(shapes.differences()));
        if (found.isEmpty()) {
            problems.add("its tensors are those of no network that Inlay knows");
        }
        shown().ifPresent(spec -> problems.addAll(settings.problems(spec)));
        return problems;
    }

    /**
     * The published variant that a file holds, where it decides that: tensors fit one, or several that compute the same.
     *
     * @throws ConfigException if they fit none, or several that differ
     */
    public String variant() {
        Map<String, BackboneSpec> published = published();
        Set<String> variants = published.keySet();
        if (Set.copyOf(published.values()).size() == 1) {
            return variants.stream()
                    .min(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()))
                    .orElseThrow();
        }
        throw new ConfigException("backbone.name: missing, and " + file.path()
                + (variants.isEmpty()
                        ? " holds no published network but " + described() + "; give backbone.spec"
                        : " fits several that differ: " + String.join(", ", variants) + "; say which it is"));
    }

    /**
     * A spec with what it leaves open as the file shows it: the epsilon of LayerNorm, the pooling.
     *
     * @param stated the keys that are not open
     */
    public BackboneSpec complete(BackboneSpec spec, Set<String> stated) {
        BackboneSpec completed = completed(spec, stated);
        if (!completed.equals(spec)) {
            LOG.info(
                    "{}: taken as {}, which {} says, in place of {}",
                    file.path(),
                    completed.toJson(),
                    settings,
                    spec.toJson());
        }
        return completed;
    }

    private BackboneSpec completed(BackboneSpec spec, Set<String> stated) {
        Set<String> open = new TreeSet<>(NetworkSettings.OPEN);
        open.removeAll(stated);
        return settings.complete(pooledAsNormed(spec, stated), open);
    }

    /** timm's ViTs have {@code fc_norm} behind the mean of the patches in place of {@code norm} before the pooling. */
    private BackboneSpec pooledAsNormed(BackboneSpec spec, Set<String> stated) {
        ObjectNode json = SpecJson.write(spec);
        boolean shown = names.shapes().containsKey("fc_norm.weight")
                && !names.shapes().containsKey("norm.weight")
                && BackboneFamily.of(spec).shapes(spec).containsKey("norm.weight")
                && spec.family().equals("vit");
        if (!shown || stated.contains(FC_NORM) || stated.contains(NetworkSettings.POOLING)) {
            return spec;
        }
        return SpecJson.parse(
                json.put(FC_NORM, true).put(NetworkSettings.POOLING, "avg").toString(),
                file.path().toString());
    }

    /**
     * Reads the tensors for a backbone, under timm's names, the position table resized where {@code spec} has another grid of
     * patches. The family's loader still compares names and shapes.
     *
     * @param name what to call the backbone in errors
     * @param spec the backbone that the weights are for
     * @return float32 under timm's names; owned by the caller
     * @throws DataException if tensors are unexplained or not the backbone's, its position table cannot be resized, or settings
     *     beside it contradict {@code spec}
     */
    public Map<String, Tensor> read(String name, BackboneSpec spec) {
        require(name, spec);
        settings.requireAgreement(spec);
        return tensors(spec);
    }

    /**
     * The same for a backbone that something was trained on, whose spec is what counts: where settings contradict it, as when
     * an older Inlay did not look at them, that is a warning.
     */
    public Map<String, Tensor> readTrained(String name, BackboneSpec spec) {
        require(name, spec);
        settings.problems(spec).forEach(problem -> LOG.warn("{}: {}; used as the task was trained", settings, problem));
        return tensors(spec);
    }

    private void require(String name, BackboneSpec spec) {
        requireFloats(unread());
        requireTensors(name, spec);
        requireExplained();
        requireFloats(integers());
        requireRotation();
    }

    private Map<String, Tensor> tensors(BackboneSpec spec) {
        settings.unknown().forEach(setting -> LOG.warn("{}", unknown(setting)));
        Map<String, Tensor> tensors = names.read(file::read);
        List<String> notes = new ArrayList<>(file.notes());
        notes.addAll(names.notes());
        Fitting.to(spec, tensors, file.path(), resampling, notes);
        notes.forEach(note -> LOG.info("{}: {}", file.path(), note));
        return tensors;
    }

    /** What stands in place of plain tensors. */
    private List<String> unread() {
        return file.unread().entrySet().stream()
                .filter(entry -> UNREAD_TENSOR.matcher(entry.getValue()).find())
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .toList();
    }

    /** Tensors of integers, which a quantised network has. */
    private List<String> integers() {
        return names.steps().stream()
                .flatMap(step -> step.from().stream())
                .filter(name -> !file.infos().get(name).dtype().isFloating())
                .map(name -> name + ": " + file.infos().get(name).dtype())
                .toList();
    }

    /** The periods of DINOv3's rotation are in its authors' files, though they follow from their number. */
    private Optional<String> rotation() {
        if (!names.dropped().containsKey(PERIODS)) {
            return Optional.empty();
        }
        Tensor stored = file.read(PERIODS);
        float[] periods = Tensors.floats(stored);
        Tensors.release(stored);
        for (int i = 0; i < periods.length; i++) {
            double expected = Math.pow(MAX_PERIOD, (double) i / periods.length);
            if (!(Math.abs(periods[i] - expected) <= ROUNDED * expected)) {
                return Optional.of(PERIODS + ": expected periods from 1 to below " + MAX_PERIOD + ", found "
                        + periods[i] + " in place of " + (float) expected + "; Inlay does not compute that rotation");
            }
        }
        return Optional.empty();
    }

    private void requireRotation() {
        rotation().ifPresent(problem -> {
            throw new DataException(file.path() + ": " + problem);
        });
    }

    private void requireFloats(List<String> others) {
        if (!others.isEmpty()) {
            throw new DataException(file.path() + ": expected tensors of floating-point numbers, found " + others.size()
                    + " of another kind: "
                    + String.join(", ", others.subList(0, Math.min(MAX_DIFFERENCES, others.size())))
                    + "; save the weights as float32 anew");
        }
    }

    private void requireTensors(String name, BackboneSpec spec) {
        ExpectedTensors expected = BackboneFamily.of(spec).expected(spec);
        List<String> shapes = expected.differences(Fitting.fitted(spec, names.shapes()));
        if (shapes.isEmpty()) {
            return;
        }
        List<String> differences = new ArrayList<>();
        names.unexplained().forEach(tensor -> differences.add("unexplained " + tensor));
        differences.addAll(shapes);
        LOG.info("{}: differs from {} in\n  {}", file.path(), name, String.join("\n  ", differences));
        int more = differences.size() - MAX_DIFFERENCES;
        throw new DataException(file.path() + ": expected " + (name.equals("custom") ? "the network of the spec" : name)
                + ", found " + described() + "; " + differences.size()
                + (differences.size() == 1 ? " difference" : " differences") + ":\n  - "
                + differences.stream().limit(MAX_DIFFERENCES).collect(Collectors.joining("\n  - "))
                + (more > 0 ? "\n  … and " + more + " more, which --verbose lists" : "") + "\n"
                + file.notes().stream()
                        .filter(note -> note.startsWith(Network.SEVERAL))
                        .map(note -> "it " + note + "\n")
                        .collect(Collectors.joining())
                + advice(expected));
    }

    private String advice(ExpectedTensors expected) {
        List<String> variants = variants();
        if (!expected.notComputed().isEmpty()) {
            return "take another backbone";
        }
        return variants.isEmpty()
                ? "choose the variant or spec that the weights were made for"
                : "set backbone.name: " + variants.get(0) + ", or give another file";
    }

    /** What it is, as far as is known. */
    private String described() {
        List<String> variants = variants();
        if (!variants.isEmpty()) {
            return variants.stream().limit(MAX_VARIANTS).collect(Collectors.joining(" or "))
                    + (variants.size() > MAX_VARIANTS ? " or another of " + variants.size() : "");
        }
        return recognised()
                .map(found -> "a " + found.family() + " of "
                        + facts().properties().stream()
                                .map(fact ->
                                        fact.getKey() + " " + fact.getValue().asText())
                                .collect(Collectors.joining(", ")))
                .orElse("a network that Inlay does not know, in " + names.layout());
    }

    private void requireExplained() {
        List<String> unexplained = names.unexplained();
        if (!unexplained.isEmpty()) {
            String more = unexplained.size() > MAX_LINES ? "\n  … and " + (unexplained.size() - MAX_LINES) : "";
            throw new DataException(file.path() + ": in " + names.layout() + ", found " + unexplained.size()
                    + " without explanation:\n  - "
                    + String.join("\n  - ", unexplained.subList(0, Math.min(MAX_LINES, unexplained.size()))) + more
                    + "\nthey belong to another network, or the file is not complete");
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
