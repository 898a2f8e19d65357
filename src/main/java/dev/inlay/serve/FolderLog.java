package dev.inlay.serve;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is logged of a look at a folder of tasks: what is new, a line for each kind of it where it is much. */
final class FolderLog {
    private static final Logger LOG = LoggerFactory.getLogger(TaskFolder.class);

    /** So many names stand in a line. */
    private static final int NAMES = 5;

    /** So many reasons are told of one look. */
    private static final int REASONS = 10;

    private SortedSet<String> passedOver = new TreeSet<>();

    /**
     * What has become of a task.
     *
     * @param problem why its file is not served; empty if it is
     */
    record News(String id, Path file, Optional<String> problem) {}

    void tasks(List<News> news) {
        List<News> served = news.stream().filter(of -> of.problem().isEmpty()).toList();
        if (served.size() <= NAMES) {
            served.forEach(of -> LOG.info("task {} is served from {}", of.id(), of.file()));
        } else {
            LOG.info(
                    "{} tasks are served: {}",
                    served.size(),
                    some(served.stream().map(News::id)));
        }
        Map<String, List<String>> refused = new LinkedHashMap<>();
        news.forEach(of -> of.problem().ifPresent(problem -> refused.computeIfAbsent(problem, p -> new ArrayList<>())
                .add(of.id())));
        refused(refused);
    }

    private static void refused(Map<String, List<String>> idsByProblem) {
        idsByProblem.entrySet().stream()
                .sorted(Comparator.comparingInt((Map.Entry<String, List<String>> entry) ->
                        -entry.getValue().size()))
                .limit(REASONS)
                .forEach(entry -> LOG.warn(
                        entry.getValue().size() == 1
                                ? "{} task is not served as its file is now ({}): {}"
                                : "{} tasks are not served as their files are now ({}): {}",
                        entry.getValue().size(),
                        some(entry.getValue().stream()),
                        entry.getKey()));
        if (idsByProblem.size() > REASONS) {
            LOG.warn(
                    "more tasks are not served, for {} other reasons; GET /v1/tasks/<id> says each",
                    idsByProblem.size() - REASONS);
        }
    }

    /**
     * @param names of all that is no task's, now
     */
    void passedOver(SortedSet<String> names) {
        List<String> others =
                names.stream().filter(name -> !passedOver.contains(name)).toList();
        passedOver = names;
        if (!others.isEmpty()) {
            LOG.info(
                    "{} {} no task's ({}): a task is <id>{} or <id>/{}, and its id 1 to 128 letters, digits, '.', '_' and"
                            + " '-', no '.' first",
                    others.size(),
                    others.size() == 1 ? "entry of the folder is" : "entries of the folder are",
                    some(others.stream()),
                    TaskFolder.SUFFIX,
                    TaskFolder.IN_A_FOLDER);
        }
    }

    private static String some(Stream<String> names) {
        List<String> all = names.toList();
        return String.join(", ", all.subList(0, Math.min(NAMES, all.size()))) + (all.size() > NAMES ? ", …" : "");
    }
}
