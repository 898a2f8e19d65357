package dev.inlay.interop;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import java.util.TreeSet;

/** What a spec of a backbone has if it is the ViT that every library has: a class token, no options. */
final class PlainVit {
    private static final Set<String> KEYS =
            Set.of("height", "width", "patch", "dim", "depth", "heads", "hidden", "classes", "eps");

    private PlainVit() {}

    /** The settings of a spec, as JSON, that a plain ViT does not have. */
    static Set<String> others(ObjectNode spec) {
        Set<String> others = new TreeSet<>();
        spec.fieldNames().forEachRemaining(key -> {
            if (!KEYS.contains(key)) {
                others.add(key + ": " + spec.get(key));
            }
        });
        return others;
    }
}
