package dev.inlay.task;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Interpolation;
import dev.inlay.data.transform.Normalization;
import dev.inlay.data.transform.Resize;
import dev.inlay.golden.Golden;
import dev.inlay.plan.ModuleKind;
import dev.inlay.publishing.Markdown;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.FullFineTuning;
import dev.inlay.tuning.method.Planned;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holds {@code docs/task-format.md} to what is written. */
class TaskFormatPageTest {
    private static final Markdown PAGE = Markdown.of("docs/task-format.md");

    /** Maps whose keys are data, and the plan, which has a page of its own. */
    private static final Set<String> MAPS = Set.of("metrics", "provenance");

    private static final Set<String> ELSEWHERE = Set.of("spec.plan");

    /** Methods whose tensors are on the page; those of the others are in their sections of docs/methods.md. */
    private static final Set<String> LISTED = Set.of("full", "linear", "spt");

    @TempDir
    private Path folder;

    @Test
    void everyMetadataKeyIsDocumentedAndNothingElse() throws IOException {
        Set<String> written = new TreeSet<>();
        try (VisionTransformer vit = Golden.vit()) {
            Resize shortSide = new Resize.ShortSide(40, Interpolation.BILINEAR);
            ImageTransform cropped =
                    new ImageTransform(shortSide, 24, 32, Normalization.INCEPTION, ExifOrientation.IGNORE);
            Planned spt = SampleTasks.planned(ModuleKind.LORA, Planned.Origin.PAPER);
            addKeys(spt, vit, SampleTasks.info(spt, vit).transform(), written);
            addKeys(new FullFineTuning(), vit, Optional.of(cropped), written);
            for (LabelSpace labels : SampleTasks.OTHER_LABELS) {
                addKeys(write(spt, vit, labels, Optional.of(cropped)), written);
            }
        }
        assertThat(PAGE.listed(written)).containsExactlyInAnyOrderElementsOf(written);
    }

    @Test
    void everyTensorIsDocumentedAndNothingElse() throws IOException {
        Set<String> written = new TreeSet<>();
        try (VisionTransformer vit = Golden.vit()) {
            SampleTasks.specs().filter(spec -> LISTED.contains(spec.method())).forEach(spec -> {
                try (SafeTensorsFile file = SafeTensorsFile.open(write(spec, vit, Optional.empty()))) {
                    file.names().forEach(name -> written.add(pattern(name)));
                }
            });
        }
        assertThat(PAGE.listed(written)).containsExactlyInAnyOrderElementsOf(written);
    }

    /** The name with what differs from backbone to backbone left out. */
    private static String pattern(String name) {
        return name.replaceFirst("^full\\..*", "full.<parameter>")
                .replaceFirst("^sparse\\..*\\.(delta|index)$", "sparse.<parameter>.$1")
                .replaceFirst("^(lora|adapter)\\.blocks\\.\\d+\\.(attn|mlp)\\.\\w+\\.", "$1.<place>.");
    }

    private void addKeys(TuningSpec spec, VisionTransformer vit, Optional<ImageTransform> transform, Set<String> keys)
            throws IOException {
        addKeys(write(spec, vit, transform), keys);
    }

    private static void addKeys(Path task, Set<String> keys) throws IOException {
        try (SafeTensorsFile file = SafeTensorsFile.open(task)) {
            for (String key : file.metadata().keySet()) {
                String value = file.metadata().get(key);
                if (key.equals("format") || key.equals("method")) {
                    keys.add(key);
                } else {
                    leaves(key, new ObjectMapper().readTree(value), keys);
                }
            }
        }
    }

    private Path write(TuningSpec spec, VisionTransformer vit, Optional<ImageTransform> transform) {
        return write(spec, vit, SampleTasks.info(spec, vit).labels(), transform);
    }

    private Path write(TuningSpec spec, VisionTransformer vit, LabelSpace labels, Optional<ImageTransform> transform) {
        Path file = folder.resolve("task.safetensors");
        TaskInfo info = SampleTasks.info(spec, vit);
        TaskInfo changed =
                new TaskInfo(spec, info.backbone(), labels, transform, info.metrics(), info.provenance(), 1.25);
        try (Tuning tuning = SampleTasks.trained(spec, vit)) {
            TaskFile.write(file, changed, tuning);
        }
        return file;
    }

    private static void leaves(String key, JsonNode node, Set<String> keys) {
        if (ELSEWHERE.contains(key)) {
            keys.add(key);
        } else if (MAPS.contains(key)) {
            keys.add(key + ".*");
        } else if (node.isArray()) {
            keys.add(key + "[]");
        } else if (node.isObject()) {
            node.properties().forEach(entry -> leaves(key + "." + entry.getKey(), entry.getValue(), keys));
        } else {
            keys.add(key);
        }
    }
}
