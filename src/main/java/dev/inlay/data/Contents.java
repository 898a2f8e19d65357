package dev.inlay.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.inlay.error.DataException;
import dev.inlay.file.AtomicFile;
import dev.inlay.progress.Progress;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What files hold, by name: size, time of the last change and a hash of the bytes. Kept in a text file, it tells later
 * whether they still hold the same: where size and time are as they were a file is taken to be the same, otherwise its
 * hash decides. So what was copied or touched is the same, what was exchanged is not. Safe for use by many threads.
 *
 * <p>The text file has a line {@code # key value} for each fact and a line {@code hash size nanoseconds name} for each file.
 */
public final class Contents {
    private static final int HASH_BYTES = 16;
    private static final int HEX = 2 * HASH_BYTES;
    private static final int BUFFER = 1 << 16;

    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, String> facts = new TreeMap<>();

    /** A file and what is known of it. */
    private static final class Entry {
        private final Path file;
        private volatile Known known;
        private boolean listed;

        Entry(Path file) {
            this.file = file;
        }

        /** What the file holds, read unless that is known. */
        Known known() {
            if (known == null) {
                synchronized (this) {
                    if (known == null) {
                        known = read(file);
                    }
                }
            }
            return known;
        }
    }

    /** One that cannot be read has the size -1. */
    private record Known(long size, long modified, long high, long low) {
        static final Known UNREADABLE = new Known(-1, 0, 0, 0);

        boolean looksLike(BasicFileAttributes found) {
            return size == found.size() && modified == nanos(found);
        }

        boolean holdsWhat(Known other) {
            return (size < 0) == (other.size < 0) && high == other.high && low == other.low;
        }

        /** 32 hexadecimal digits; empty if the file could not be read. */
        String hash() {
            return size < 0 ? "" : digits();
        }

        String digits() {
            byte[] bytes =
                    ByteBuffer.allocate(HASH_BYTES).putLong(high).putLong(low).array();
            return HexFormat.of().formatHex(bytes);
        }
    }

    /**
     * What is otherwise than a record says.
     *
     * @param exchanged names of files that hold something else
     * @param gone names in the record that are not among the files
     * @param added names of files that are not in the record
     * @param facts keys of facts that differ
     * @param touched whether a file that holds the same looks different, so that the record should be renewed
     */
    public record Difference(
            List<String> exchanged, List<String> gone, List<String> added, Set<String> facts, boolean touched) {
        /** True if nothing differs but perhaps times. */
        public boolean isNone() {
            return exchanged.isEmpty() && gone.isEmpty() && added.isEmpty() && facts.isEmpty();
        }
    }

    /** Adds a file; one of the same name stays. */
    public void add(String name, Path file) {
        entries.putIfAbsent(name, new Entry(file));
    }

    /** Adds something that is no file: a key of letters, digits and points, and a value without line ends. */
    public void fact(String key, String value) {
        facts.put(key, value);
    }

    /** Takes in what a file holds, unless that is known; to be called just before the file is read. */
    public void note(String name) {
        Entry entry = entries.get(name);
        if (entry != null) {
            entry.known();
        }
    }

    /**
     * A hash of what a file holds, 32 hexadecimal digits; empty if it cannot be read.
     *
     * @throws IllegalArgumentException if no file is called so
     */
    public String hash(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new IllegalArgumentException(name);
        }
        return entry.known().hash();
    }

    /** A hash of what a file holds, 32 hexadecimal digits; empty if it cannot be read. */
    public static String hash(Path file) {
        return read(file).hash();
    }

    /** A hash of all facts, names and contents: 64 hexadecimal digits. */
    public String hash() {
        Fingerprint fingerprint = new Fingerprint();
        facts.forEach((key, value) -> fingerprint.with(key).with(value));
        entries.forEach(
                (name, entry) -> fingerprint.with(name).with(entry.known().hash()));
        return fingerprint.hex();
    }

    /**
     * Compares with a record; takes over the hashes of what is unchanged.
     *
     * @param record written by {@link #write}
     * @param more facts beside those added
     * @param progress shows the files whose bytes have to be compared
     * @throws DataException if it is no such record
     */
    public Difference since(Path record, Map<String, String> more, Progress progress) {
        List<Recorded> recorded = new ArrayList<>();
        List<String> gone = new ArrayList<>();
        Set<String> otherFacts = new TreeSet<>();
        entries.values().forEach(entry -> entry.listed = false);
        readLines(
                record,
                (name, known) -> {
                    Entry entry = entries.get(name);
                    if (entry == null) {
                        gone.add(name);
                    } else {
                        entry.listed = true;
                        recorded.add(new Recorded(name, entry, known));
                    }
                },
                (key, value) -> {
                    if (!facts.getOrDefault(key, more.getOrDefault(key, value)).equals(value)) {
                        otherFacts.add(key);
                    }
                });
        List<String> added = entries.entrySet().stream()
                .filter(entry -> !entry.getValue().listed)
                .map(Map.Entry::getKey)
                .toList();
        List<Recorded> suspects =
                recorded.parallelStream().filter(file -> !file.looksUnchanged()).toList();
        return new Difference(exchanged(suspects, progress), gone, added, otherFacts, !suspects.isEmpty());
    }

    private static List<String> exchanged(List<Recorded> suspects, Progress progress) {
        if (suspects.isEmpty()) {
            return List.of();
        }
        try (Progress.Task shown = progress.start("compare", Progress.Unit.IMAGES, suspects.size())) {
            AtomicInteger done = new AtomicInteger();
            return suspects.parallelStream()
                    .filter(file -> {
                        boolean same = file.holdsTheSame();
                        shown.at(done.incrementAndGet());
                        return !same;
                    })
                    .map(Recorded::name)
                    .toList();
        }
    }

    /** A file beside what a record says of it. */
    private record Recorded(String name, Entry entry, Known then) {
        boolean looksUnchanged() {
            if (entry.known != null) {
                return entry.known.equals(then);
            }
            try {
                if (then.looksLike(Files.readAttributes(entry.file, BasicFileAttributes.class))) {
                    entry.known = then;
                    return true;
                }
            } catch (IOException e) {
                // what cannot be looked at cannot be read
            }
            return false;
        }

        boolean holdsTheSame() {
            return entry.known().holdsWhat(then);
        }
    }

    /**
     * Writes a record of everything, reading what was not noted.
     *
     * @param more facts beside those added
     */
    public void write(Path record, Map<String, String> more) {
        Map<String, String> all = new TreeMap<>(facts);
        all.putAll(more);
        AtomicFile.write(record, channel -> {
            BufferedWriter out = new BufferedWriter(Channels.newWriter(channel, UTF_8), BUFFER);
            for (Map.Entry<String, String> fact : all.entrySet()) {
                out.write("# " + fact.getKey() + " " + fact.getValue() + "\n");
            }
            for (Map.Entry<String, Entry> file : entries.entrySet()) {
                Known known = file.getValue().known();
                out.write(
                        known.digits() + " " + known.size + " " + known.modified + " " + escaped(file.getKey()) + "\n");
            }
            out.flush();
        });
    }

    /**
     * The facts of a record.
     *
     * @throws DataException if it is no such record
     */
    public static Map<String, String> factsOf(Path record) {
        Map<String, String> facts = new TreeMap<>();
        try (BufferedReader in = Files.newBufferedReader(record)) {
            for (String line = in.readLine(); line != null && line.startsWith("#"); line = in.readLine()) {
                String[] parts = line.split(" ", 3);
                facts.put(parts[1], parts[2]);
            }
        } catch (IOException | RuntimeException e) {
            throw new DataException(record + ": not a record of files: " + e, e);
        }
        return facts;
    }

    private interface EachFile {
        void accept(String name, Known known);
    }

    private interface EachFact {
        void accept(String key, String value);
    }

    private static void readLines(Path record, EachFile files, EachFact facts) {
        try (BufferedReader in = Files.newBufferedReader(record)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] parts = line.split(" ", line.startsWith("#") ? 3 : 4);
                if (line.startsWith("#")) {
                    facts.accept(parts[1], parts[2]);
                } else {
                    files.accept(unescaped(parts[3]), known(parts));
                }
            }
        } catch (IOException | RuntimeException e) {
            throw new DataException(record + ": not a record of files: " + e, e);
        }
    }

    private static Known known(String[] parts) {
        ByteBuffer hash = ByteBuffer.wrap(HexFormat.of().parseHex(parts[0]));
        if (hash.remaining() != HASH_BYTES) {
            throw new IllegalArgumentException("expected a hash of " + HEX + " digits, found " + parts[0]);
        }
        return new Known(Long.parseLong(parts[1]), Long.parseLong(parts[2]), hash.getLong(), hash.getLong());
    }

    private static String escaped(String name) {
        return name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    }

    private static String unescaped(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length()) {
                i++;
                c = switch (text.charAt(i)) {
                    case 'n' -> '\n';
                    case 'r' -> '\r';
                    default -> text.charAt(i);
                };
            }
            name.append(c);
        }
        return name.toString();
    }

    private static long nanos(BasicFileAttributes attributes) {
        return attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS);
    }

    private static Known read(Path file) {
        try {
            BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
            if (!found.isRegularFile()) {
                return Known.UNREADABLE; // a pipe may never end, or never begin
            }
            MessageDigest digest = Fingerprint.sha256();
            try (InputStream in = Files.newInputStream(file)) {
                byte[] buffer = new byte[BUFFER];
                for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                    digest.update(buffer, 0, length);
                }
            }
            ByteBuffer hash = ByteBuffer.wrap(digest.digest());
            return new Known(found.size(), nanos(found), hash.getLong(), hash.getLong());
        } catch (IOException e) {
            return Known.UNREADABLE;
        }
    }
}
