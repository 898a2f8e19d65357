package dev.inlay.data.source;

import dev.inlay.data.Examples;
import dev.inlay.data.Fingerprint;
import dev.inlay.data.LabelSpace;
import java.util.List;

/** The images of some files, one file after the other, as they are. */
final class TensorExamples implements Examples {
    private final int height;
    private final int width;
    private final List<String> classNames;
    private final List<TensorFile> files;

    TensorExamples(int height, int width, List<String> classNames, List<TensorFile> files) {
        this.height = height;
        this.width = width;
        this.classNames = classNames;
        this.files = files;
    }

    @Override
    public int size() {
        return files.stream().mapToInt(TensorFile::size).sum();
    }

    @Override
    public LabelSpace labels() {
        return LabelSpace.oneOf(classNames);
    }

    @Override
    public int label(int i) {
        ExampleLocation place = place(i);
        return place.file.label(place.index);
    }

    @Override
    public String id(int i) {
        return Integer.toString(i);
    }

    @Override
    public int height() {
        return height;
    }

    @Override
    public int width() {
        return width;
    }

    @Override
    public void read(int i, int epoch, float[] out, int offset) {
        ExampleLocation place = place(i);
        place.file.read(place.index, out, offset);
    }

    @Override
    public boolean repeats() {
        return true;
    }

    @Override
    public String fingerprint() {
        Fingerprint fingerprint =
                new Fingerprint().with(classNames).with(height).with(width);
        for (TensorFile file : files) {
            for (int i = 0; i < file.size(); i++) {
                fingerprint.with(file.label(i));
            }
            fingerprint.with(file.bytes());
        }
        return fingerprint.hex();
    }

    private record ExampleLocation(TensorFile file, int index) {}

    private ExampleLocation place(int i) {
        int index = i;
        for (TensorFile file : files) {
            if (index >= 0 && index < file.size()) {
                return new ExampleLocation(file, index);
            }
            index -= file.size();
        }
        throw new IndexOutOfBoundsException(i + " of " + size() + " examples");
    }
}
