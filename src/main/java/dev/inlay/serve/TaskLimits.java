package dev.inlay.serve;

import dev.inlay.backbone.Backbone;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Resize;
import dev.inlay.error.DataException;
import dev.inlay.error.StorageException;
import dev.inlay.task.TaskInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a task may ask of a service. A task file comes from whoever may put one, and what it asks for every image pays.
 * {@code docs/http.md} lists the limits.
 */
final class TaskLimits {
    private static final long MIN_LIMIT = 256L << 20;
    private static final int MAX_CLASSES = 100_000;
    private static final int MAX_NAME = 1_000;
    private static final int MIN_RESIZE_LIMIT = 1_024;
    private static final int RESIZE_PER_CROP = 4;

    private TaskLimits() {}

    /**
     * A task that changes every matrix by a product of full rank is twice its backbone.
     *
     * @throws DataException if a file is so long that it can be no task of this backbone
     */
    static void requireShort(Path file, Backbone backbone) {
        long most = Math.max(MIN_LIMIT, 2 * Float.BYTES * backbone.parameterCount());
        long size;
        try {
            size = Files.size(file);
        } catch (IOException e) {
            throw new DataException(file + ": cannot be read: " + StorageException.reason(e), e);
        }
        if (size > most) {
            throw new DataException(file + ": expected a task of at most " + most + " bytes, twice its backbone, found "
                    + size + " bytes");
        }
    }

    /** @throws DataException if a task has too many classes, too long names or enlarges images too much */
    static void requireModest(String source, TaskInfo info) {
        int classes = info.classNames().size();
        if (classes > MAX_CLASSES) {
            throw new DataException(
                    source + ": expected at most " + MAX_CLASSES + " classes to be served, found " + classes);
        }
        for (int label = 0; label < classes; label++) {
            int length = info.classNames().get(label).length();
            if (length > MAX_NAME) {
                throw new DataException(source + ": classNames[" + label + "]: expected at most " + MAX_NAME
                        + " characters to be served, found " + length);
            }
        }
        info.transform().ifPresent(transform -> {
            requireModest(source, transform);
            if (info.labels().kind() == LabelSpace.Kind.MASKS) {
                requireWhole(source, transform);
            }
        });
    }

    /** The pixels that a crop leaves out would have no class. */
    private static void requireWhole(String source, ImageTransform transform) {
        Resize resize = transform.resize();
        if (!(resize instanceof Resize.Exact)
                || resize.minHeight() != transform.height()
                || resize.minWidth() != transform.width()) {
            throw new DataException(source + ": transform: expected a task of masks to see whole images, resized to "
                    + transform.height() + " x " + transform.width() + " directly, found a resize to " + resize
                    + " and a crop; train it with data.transform.resize: direct");
        }
    }

    private static void requireModest(String source, ImageTransform transform) {
        Resize resize = transform.resize();
        int found = Math.max(resize.minHeight(), resize.minWidth());
        int most = Math.max(MIN_RESIZE_LIMIT, RESIZE_PER_CROP * Math.max(transform.height(), transform.width()));
        if (found > most) {
            throw new DataException(source + ": transform.resize: expected at most " + most
                    + " pixels a side for a crop of " + transform.height() + " x " + transform.width()
                    + " to be served, found " + found);
        }
    }
}
