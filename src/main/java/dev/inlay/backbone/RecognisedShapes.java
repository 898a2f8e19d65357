package dev.inlay.backbone;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * What the shapes of a file's tensors tell about a backbone of a family.
 *
 * @param family what the family calls itself in sentences, such as {@code ViT}
 * @param spec its sizes and options; what shapes do not tell is made up
 * @param facts its sizes: names to numbers or texts, in the order to show them
 * @param parameters names of the backbone's parameters in registration order
 * @param variants the published variants of exactly these shapes, in alphabetical order
 * @param differences one line for each tensor that such a backbone has otherwise or does not have; then no loader takes it
 */
public record RecognisedShapes(
        String family,
        BackboneSpec spec,
        ObjectNode facts,
        List<String> parameters,
        List<String> variants,
        List<String> differences) {
    /** Copies. */
    public RecognisedShapes {
        facts = facts.deepCopy();
        parameters = List.copyOf(parameters);
        variants = List.copyOf(variants);
        differences = List.copyOf(differences);
    }
}
