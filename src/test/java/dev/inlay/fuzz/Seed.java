package dev.inlay.fuzz;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * A valid file to make damaged ones of.
 *
 * @param valid the file as it is
 * @param inside makes a copy that is damaged inside its frame (lengths, checksums), which still fits
 */
record Seed(byte[] valid, Function<SplittableRandom, byte[]> inside) {
    /** One time in so many the bytes are changed as they stand, and what frames them is not made to fit again. */
    private static final int BLIND = 8;

    /** A damaged copy whose frame still fits most of the time. */
    byte[] damaged(SplittableRandom random) {
        return random.nextInt(BLIND) == 0 ? Mutator.mutate(valid, random) : inside.apply(random);
    }

    /** A file without a frame. */
    static Seed plain(Path file) {
        byte[] valid = bytes(file);
        return new Seed(valid, random -> Mutator.mutate(valid, random));
    }

    /** JSON: changed into other JSON. */
    static Seed json(Path file) {
        return json(bytes(file));
    }

    /** JSON text: changed into other JSON. */
    static Seed json(byte[] valid) {
        return new Seed(valid, random -> JsonMutator.mutate(valid, random));
    }

    /** Safetensors: the length of the header is made to fit. */
    static Seed safetensors(Path file) {
        byte[] valid = bytes(file);
        int length = Math.toIntExact(
                ByteBuffer.wrap(valid).order(ByteOrder.LITTLE_ENDIAN).getLong());
        byte[] header = Arrays.copyOfRange(valid, Long.BYTES, Long.BYTES + length);
        byte[] data = Arrays.copyOfRange(valid, Long.BYTES + length, valid.length);
        return new Seed(valid, random -> {
            byte[] changed =
                    random.nextInt(BLIND) == 0 ? Mutator.mutate(header, random) : JsonMutator.mutate(header, random);
            return ByteBuffer.allocate(Long.BYTES + changed.length + data.length)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(changed.length)
                    .put(changed)
                    .put(data)
                    .array();
        });
    }

    /** A zip: one entry is changed and the archive written anew, with right checksums. */
    static Seed zip(Path file) {
        Map<String, byte[]> entries = entries(file);
        List<String> names = List.copyOf(entries.keySet());
        return new Seed(bytes(file), random -> {
            // what describes the tensors stands first, and is what a reader believes
            String name = names.get(random.nextInt(2) == 0 ? 0 : random.nextInt(names.size()));
            Map<String, byte[]> changed = new LinkedHashMap<>(entries);
            changed.put(name, Mutator.mutate(entries.get(name), random));
            return archive(changed);
        });
    }

    /** A PNG: one chunk is changed and written with its right length and checksum. */
    static Seed png(Path file) {
        byte[] valid = bytes(file);
        List<byte[]> chunks = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(valid).position(Long.BYTES);
        while (in.hasRemaining()) {
            byte[] typed = new byte[Integer.BYTES + in.getInt()];
            in.get(typed).getInt();
            chunks.add(typed);
        }
        return new Seed(valid, random -> {
            int changed = random.nextInt(chunks.size());
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.write(valid, 0, Long.BYTES);
            for (int i = 0; i < chunks.size(); i++) {
                byte[] typed = i == changed ? Mutator.mutate(chunks.get(i), random) : chunks.get(i);
                CRC32 sum = new CRC32();
                sum.update(typed);
                out.writeBytes(ByteBuffer.allocate(typed.length + 2 * Integer.BYTES)
                        .putInt(typed.length - Integer.BYTES)
                        .put(typed)
                        .putInt((int) sum.getValue())
                        .array());
            }
            return out.toByteArray();
        });
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, byte[]> entries(Path archive) {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                entries.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return entries;
    }

    private static byte[] archive(Map<String, byte[]> entries) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream out = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                CRC32 sum = new CRC32();
                sum.update(entry.getValue());
                ZipEntry stored = new ZipEntry(entry.getKey());
                stored.setMethod(ZipEntry.STORED);
                stored.setSize(entry.getValue().length);
                stored.setCrc(sum.getValue());
                out.putNextEntry(stored);
                out.write(entry.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
