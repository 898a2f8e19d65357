package dev.inlay.checkpoint.pth;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * The layout since torch 1.6: an uncompressed zip archive with {@code NAME/data.pkl} and one {@code NAME/data/KEY} for
 * each storage.
 */
final class ZipContainer implements Container {
    static final String PICKLE = "data.pkl";
    private static final int MAX_ENTRIES = 200_000;

    private final ZipFile zip;
    private final String root;
    private final long fileSize;
    private final Object content;
    private final Map<String, Integer> passedOver;

    private ZipContainer(ZipFile zip, long fileSize) throws IOException {
        this.zip = zip;
        this.fileSize = fileSize;
        if (zip.size() > MAX_ENTRIES) {
            throw new PthException("expected at most " + MAX_ENTRIES + " entries, found " + zip.size());
        }
        List<String> pickles = zip.stream()
                .map(ZipEntry::getName)
                .filter(ZipContainer::isPickle)
                .toList();
        if (pickles.size() != 1) {
            throw new PthException("expected one NAME/" + PICKLE + " in the archive, found " + pickles.size()
                    + "; is it a file of torch.save?");
        }
        root = pickles.get(0).substring(0, pickles.get(0).length() - PICKLE.length());
        requireLittleEndian();
        TensorPickle pickle = new TensorPickle(
                new ByteArrayInputStream(small(stored(root + PICKLE).orElseThrow())));
        content = pickle.read();
        passedOver = pickle.passedOver();
        for (Storage storage : pickle.storages().values()) {
            Container.requireSize(
                    storage, stored(name(storage)).map(ZipEntry::getSize).orElse(-1L));
        }
    }

    static ZipContainer open(Path file) throws IOException {
        ZipFile zip;
        try {
            zip = new ZipFile(file.toFile());
        } catch (ZipException e) {
            throw new PthException(
                    "expected a zip archive, found a fault: " + e.getMessage() + "; the file is cut short or damaged,"
                            + " get it again",
                    e);
        }
        try {
            return new ZipContainer(zip, Files.size(file));
        } catch (IOException | RuntimeException e) {
            zip.close();
            throw e;
        }
    }

    /** Whether an archive has a pickle anywhere. */
    static boolean holdsPickle(Path file) throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            return zip.stream().map(ZipEntry::getName).anyMatch(ZipContainer::isPickle);
        }
    }

    /** Whether an entry is the pickle of an archive. */
    static boolean isPickle(String entry) {
        return entry.equals(PICKLE) || entry.endsWith("/" + PICKLE) && entry.indexOf('/') == entry.lastIndexOf('/');
    }

    @Override
    public Object content() {
        return content;
    }

    @Override
    public Map<String, Integer> passedOver() {
        return passedOver;
    }

    @Override
    public InputStream bytes(Storage storage, long skip) throws IOException {
        InputStream in = zip.getInputStream(zip.getEntry(name(storage)));
        in.skipNBytes(skip);
        return in;
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }

    private String name(Storage storage) {
        return root + "data/" + storage.key();
    }

    private void requireLittleEndian() throws IOException {
        Optional<ZipEntry> order = stored(root + "byteorder");
        if (order.isPresent()) {
            String found = new String(small(order.get()), StandardCharsets.US_ASCII);
            if (!found.equals("little")) {
                throw new PthException("byteorder: expected little, found " + PthException.shown(found)
                        + "; save the file anew on another machine");
            }
        }
    }

    private Optional<ZipEntry> stored(String name) {
        ZipEntry entry = zip.getEntry(name);
        if (entry == null) {
            return Optional.empty();
        }
        if (entry.getMethod() != ZipEntry.STORED || entry.getSize() > fileSize) {
            throw new PthException(
                    "entry " + PthException.shown(name) + ": expected plain bytes within the file, found "
                            + (entry.getMethod() == ZipEntry.STORED ? entry.getSize() + " bytes" : "compressed ones")
                            + "; load the file with torch and save it again");
        }
        return Optional.of(entry);
    }

    private byte[] small(ZipEntry entry) throws IOException {
        if (entry.getSize() > TensorPickle.MAX_BYTES) {
            throw new PthException("entry " + PthException.shown(entry.getName()) + ": expected at most "
                    + TensorPickle.MAX_BYTES + " bytes, found " + entry.getSize());
        }
        try (InputStream in = zip.getInputStream(entry)) {
            return in.readNBytes((int) entry.getSize());
        }
    }
}
