package dev.inlay.batch;

import dev.inlay.data.Fingerprint;
import dev.inlay.error.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The pictures that were asked for.
 *
 * @param files of one picture each, absolute
 * @param tables of many pictures each, absolute
 */
record Inputs(SortedSet<String> files, SortedSet<Path> tables) {
    private static final String TABLE = ".parquet";
    private static final String LIST = ".txt";

    /**
     * Looks for pictures.
     *
     * @param inputs pictures, folders (with all below them), lists ({@value #LIST}: a path a line, relative ones from the
     *     list's folder) and tables; files whose names begin with a dot or an underscore are passed over in folders
     * @throws DataException if one of them does not exist or cannot be read
     */
    static Inputs of(List<Path> inputs) {
        Inputs found = new Inputs(new TreeSet<>(), new TreeSet<>());
        for (Path input : inputs) {
            Path absolute = input.toAbsolutePath().normalize();
            try {
                if (Files.isDirectory(absolute)) {
                    found.addFolder(absolute);
                } else if (!Files.exists(absolute)) {
                    throw new DataException(input + " does not exist");
                } else if (absolute.toString().endsWith(LIST)) {
                    found.addList(absolute);
                } else {
                    found.add(absolute);
                }
            } catch (IOException e) {
                throw new DataException("cannot list " + input + ": " + e, e);
            }
        }
        return found;
    }

    private void addFolder(Path folder) throws IOException {
        try (Stream<Path> below = Files.walk(folder)) {
            below.filter(Files::isRegularFile).filter(Inputs::isPlain).forEach(this::add);
        }
    }

    private static boolean isPlain(Path file) {
        String name = file.getFileName().toString();
        return !name.startsWith(".") && !name.startsWith("_");
    }

    private void addList(Path list) throws IOException {
        try (Stream<String> lines = Files.lines(list)) {
            lines.filter(line -> !line.isBlank())
                    .forEach(line -> add(list.resolveSibling(line.strip()).normalize()));
        }
    }

    private void add(Path file) {
        if (file.toString().endsWith(TABLE)) {
            tables.add(file);
        } else {
            files.add(file.toString());
        }
    }

    /** How many partitions files of so many pictures each make; at least 1. */
    int buckets(int picturesEach) {
        return Math.max(1, (files.size() - 1) / picturesEach + 1);
    }

    /**
     * The partitions: each table is one; a file belongs to the partition that its path alone decides, so a file that is
     * added changes no other partition.
     *
     * @param buckets how many partitions files are spread over
     */
    List<Pictures> partitions(int buckets) {
        List<Pictures> partitions = new ArrayList<>();
        for (Path table : tables) {
            partitions.add(PictureTable.of(table).open(table));
        }
        TreeMap<Integer, List<String>> spread = new TreeMap<>();
        for (String file : files) {
            spread.computeIfAbsent(bucket(file, buckets), bucket -> new ArrayList<>())
                    .add(file);
        }
        spread.forEach((bucket, ids) -> partitions.add(new PictureFiles("%07d".formatted(bucket), ids)));
        return partitions;
    }

    private static int bucket(String file, int buckets) {
        long hash = Long.parseUnsignedLong(new Fingerprint().with(file).hex().substring(0, 16), 16);
        return (int) Long.remainderUnsigned(hash, buckets);
    }
}
