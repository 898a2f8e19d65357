package dev.inlay.batch;

import dev.inlay.data.Fingerprint;
import dev.inlay.data.source.ImageWalk;
import dev.inlay.data.source.ListedPaths;
import dev.inlay.data.source.TextLines;
import dev.inlay.error.DataException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * The images that were asked for.
 *
 * @param files of one image each, absolute
 * @param tables of many images each, absolute
 * @param base the deepest folder that all inputs are in, a folder being in itself
 */
record AskedImages(SortedSet<String> files, SortedSet<Path> tables, Path base) {
    private static final String TABLE = ".parquet";
    private static final String LIST = ".txt";

    /**
     * Looks for images.
     *
     * @param inputs images, folders (with all below them), lists ({@value #LIST}: a path a line, relative ones from the
     *     list's folder) and tables; in folders, tables whose names begin with an underscore are passed over
     * @param warn gets what is not used of a folder, a sentence for each reason
     * @throws DataException if one of them does not exist, cannot be read or holds no image
     */
    static AskedImages of(List<Path> inputs, Consumer<String> warn) {
        AskedImages found = new AskedImages(new TreeSet<>(), new TreeSet<>(), base(inputs));
        for (Path input : inputs) {
            Path absolute = input.toAbsolutePath().normalize();
            if (Files.isRegularFile(absolute) && hasSuffix(absolute.toString(), LIST)) {
                found.addList(absolute);
            } else {
                ImageWalk.of(absolute, AskedImages::isTable, warn, found::add);
            }
        }
        return found;
    }

    private static Path base(List<Path> inputs) {
        Path base = null;
        for (Path input : inputs) {
            Path absolute = input.toAbsolutePath().normalize();
            Path folder = Files.isDirectory(absolute) ? absolute : absolute.getParent();
            base = base == null ? folder : base;
            while (!folder.startsWith(base) && base.getParent() != null) {
                base = base.getParent();
            }
        }
        return base;
    }

    /** Spark calls what is not data by a leading underscore. */
    private static boolean isTable(String name) {
        return hasSuffix(name, TABLE) && !name.startsWith("_");
    }

    private static boolean hasSuffix(String name, String suffix) {
        return name.toLowerCase(Locale.ROOT).endsWith(suffix);
    }

    private void addList(Path list) {
        ListedPaths paths = new ListedPaths(list.getParent());
        TextLines.forEach(list, "the list", line -> {
            if (!line.isBlank()) {
                add(paths.resolve(line.strip()).file().normalize());
            }
        });
        if (files.isEmpty() && tables.isEmpty()) {
            throw new DataException(list + ": the list is empty");
        }
    }

    private void add(Path file) {
        if (hasSuffix(file.toString(), TABLE)) {
            tables.add(file);
        } else {
            files.add(file.toString());
        }
    }

    /** How many partitions files of so many images each make; at least 1. */
    int buckets(int imagesEach) {
        return Math.max(1, (files.size() - 1) / imagesEach + 1);
    }

    /**
     * The partitions: each table is one; a file belongs to the partition that its path alone decides, so a file that is
     * added changes no other partition.
     *
     * @param buckets how many partitions files are spread over
     */
    List<ImagePartition> partitions(int buckets) {
        List<ImagePartition> partitions = new ArrayList<>();
        for (Path table : tables) {
            partitions.add(ImageTable.of(table).open(table));
        }
        TreeMap<Integer, List<String>> spread = new TreeMap<>();
        for (String file : files) {
            spread.computeIfAbsent(bucket(file, buckets), bucket -> new ArrayList<>())
                    .add(file);
        }
        spread.forEach((bucket, ids) -> partitions.add(new FilePartition("%07d".formatted(bucket), ids)));
        return partitions;
    }

    private static int bucket(String file, int buckets) {
        long hash = Long.parseUnsignedLong(new Fingerprint().with(file).hex().substring(0, 16), 16);
        return (int) Long.remainderUnsigned(hash, buckets);
    }
}
