package dev.inlay.checkpoint;

import dev.inlay.checkpoint.npz.RawNpz;
import dev.inlay.checkpoint.pth.PickleText;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Every way to keep named tensors; their elements are 0, 1, 2, … through all of them. */
public enum Container {
    ZIP_PTH,
    LEGACY_PTH,
    SAFETENSORS,
    SHARDED,
    NPZ;

    /**
     * Writes a checkpoint.
     *
     * @param wrappers keys of dictionaries within one another, outermost first; in formats without dictionaries words
     *     before the names
     * @param shapes name to shape of each tensor
     * @return the file, or the index of several
     */
    public Path write(Path folder, List<String> wrappers, Map<String, List<Long>> shapes) throws IOException {
        String before = wrappers.stream().map(wrapper -> wrapper + ".").collect(Collectors.joining());
        return switch (this) {
            case ZIP_PTH, LEGACY_PTH -> pth(folder, wrappers, shapes);
            case SAFETENSORS -> {
                Path file = folder.resolve("model.safetensors");
                SafeTensorsWriter.write(file, entries(before, shapes), Map.of());
                yield file;
            }
            case SHARDED -> sharded(folder, entries(before, shapes));
            case NPZ -> {
                Map<String, byte[]> arrays = new LinkedHashMap<>();
                int at = 0;
                for (Map.Entry<String, List<Long>> tensor : shapes.entrySet()) {
                    String sizes =
                            tensor.getValue().stream().map(size -> size + ",").collect(Collectors.joining());
                    arrays.put(
                            before + tensor.getKey() + ".npy",
                            RawNpz.floats("(" + sizes + ")", elements(at, tensor.getValue())));
                    at += count(tensor.getValue());
                }
                yield RawNpz.write(folder.resolve("model.npz"), arrays);
            }
        };
    }

    private Path pth(Path folder, List<String> wrappers, Map<String, List<Long>> shapes) throws IOException {
        int all = shapes.values().stream().mapToInt(Container::count).sum();
        StringBuilder tensors = new StringBuilder("}");
        int at = 0;
        for (Map.Entry<String, List<Long>> tensor : shapes.entrySet()) {
            int[] sizes = tensor.getValue().stream().mapToInt(Long::intValue).toArray();
            int[] strides = new int[sizes.length];
            int stride = 1;
            for (int d = sizes.length - 1; d >= 0; d--) {
                strides[d] = stride;
                stride *= sizes[d];
            }
            tensors.append(PickleText.text(tensor.getKey()))
                    .append(PickleText.tensor(all, at, PickleText.tuple(sizes), PickleText.tuple(strides)))
                    .append('s');
            at += stride;
        }
        StringBuilder pickle = new StringBuilder();
        wrappers.forEach(wrapper -> pickle.append('}').append(PickleText.text(wrapper)));
        pickle.append(tensors).append("s".repeat(wrappers.size())).append('.');
        return this == ZIP_PTH
                ? PickleText.archive(folder, PickleText.START + pickle, all)
                : PickleText.legacy(folder, PickleText.START + pickle, all);
    }

    private static Path sharded(Path folder, List<TensorEntry> entries) throws IOException {
        StringBuilder map = new StringBuilder();
        for (int shard = 0; shard < 2; shard++) {
            String file = "model-" + shard + ".safetensors";
            List<TensorEntry> part = new ArrayList<>();
            for (int i = shard; i < entries.size(); i += 2) {
                part.add(entries.get(i));
                map.append(map.isEmpty() ? "" : ", ")
                        .append('"' + entries.get(i).info().name() + "\": \"" + file + '"');
            }
            SafeTensorsWriter.write(folder.resolve(file), part, Map.of());
        }
        return Files.writeString(
                folder.resolve("model.safetensors" + Checkpoint.INDEX_SUFFIX), "{\"weight_map\": {" + map + "}}");
    }

    private static List<TensorEntry> entries(String before, Map<String, List<Long>> shapes) {
        List<TensorEntry> entries = new ArrayList<>();
        int at = 0;
        for (Map.Entry<String, List<Long>> tensor : shapes.entrySet()) {
            long[] sizes = tensor.getValue().stream().mapToLong(Long::longValue).toArray();
            entries.add(TensorEntry.floats(before + tensor.getKey(), elements(at, tensor.getValue()), sizes));
            at += count(tensor.getValue());
        }
        return entries;
    }

    private static float[] elements(int from, List<Long> shape) {
        float[] elements = new float[count(shape)];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = from + i;
        }
        return elements;
    }

    private static int count(List<Long> shape) {
        return shape.stream().mapToInt(Long::intValue).reduce(1, Math::multiplyExact);
    }
}
