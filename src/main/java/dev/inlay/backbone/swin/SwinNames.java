package dev.inlay.backbone.swin;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of a checkpoint's tensors as timm 1.0 has them. The original code (github.com/microsoft/Swin-Transformer) and timm
 * before 0.9 merge patches at the end of a stage and not at the beginning of the next, call the classifier {@code head},
 * and keep tables in the file that follow from the sizes.
 */
final class SwinNames {
    private static final Pattern DERIVED =
            Pattern.compile("layers\\.\\d+\\.blocks\\.\\d+\\.(attn_mask|attn\\.relative_position_index)");

    private static final Pattern MERGING = Pattern.compile("layers\\.(\\d{1,2})\\.downsample\\.(.+)");
    private static final Pattern HEAD = Pattern.compile("head\\.(weight|bias)");

    private SwinNames() {}

    /** The same values under timm's names, without those that follow from the sizes. */
    static <T> Map<String, T> timm(Map<String, T> named) {
        boolean mergedBehind = named.keySet().stream().anyMatch(name -> name.startsWith("layers.0.downsample."));
        Map<String, T> renamed = new LinkedHashMap<>();
        named.forEach((name, value) -> {
            if (!DERIVED.matcher(name).matches()) {
                renamed.put(timm(name, mergedBehind), value);
            }
        });
        return renamed;
    }

    private static String timm(String name, boolean mergedBehind) {
        Matcher merging = MERGING.matcher(name);
        if (mergedBehind && merging.matches()) {
            return "layers." + (1 + Integer.parseInt(merging.group(1))) + ".downsample." + merging.group(2);
        }
        Matcher head = HEAD.matcher(name);
        return head.matches() ? "head.fc." + head.group(1) : name;
    }
}
