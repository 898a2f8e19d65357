package dev.inlay.task;

import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.data.LabelSpace;
import dev.inlay.plan.allocation.PlanTable;
import dev.inlay.tuning.Ensemble;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Planned;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Looks into a task. */
final class TaskInspection {
    private TaskInspection() {}

    static Inspection of(Path file) {
        try (SafeTensorsFile stored = TaskFile.open(file)) {
            TaskMetadata metadata = TaskFile.metadata(stored);
            TaskInfo info = metadata.info();
            List<TuningSpec> members = info.spec().members();
            InspectionRows rows = new InspectionRows().addBytes(file).add("method", info.method());
            if (members.size() > 1) {
                rows.add("members", members.stream().map(TuningSpec::method).toList());
            }
            rows.add("classes", info.classNames().size()).add("classNames", info.classNames());
            addLabels(rows, info.labels());
            info.metrics().forEach((name, value) -> rows.add("metrics." + name, value));
            if (info.temperature() != 1) {
                rows.add("temperature", info.temperature());
            }
            addParameters(rows, metadata.parameters());
            info.backbone().describe(rows);
            rows.add("transform", metadata.transform());
            String details = "";
            for (int k = 0; k < members.size(); k++) {
                if (members.get(k) instanceof Planned planned && members.indexOf(planned) == k) {
                    String prefix = members.size() == 1 ? "" : Ensemble.prefix(k);
                    PlanInspection.add(rows, prefix + "plan.", planned.plan());
                    details += PlanTable.of(planned.plan());
                }
            }
            info.provenance().forEach((name, value) -> rows.add("provenance." + name, value));
            return new Inspection("task " + file, rows.list(), details);
        }
    }

    private static void addLabels(InspectionRows rows, LabelSpace labels) {
        if (labels.kind() != LabelSpace.Kind.SINGLE) {
            rows.add("labels", labels.kind().toString());
        }
        if (labels instanceof LabelSpace.ClassSet set) {
            rows.add(
                    "thresholds", set.thresholds().stream().map(String::valueOf).toList());
        }
        if (labels instanceof LabelSpace.Numbers numbers) {
            rows.add("means", numbers.means().stream().map(String::valueOf).toList());
            rows.add(
                    "deviations",
                    numbers.deviations().stream().map(String::valueOf).toList());
        }
    }

    private static void addParameters(InspectionRows rows, Map<Role, Long> parameters) {
        long total = parameters.values().stream().mapToLong(Long::longValue).sum();
        rows.add("parameters.total", total)
                .add("parameters.withoutHead", total - parameters.getOrDefault(Role.HEAD, 0L));
        parameters.forEach((part, count) -> rows.add("parameters." + TaskMetadata.key(part), count));
    }
}
