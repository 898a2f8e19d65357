package dev.inlay.data.source;

import dev.inlay.data.Fingerprint;
import dev.inlay.data.LabelSpace.PixelClasses;
import dev.inlay.data.Mask;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.image.MaskPalette;
import dev.inlay.error.DataException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What the pixels of mask files stand for. */
public sealed interface MaskReading {
    /** The classes. */
    PixelClasses labels();

    /**
     * Reads a mask.
     *
     * @return numbers of classes, and {@link PixelClasses#IGNORED}
     * @throws DataException naming the file, if it is no PNG of this kind, has pixels that stand for nothing, or none that counts
     */
    Mask read(ImageDecoder decoder, Path file);

    /** Adds what decides the numbers that are read. */
    void addTo(Fingerprint fingerprint);

    /**
     * Pixels hold the numbers of classes: indices into a palette, whose colours do not count, or levels of grey.
     *
     * @param labels by number
     * @param ignored numbers of pixels that do not count
     */
    record Numbers(PixelClasses labels, Set<Integer> ignored) implements MaskReading {
        /** Copies the set. */
        public Numbers {
            ignored = Set.copyOf(ignored);
        }

        @Override
        public Mask read(ImageDecoder decoder, Path file) {
            Mask stored = decoder.mask(file);
            byte[] values = new byte[stored.values().length];
            Set<Integer> unknown = new TreeSet<>();
            for (int i = 0; i < values.length; i++) {
                int number = stored.values()[i] & 0xff;
                if (ignored.contains(number)) {
                    number = PixelClasses.IGNORED;
                } else if (number >= labels.size()) {
                    unknown.add(number);
                }
                values[i] = (byte) number;
            }
            if (!unknown.isEmpty()) {
                throw new DataException(file + ": expected numbers from 0 to " + (labels.size() - 1) + " (the "
                        + labels.size() + " classes) and those of data.ignore " + new TreeSet<>(ignored) + ", found "
                        + unknown + "; name all classes in data.classes, or add what does not count to data.ignore");
            }
            return counting(new Mask(stored.width(), stored.height(), values), file);
        }

        @Override
        public void addTo(Fingerprint fingerprint) {
            fingerprint.with(labels.names()).with(new TreeSet<>(ignored).toString());
        }
    }

    /**
     * Pixels have a colour for each class; of an indexed file that is the palette's, and alpha does not count.
     *
     * @param labels by number
     * @param numbers by colour, 0xRRGGBB: a class, or {@link PixelClasses#IGNORED}
     */
    record Colours(PixelClasses labels, Map<Integer, Integer> numbers) implements MaskReading {
        private static final int SHOWN = 10;

        /** Copies the map. */
        public Colours {
            numbers = Map.copyOf(numbers);
        }

        @Override
        public Mask read(ImageDecoder decoder, Path file) {
            RawImage stored = decoder.maskColours(file);
            byte[] values = new byte[stored.width() * stored.height()];
            Set<Integer> unknown = new TreeSet<>();
            for (int i = 0; i < values.length; i++) {
                int colour = (stored.rgb()[3 * i] & 0xff) << 16
                        | (stored.rgb()[3 * i + 1] & 0xff) << 8
                        | stored.rgb()[3 * i + 2] & 0xff;
                Integer number = numbers.get(colour);
                if (number == null) {
                    unknown.add(colour);
                } else {
                    values[i] = number.byteValue();
                }
            }
            if (!unknown.isEmpty()) {
                throw new DataException(file + ": expected the colours of data.colours, found "
                        + unknown.stream().limit(SHOWN).map(MaskPalette::text).collect(Collectors.joining(", "))
                        + (unknown.size() > SHOWN ? " and " + (unknown.size() - SHOWN) + " more" : "")
                        + "; add them to data.colours, or, if masks hold numbers, give data.classes in its place");
            }
            return counting(new Mask(stored.width(), stored.height(), values), file);
        }

        @Override
        public void addTo(Fingerprint fingerprint) {
            fingerprint.with(labels.names()).with(new TreeMap<>(numbers).toString());
        }
    }

    private static Mask counting(Mask mask, Path file) {
        for (byte value : mask.values()) {
            if ((value & 0xff) != PixelClasses.IGNORED) {
                return mask;
            }
        }
        throw new DataException(file + ": no pixel counts, all are as data.ignore says; leave the image out");
    }
}
