package dev.inlay.batch;

import dev.inlay.data.Fingerprint;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Where the masks of images are, below a folder of masks: as the images are below theirs, so that {@code data.type: masks} pairs
 * them, the mask of {@code a/b.jpg} being {@code a/b.png}. Images that would share a name keep their suffix before the new one.
 */
final class MaskNames {
    private static final String SUFFIX = ".png";
    private static final int LONGEST = 160;
    private static final int HASHED = 32;

    private MaskNames() {}

    /**
     * Names the masks of some images.
     *
     * @param taken names of masks that are there, by the id of their image; they stay
     * @return by id, all different
     */
    static Map<String, String> of(AskedImages asked, Map<String, String> taken) {
        Map<String, String> below = new TreeMap<>();
        Map<String, Integer> sharing = new HashMap<>();
        for (String file : asked.files()) {
            if (!taken.containsKey(file)) {
                String relative = relative(Path.of(file), asked.base());
                below.put(file, relative);
                sharing.merge(withoutSuffix(relative), 1, Integer::sum);
            }
        }
        Set<String> used = new HashSet<>(taken.values());
        Map<String, String> names = new HashMap<>();
        asked.files().stream().filter(taken::containsKey).forEach(file -> names.put(file, taken.get(file)));
        below.forEach((file, relative) -> {
            String stem = withoutSuffix(relative);
            String name = shortened(sharing.get(stem) == 1 ? stem : relative) + SUFFIX;
            if (used.contains(name)) {
                name = shortened(relative) + SUFFIX;
            }
            for (int again = 2; !used.add(name); again++) {
                name = shortened(relative) + "_" + again + SUFFIX;
            }
            names.put(file, name);
        });
        return names;
    }

    /**
     * Names the mask of an image of a table.
     *
     * @param key of the table, see {@link ImagePartition#key}
     * @param id any text
     */
    static String inTable(String key, String id) {
        boolean plain = id.length() <= LONGEST && id.matches("[A-Za-z0-9_-][A-Za-z0-9._-]*");
        return key + "/" + (plain ? id : hash(id)) + SUFFIX;
    }

    private static String relative(Path file, Path base) {
        Path below =
                file.startsWith(base) ? base.relativize(file) : file.getRoot().relativize(file);
        return below.toString().replace(File.separatorChar, '/');
    }

    private static String withoutSuffix(String name) {
        int dot = name.lastIndexOf('.');
        return dot > name.lastIndexOf('/') + 1 ? name.substring(0, dot) : name;
    }

    /** File systems take 255 bytes, of which the name of a file that is being written needs some. */
    private static String shortened(String path) {
        int from = path.lastIndexOf('/') + 1;
        String name = path.substring(from);
        return name.getBytes(StandardCharsets.UTF_8).length <= LONGEST ? path : path.substring(0, from) + hash(name);
    }

    private static String hash(String text) {
        return new Fingerprint().with(text).hex().substring(0, HASHED);
    }
}
