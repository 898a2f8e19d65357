package dev.inlay.tuning.method;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.error.DataException;
import dev.inlay.keys.KeyReader;
import dev.inlay.plan.FlatIndices;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.Ensemble;
import dev.inlay.tuning.TuningSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Several tunings of one backbone that are trained apart and predict together, as an {@link Ensemble}: a method from several
 * seeds, or several methods.
 *
 * @param members at least two, none of them {@code Members}
 */
public record Members(List<TuningSpec> members) implements TuningSpec {
    /** The name in task files; a config states members by the key of the same name. */
    public static final String METHOD = "members";

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if there are fewer than two members or more than {@link Ensemble#MAX_MEMBERS}, or one is itself several
     */
    public Members {
        members = List.copyOf(members);
        if (members.size() < 2 || members.size() > Ensemble.MAX_MEMBERS) {
            throw new IllegalArgumentException(
                    "expected 2 to " + Ensemble.MAX_MEMBERS + " members, found " + members.size());
        }
        if (members.stream().anyMatch(Members.class::isInstance)) {
            throw new IllegalArgumentException("a member has members of its own");
        }
    }

    @Override
    public String method() {
        return METHOD;
    }

    /** Throws: each member is attached to a backbone of its own accord, see {@link #members}. */
    @Override
    public void attach(Attachment attachment) {
        throw new IllegalStateException("each of the " + members.size() + " members is attached alone");
    }

    @Override
    public boolean hasLinearHead() {
        return members.stream().allMatch(TuningSpec::hasLinearHead);
    }

    /**
     * Makes {@link Members} known. Its JSON has a list, {@code members}: each entry has {@code method}, {@code spec} and, where
     * equal members follow each other, how many {@code times}. The index tensors of an entry are called
     * {@code member.<i>.<name>} after its first member.
     */
    public static final class Method implements TuningMethod {
        private static final String TIMES = "times";
        private static final String SPEC = "spec";

        @Override
        public String name() {
            return METHOD;
        }

        @Override
        public StoredSpec store(TuningSpec spec) {
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            ArrayNode entries = json.putArray(METHOD);
            Map<String, FlatIndices> indices = new LinkedHashMap<>();
            List<TuningSpec> members = spec.members();
            int from = 0;
            while (from < members.size()) {
                TuningSpec member = members.get(from);
                int to = from + 1;
                while (to < members.size() && members.get(to).equals(member)) {
                    to++;
                }
                StoredSpec stored = TuningMethod.named(member.method()).store(member);
                entries.addObject()
                        .put(TIMES, to - from)
                        .put("method", member.method())
                        .set(SPEC, stored.json());
                String prefix = Ensemble.prefix(from);
                stored.indices().forEach((name, positions) -> indices.put(prefix + name, positions));
                from = to;
            }
            return new StoredSpec(json, indices);
        }

        @Override
        public TuningSpec restore(StoredSpec stored, String source) {
            KeyReader json = KeyReader.of(source, stored.json()).withExactly(METHOD);
            Map<String, FlatIndices> left = new LinkedHashMap<>(stored.indices());
            List<TuningSpec> members = new ArrayList<>();
            for (KeyReader entry : json.members(METHOD)) {
                entry.withExactly(TIMES, "method", SPEC);
                int first = members.size();
                String prefix = Ensemble.prefix(first);
                left.keySet().removeIf(name -> name.startsWith(prefix));
                TuningSpec member = TuningMethod.named(entry.text("method"))
                        .restore(
                                new StoredSpec(entry.tree(SPEC), stored.indicesBelow(prefix)),
                                source + ", member " + first);
                int times = entry.integer(TIMES, 1, Ensemble.MAX_MEMBERS);
                for (int k = 0; k < times; k++) {
                    members.add(member);
                }
            }
            if (!left.isEmpty()) {
                throw new DataException(source + ": unexpected index tensors " + String.join(", ", left.keySet())
                        + "; those of a member begin with member.<i>.");
            }
            try {
                return new Members(members);
            } catch (IllegalArgumentException e) {
                throw new DataException(source + ": " + e.getMessage(), e);
            }
        }
    }
}
