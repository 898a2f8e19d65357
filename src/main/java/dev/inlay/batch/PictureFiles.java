package dev.inlay.batch;

import dev.inlay.data.image.EncodedPicture;
import java.io.Serial;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Files of one picture each.
 *
 * @param key of the partition
 * @param ids absolute paths
 */
record PictureFiles(String key, List<String> ids) implements Pictures {
    @Serial
    private static final long serialVersionUID = 1L;

    PictureFiles {
        ids = List.copyOf(ids);
    }

    @Override
    public Function<String, Path> sources() {
        return Path::of;
    }

    @Override
    public Stream<EncodedPicture> read(Set<String> wanted) {
        return wanted.stream().map(file -> EncodedPicture.of(Path.of(file)));
    }
}
