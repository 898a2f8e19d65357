package dev.inlay.fuzz;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ContainerNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Changes JSON at random into other JSON: values, names and structure, never the syntax. */
final class JsonMutator {
    private static final int MAX_CHANGES = 3;
    private static final int DEEP = 450;

    /** Changes may nest in one another, deeper than a mapper writes by default, and than one reads. */
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamWriteConstraints(StreamWriteConstraints.builder()
                            .maxNestingDepth(2 * MAX_CHANGES * DEEP)
                            .build())
                    .build())
            .build();

    private static final List<Object> VALUES = List.of(
            0,
            -1,
            1,
            7,
            65_536,
            Integer.MAX_VALUE,
            1L << 32,
            Long.MAX_VALUE,
            new BigInteger("18446744073709551616"),
            0.5,
            1e300,
            "",
            "F32",
            "U8",
            "blocks.0.attn.q.weight",
            "../../etc/passwd",
            "\u0000",
            true,
            List.of(),
            List.of(-1, 2),
            List.of(1L << 40, 1L << 40));

    private JsonMutator() {}

    /** A changed copy of JSON text: one to a few changes. */
    static byte[] mutate(byte[] json, SplittableRandom random) {
        try {
            JsonNode root = JSON.readTree(json);
            int changes = 1 + random.nextInt(MAX_CHANGES);
            for (int i = 0; i < changes; i++) {
                change(root, random);
            }
            return JSON.writeValueAsBytes(root);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void change(JsonNode root, SplittableRandom random) {
        List<ContainerNode<?>> containers = new ArrayList<>();
        collect(root, containers);
        if (containers.isEmpty()) {
            return;
        }
        ContainerNode<?> container = containers.get(random.nextInt(containers.size()));
        if (container instanceof ObjectNode object) {
            List<String> names = new ArrayList<>();
            object.fieldNames().forEachRemaining(names::add);
            String name = names.get(random.nextInt(names.size()));
            switch (random.nextInt(5)) {
                case 0 -> object.remove(name);
                case 1 -> object.set(name + "x", object.remove(name));
                case 2 ->
                    object.set(
                            names.get(random.nextInt(names.size())),
                            object.get(name).deepCopy());
                default -> object.set(name, value(random));
            }
        } else if (container instanceof ArrayNode array) {
            int at = random.nextInt(array.size());
            switch (random.nextInt(4)) {
                case 0 -> array.remove(at);
                case 1 ->
                    array.insert(at, array.get(random.nextInt(array.size())).deepCopy());
                default -> array.set(at, value(random));
            }
        }
    }

    private static JsonNode value(SplittableRandom random) {
        int which = random.nextInt(VALUES.size() + 2);
        if (which == VALUES.size()) {
            return JSON.nullNode();
        }
        return which < VALUES.size() ? JSON.valueToTree(VALUES.get(which)) : nested(random.nextInt(DEEP));
    }

    private static JsonNode nested(int depth) {
        ArrayNode outer = JSON.createArrayNode();
        ArrayNode inner = outer;
        for (int i = 0; i < depth; i++) {
            inner = inner.addArray();
        }
        return outer;
    }

    /** Every object and array that is not empty. */
    private static void collect(JsonNode node, List<ContainerNode<?>> containers) {
        if (node instanceof ContainerNode<?> container && !container.isEmpty()) {
            containers.add(container);
        }
        node.forEach(child -> collect(child, containers));
    }
}
