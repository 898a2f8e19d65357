package dev.inlay.checkpoint;

import dev.inlay.checkpoint.safetensors.TensorInfo;
import dev.inlay.error.DataException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/** A checkpoint in several files, as the index beside them lists it: every tensor in exactly the file that it says. */
final class ShardedCheckpoint implements Checkpoint {
    private static final int MAX_LINES = 20;

    private final Path index;
    private final Map<String, Checkpoint> shards;
    private final Map<String, String> shardOf;
    private final Map<String, TensorInfo> infos;

    private ShardedCheckpoint(Path index, Map<String, Checkpoint> shards, Map<String, String> shardOf) {
        this.index = index;
        this.shards = shards;
        this.shardOf = shardOf;
        Map<String, TensorInfo> found = new LinkedHashMap<>();
        shards.values().forEach(shard -> found.putAll(shard.infos()));
        this.infos = Collections.unmodifiableMap(found);
    }

    /**
     * Opens all files of an index and compares what they hold with it.
     *
     * @throws DataException listing every file that is missing, and every tensor that is not where the index says, is in
     *     two files, or is not listed
     */
    static ShardedCheckpoint open(Path index) {
        Map<String, String> shardOf = ShardIndex.read(index);
        Set<String> files = new LinkedHashSet<>(shardOf.values());
        refuse(
                index,
                files.stream()
                        .filter(file -> !Files.isRegularFile(index.resolveSibling(file)))
                        .map(file -> "no file " + file)
                        .toList());
        Map<String, Checkpoint> shards = new LinkedHashMap<>();
        try {
            files.forEach(file -> shards.put(file, Checkpoint.open(index.resolveSibling(file))));
            refuse(index, differences(shardOf, shards));
            return new ShardedCheckpoint(index, shards, shardOf);
        } catch (RuntimeException e) {
            shards.values().forEach(Checkpoint::close);
            throw e;
        }
    }

    private static List<String> differences(Map<String, String> shardOf, Map<String, Checkpoint> shards) {
        List<String> differences = new ArrayList<>();
        Map<String, String> found = new LinkedHashMap<>();
        shards.forEach((file, shard) -> shard.infos().keySet().forEach(name -> {
            String other = found.putIfAbsent(name, file);
            if (other != null) {
                differences.add(name + ": in " + other + " and in " + file);
            } else if (!shardOf.containsKey(name)) {
                differences.add(name + ": in " + file + ", not in the index");
            }
        }));
        shardOf.forEach((name, file) -> {
            if (!shards.get(file).infos().containsKey(name)) {
                differences.add(name + ": not in " + file + ", where the index says it is");
            }
        });
        return differences;
    }

    private static void refuse(Path index, Collection<String> problems) {
        if (!problems.isEmpty()) {
            String more = problems.size() > MAX_LINES ? "\n  … and " + (problems.size() - MAX_LINES) + " more" : "";
            throw new DataException(index + ": expected the files beside it to hold the tensors that it lists, found"
                    + " others (" + problems.size() + "):\n  - "
                    + String.join("\n  - ", problems.stream().limit(MAX_LINES).toList()) + more
                    + "\nget all files of the checkpoint again");
        }
    }

    @Override
    public Path path() {
        return index;
    }

    @Override
    public String format() {
        return shards.values().iterator().next().format() + " in " + shards.size() + " files";
    }

    @Override
    public Map<String, TensorInfo> infos() {
        return infos;
    }

    @Override
    public List<String> notes() {
        List<String> notes = new ArrayList<>();
        shards.forEach((file, shard) -> shard.notes().forEach(note -> notes.add(file + ": " + note)));
        return notes;
    }

    @Override
    public Map<String, String> unread() {
        Map<String, String> unread = new LinkedHashMap<>();
        shards.values().forEach(shard -> unread.putAll(shard.unread()));
        return unread;
    }

    @Override
    public Map<String, String> metadata() {
        return Map.of();
    }

    @Override
    public Tensor read(String name) {
        String file = shardOf.get(name);
        if (file == null) {
            throw new DataException(index + ": expected a tensor '" + name + "', found " + infos.size() + " others");
        }
        return shards.get(file).read(name);
    }

    @Override
    public void close() {
        shards.values().forEach(Checkpoint::close);
    }
}
