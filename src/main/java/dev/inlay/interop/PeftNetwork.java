package dev.inlay.interop;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.checkpoint.naming.CheckpointLayout;
import dev.inlay.checkpoint.naming.Layouts;
import dev.inlay.checkpoint.naming.Translation;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The network of timm or transformers that an adapter is for, by the names of its modules: a backbone in a layout, perhaps inside
 * another network.
 *
 * @param layout whose names the modules have
 * @param prefix what stands before them; empty unless the network is part of another
 * @param linear name to linear layer of the backbone
 * @param heads name of a linear layer that turns features into logits, to timm's
 * @param patches name of the convolution of the patch embedding, to timm's
 */
record PeftNetwork(
        CheckpointLayout layout,
        String prefix,
        Map<String, PeftModule> linear,
        Map<String, String> heads,
        Map<String, String> patches) {

    /** The network that knows most of the modules; of equals that which is part of the fewest others, and has most of what is saved. */
    static PeftNetwork of(Backbone backbone, AdapterTensors tensors) {
        Collection<String> modules = tensors.modules().keySet();
        List<PeftNetwork> networks = Stream.concat(Stream.of(Layouts.TIMM), Layouts.all().stream())
                .distinct()
                .map(layout -> in(backbone, layout))
                .toList();
        return prefixes(modules).stream()
                .flatMap(prefix -> networks.stream().map(network -> network.below(prefix)))
                .min(Comparator.<PeftNetwork>comparingInt(
                                network -> network.unknown(modules).size())
                        .thenComparing(network -> network.prefix().length())
                        .thenComparing(
                                network -> network.dropped(tensors.saved().keySet())))
                .orElseThrow();
    }

    private static PeftNetwork in(Backbone backbone, CheckpointLayout layout) {
        Map<String, PeftModule> linear = new LinkedHashMap<>();
        for (PeftModule module : PeftModule.of(backbone, layout)) {
            put(linear, layout, module.name(), module);
        }
        Map<String, String> heads = new LinkedHashMap<>();
        for (String head : BackboneFamily.of(backbone.spec()).headNames(backbone.spec())) {
            nameOf(head, List.of(1L, (long) backbone.embedDim()), layout)
                    .ifPresent(name -> put(heads, layout, name, head));
        }
        Map<String, String> patches = new LinkedHashMap<>();
        backbone.tunableParameters().stream()
                .filter(tunable -> tunable.kind() == TunableParameter.Kind.PATCH_FILTERS && !tunable.isBias())
                .map(TunableParameter::parameter)
                .forEach(parameter -> {
                    String module = PeftModule.ofWeight(parameter);
                    nameOf(module, Tensors.shapeOf(backbone.parameters().get(parameter)), layout)
                            .ifPresent(name -> put(patches, layout, name, module));
                });
        return new PeftNetwork(layout, "", linear, heads, patches);
    }

    private static <T> void put(Map<String, T> named, CheckpointLayout layout, String name, T what) {
        named.put(name, what);
        named.putIfAbsent(layout.withoutPrefix(name), what);
    }

    /** The name of a module of timm's that has one weight; empty if the layout has none for it. */
    private static Optional<String> nameOf(String timm, List<Long> shape, CheckpointLayout layout) {
        Translation translation = layout.fromTimm(Map.of(timm + PeftModule.WEIGHT, shape));
        return translation.steps().stream()
                .map(step -> PeftModule.ofWeight(step.to().get(0)))
                .findFirst();
    }

    private static List<String> prefixes(Collection<String> modules) {
        List<String> prefixes = new ArrayList<>(List.of(""));
        String first = modules.stream().findFirst().orElse("");
        for (int dot = first.indexOf('.'); dot >= 0; dot = first.indexOf('.', dot + 1)) {
            prefixes.add(first.substring(0, dot + 1));
        }
        return prefixes;
    }

    private PeftNetwork below(String around) {
        return new PeftNetwork(layout, around, linear, heads, patches);
    }

    /** The name of a module or tensor in the network itself. */
    String own(String name) {
        return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    }

    /** timm's name of a tensor of a head; empty if it is none. */
    Optional<String> inHead(String name) {
        String own = own(name);
        int dot = Math.max(0, own.lastIndexOf('.'));
        return Optional.ofNullable(heads.get(own.substring(0, dot))).map(head -> head + own.substring(dot));
    }

    private long dropped(Collection<String> saved) {
        return saved.stream()
                .filter(name -> layout.reasonToDrop(own(name)).isPresent())
                .count();
    }

    /** The modules that the network does not have. */
    List<String> unknown(Collection<String> modules) {
        return modules.stream()
                .filter(module -> !linear.containsKey(own(module))
                        && !heads.containsKey(own(module))
                        && !patches.containsKey(own(module)))
                .toList();
    }
}
