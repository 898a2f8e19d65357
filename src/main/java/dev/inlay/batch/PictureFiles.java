package dev.inlay.batch;

import dev.inlay.data.image.EncodedPicture;
import java.io.Serial;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

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
    public void read(Set<String> wanted, int batch, Consumer<List<EncodedPicture>> each) {
        List<String> files = List.copyOf(wanted);
        for (int from = 0; from < files.size(); from += batch) {
            each.accept(files.subList(from, Math.min(files.size(), from + batch)).stream()
                    .map(file -> EncodedPicture.of(Path.of(file)))
                    .toList());
        }
    }
}
