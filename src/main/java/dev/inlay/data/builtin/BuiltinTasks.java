package dev.inlay.data.builtin;

import dev.inlay.error.ConfigException;
import dev.inlay.error.Spelling;
import java.util.List;

/** The built-in tasks. */
public final class BuiltinTasks {
    /** Every task there is. */
    public static final List<BuiltinTask> ALL = List.of(
            new ShapeTask(),
            new TextureTask(),
            new CountTask(),
            new DistanceTask(),
            new PositionTask(),
            new OrientationTask(),
            new RelationTask(),
            new PhotoTask(),
            new SegmentationTask());

    private BuiltinTasks() {}

    /** The names of all of them. */
    public static List<String> names() {
        return ALL.stream().map(BuiltinTask::name).toList();
    }

    /**
     * The task of a name.
     *
     * @throws ConfigException listing the names there are, if it is not among them
     */
    public static BuiltinTask named(String name) {
        for (BuiltinTask task : ALL) {
            if (task.name().equals(name)) {
                return task;
            }
        }
        throw new ConfigException("built-in task: " + Spelling.expected(name, names()));
    }
}
