package dev.inlay.hub;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.error.DataException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Which files of a repository hold its weights: one file, or several with an index; safetensors before pickles.
 *
 * @param main the file of weights, or the index
 */
record WeightFiles(String main) {
    /** What says which network the weights are of. */
    static final String CONFIG = "config.json";

    private static final String INDEX = ".index.json";
    private static final List<String> IN_ORDER =
            List.of("model.safetensors", "model.safetensors" + INDEX, "pytorch_model.bin", "pytorch_model.bin" + INDEX);

    /** No folder, nothing hidden: a name from the net becomes a path. */
    private static final Pattern SHARD = Pattern.compile("\\w[\\w.-]{0,200}\\.(safetensors|bin)");

    private static final int MAX_SHARDS = 1000;

    /**
     * @param files the names of all files
     * @return empty if none of them is known to hold weights
     */
    static Optional<WeightFiles> among(Set<String> files) {
        return IN_ORDER.stream().filter(files::contains).findFirst().map(WeightFiles::new);
    }

    boolean isIndex() {
        return main.endsWith(INDEX);
    }

    /**
     * The files that an index names.
     *
     * @throws DataException if it is no index, or names what may not be the name of a file
     */
    static Set<String> shards(Path index) {
        JsonNode map = JsonFile.read(index).path("weight_map");
        Set<String> shards = new TreeSet<>();
        for (JsonNode shard : map) {
            String name = shard.asText();
            if (!SHARD.matcher(name).matches()) {
                throw new DataException(index + ": '" + Printable.text(name)
                        + "' is no name of a file of weights beside the index; refused");
            }
            shards.add(name);
        }
        if (shards.isEmpty() || shards.size() > MAX_SHARDS) {
            throw new DataException(
                    index + ": expected a weight_map that names 1 to " + MAX_SHARDS + " files, found " + shards.size());
        }
        return shards;
    }
}
