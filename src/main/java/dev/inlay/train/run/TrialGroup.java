package dev.inlay.train.run;

import dev.inlay.config.MethodConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.data.ClassWeights;
import dev.inlay.train.TrainingSettings;
import dev.inlay.tuning.HeadInit;
import dev.inlay.tuning.method.HeadOnly;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Points of a search that are tried at once: those that train nothing but a head can do so side by side where they see the
 * same batches and step by the same rule. Every other point is a group of its own.
 *
 * @param points their numbers, ascending
 */
record TrialGroup(List<Integer> points) {
    TrialGroup {
        points = List.copyOf(points);
    }

    /** What the points of a group agree on. */
    private record Alike(TrainingSettings settings, ClassWeights weights, HeadInit init) {
        static Alike of(RunConfig point) {
            return new Alike(
                    TrainingSettingsFactory.settings(point, point.seed()).common(),
                    point.train().classWeights(),
                    point.train().headInit());
        }
    }

    /**
     * The group of each point, the same whenever a run is resumed.
     *
     * @param tried the settings of each point
     * @param most points in a group, at least 1
     */
    static List<TrialGroup> of(List<RunConfig> tried, int most) {
        Map<Object, List<Integer>> alike = new LinkedHashMap<>();
        for (int i = 0; i < tried.size(); i++) {
            Object key = isLinear(tried.get(i)) ? Alike.of(tried.get(i)) : i;
            alike.computeIfAbsent(key, k -> new ArrayList<>()).add(i);
        }
        TrialGroup[] groups = new TrialGroup[tried.size()];
        for (List<Integer> points : alike.values()) {
            for (int from = 0; from < points.size(); from += most) {
                TrialGroup group = new TrialGroup(points.subList(from, Math.min(from + most, points.size())));
                group.points.forEach(point -> groups[point] = group);
            }
        }
        return List.of(groups);
    }

    private static boolean isLinear(RunConfig point) {
        return !TrainingSettingsFactory.settings(point, point.seed())
                        .selection()
                        .isMade()
                && point.maskHead().isEmpty()
                && point.method() instanceof MethodConfig.Stated stated
                && stated.spec() instanceof HeadOnly;
    }

    int first() {
        return points.get(0);
    }

    int last() {
        return points.get(points.size() - 1);
    }
}
