package dev.inlay.task;

import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.TensorInfo;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/** Looks into any safetensors file: its metadata, then its tensors one by one. */
final class TensorsInspection {
    private static final int MAX_LISTED = 1000;

    private TensorsInspection() {}

    /**
     * @param kind what to call the file
     */
    static Inspection of(String kind, Path file) {
        try (SafeTensorsFile tensors = SafeTensorsFile.open(file)) {
            List<TensorInfo> infos = tensors.names().stream().map(tensors::info).toList();
            InspectionRows rows = new InspectionRows()
                    .addBytes(file)
                    .add("tensors", infos.size())
                    .add(
                            "elements",
                            infos.stream().mapToLong(TensorInfo::elements).sum());
            tensors.metadata().forEach((key, value) -> rows.add("metadata." + key, value));
            return new Inspection(kind + " " + file, rows.list(), list(infos));
        }
    }

    /** A line for each tensor: name, dtype, shape. */
    static String list(Collection<TensorInfo> infos) {
        int widest = infos.stream().mapToInt(info -> info.name().length()).max().orElse(0);
        StringBuilder list = new StringBuilder();
        infos.stream().limit(MAX_LISTED).forEach(info -> list.append("  ")
                .append(info.name())
                .append(" ".repeat(widest - info.name().length() + 2))
                .append(info.dtype())
                .append(' ')
                .append(info.shape())
                .append('\n'));
        if (infos.size() > MAX_LISTED) {
            list.append("  … and ").append(infos.size() - MAX_LISTED).append(" more\n");
        }
        return list.toString();
    }
}
