package dev.inlay.batch;

import dev.inlay.data.image.EncodedImage;
import java.io.Serial;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Files of one image each.
 *
 * @param key of the partition
 * @param ids absolute paths
 */
record FilePartition(String key, List<String> ids) implements ImagePartition {
    @Serial
    private static final long serialVersionUID = 1L;

    FilePartition {
        ids = List.copyOf(ids);
    }

    @Override
    public Function<String, Path> sources() {
        return Path::of;
    }

    @Override
    public Stream<EncodedImage> read(Set<String> wanted) {
        return wanted.stream().map(file -> EncodedImage.of(Path.of(file)));
    }
}
