package dev.inlay.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.config.ExperimentConfig.Run;
import dev.inlay.data.builtin.BuiltinTask;
import dev.inlay.data.builtin.BuiltinTasks;
import dev.inlay.data.transform.Interpolation;
import dev.inlay.error.ConfigException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds the suites of the project to lists that were written down apart from them. */
class BenchmarkConfigsTest {
    private static final Path ROOT = Path.of("/images");

    /** ExperimentTask, classes, test images; VTAB-1k has 800 and 200 to learn from everywhere. */
    private static final String VTAB =
            """
            cifar 100 10000; caltech101 102 6084; dtd 47 1880; oxford_flowers102 102 6149; oxford_iiit_pet 37 3669;
            svhn 10 26032; sun397 397 21750; patch_camelyon 2 32768; eurosat 10 5400; resisc45 45 6300;
            diabetic_retinopathy 5 42670; clevr_count 8 15000; clevr_dist 6 15000; dmlab 6 22735; kitti 4 711;
            dsprites_loc 16 73728; dsprites_ori 16 73728; smallnorb_azi 18 12150; smallnorb_ele 9 12150
            """;

    /** ExperimentTask, classes, training, validation and test images. */
    private static final String FGVC =
            """
            cub 200 5394 600 5794; nabirds 555 21536 2393 24633; oxfordflower 102 1020 1020 6149;
            stanforddog 120 10800 1200 8580; stanfordcar 196 7329 815 8041
            """;

    private static final Map<String, Integer> FEW_SHOT = Map.of(
            "food-101", 101, "oxford_pets", 37, "stanford_cars", 196, "oxford_flowers", 102, "fgvc_aircraft", 100);

    @Test
    void vtabHasItsNineteenTasksInThreeGroups() {
        ExperimentConfig suite = read("vtab1k");
        String found = suite.tasks().stream()
                .map(task -> task.name() + " " + task.classes() + " " + task.test())
                .collect(Collectors.joining("; "));
        assertThat(found).isEqualTo(VTAB.strip().replaceAll("\\s+", " "));
        assertThat(suite.tasks()).hasSize(19).allMatch(task -> task.train() == 800 && task.validation() == 200);
        assertThat(suite.groups()).containsExactly("Natural", "Specialized", "Structured");
        assertThat(sizes(suite)).isEqualTo(Map.of("Natural", 7L, "Specialized", 4L, "Structured", 8L));
        // the classes of the 24 tasks of VPT's storage table add up to 2113 with those of FGVC
        assertThat(classes(suite) + classes(read("fgvc"))).isEqualTo(2113);
        Run spt = run(suite, "cifar", "SPT-LoRA");
        assertThat(spt.config().data().source())
                .isEqualTo(new DataSource.Vtab(
                        ROOT.resolve("cifar"), ".", "train800.txt", "val200.txt", "train800val200.txt", "test.txt"));
        assertThat(spt.config().train().epochs()).isEqualTo(100);
        assertThat(spt.config().train().schedule()).isEqualTo(TrainConfig.Schedule.SPT);
        assertThat(spt.config().train().withValidation()).isTrue();
        assertThat(spt.config().backbone().dropPath()).isEqualTo(0.1);
        assertThat(spt.config().search().grid().get("method.budget"))
                .containsExactly("200000", "400000", "600000", "800000", "1000000");
        assertThat(spt.config().data().transform().interpolation()).isEqualTo(Interpolation.BICUBIC);
        Run vpt = run(suite, "cifar", "VPT-Deep");
        assertThat(vpt.config().data().transform().interpolation()).isEqualTo(Interpolation.TF1);
        assertThat(vpt.config().train().optimizer()).isEqualTo(TrainConfig.Optimizer.SGD);
        assertThat(means(suite)).contains(List.of(0.485, 0.456, 0.406), List.of(0.5, 0.5, 0.5));
    }

    @Test
    void fgvcHasVptsFiveSets() {
        ExperimentConfig suite = read("fgvc");
        String found = suite.tasks().stream()
                .map(task -> task.name() + " " + task.classes() + " " + task.train() + " " + task.validation() + " "
                        + task.test())
                .collect(Collectors.joining("; "));
        assertThat(found).isEqualTo(FGVC.strip().replaceAll("\\s+", " "));
        assertThat(suite.groups()).containsExactly("FGVC");
        assertThat(suite.runs()).noneMatch(run -> run.config().train().withValidation());
        Run run = run(suite, "stanforddog", "SPT-LoRA");
        assertThat(run.config().data().source())
                .isEqualTo(new DataSource.Json(
                        ROOT.resolve("stanforddog"), "Images", "train.json", "val.json", "test.json"));
        assertThat(run.config().data().augment().flip()).isTrue();
        assertThat(run.config().data().augment().crop()).isEqualTo(AugmentConfig.Crop.RANDOM);
    }

    @Test
    void fewShotHasFiveSetsTimesFiveShotsWithAListOfItsOwnForEachSeed() {
        ExperimentConfig suite = read("few-shot");
        assertThat(suite.tasks()).hasSize(25);
        assertThat(suite.groups()).containsExactly("1 shot", "2 shot", "4 shot", "8 shot", "16 shot");
        for (ExperimentTask task : suite.tasks()) {
            String[] name = task.name().split(", ");
            int shots = Integer.parseInt(task.group().split(" ")[0]);
            assertThat(name[1]).isEqualTo(task.group());
            assertThat(task.classes()).isEqualTo(FEW_SHOT.get(name[0]));
            assertThat(task.train()).isEqualTo(shots * task.classes());
            suite.runs().stream()
                    .filter(run -> run.key().task().equals(task.name()))
                    .forEach(run -> {
                        DataSource.Vtab source =
                                (DataSource.Vtab) run.config().data().source();
                        assertThat(source.root()).isEqualTo(ROOT.resolve(name[0]));
                        assertThat(source.train())
                                .isEqualTo("annotations/train_meta.list.num_shot_" + shots + ".seed_"
                                        + run.key().seed())
                                .isEqualTo(source.trainAndValidation());
                        assertThat(source.images()).isEqualTo(name[0].equals("stanford_cars") ? "." : "images");
                    });
        }
    }

    @Test
    void structuredEightIsEveryBuiltInTaskOfOneClass() {
        ExperimentConfig suite = read("structured-8");
        assertThat(suite.tasks().stream().map(ExperimentTask::name))
                .containsExactlyInAnyOrderElementsOf(BuiltinTasks.ALL.stream()
                        .filter(BuiltinTask::hasOneClass)
                        .map(BuiltinTask::name)
                        .toList());
        assertThat(suite.runs())
                .allMatch(run -> run.config().data().source() instanceof DataSource.Builtin source
                        && source.task().equals(run.key().task()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vtab1k", "fgvc", "few-shot", "structured-8"})
    void hasThreeSeedsAndPublishedRowsWhoseMeansAddUp(String name) {
        ExperimentConfig suite = read(name);
        assertThat(suite.seeds()).hasSizeGreaterThanOrEqualTo(3);
        for (PublishedAccuracies row : suite.published()) {
            assertThat(row.source()).isNotBlank();
            row.groups().forEach((group, printed) -> {
                List<ExperimentTask> members = suite.tasks().stream()
                        .filter(task -> task.group().equals(group))
                        .toList();
                if (row.tasks().size() == suite.tasks().size()) {
                    double mean = members.stream()
                            .mapToDouble(task -> row.tasks().get(task.name()))
                            .average()
                            .orElseThrow();
                    assertThat(mean).as(row.method() + ", " + group).isCloseTo(printed, within(0.06));
                }
            });
        }
    }

    @Test
    void thePublishedMeansOfGroupsAreThoseThatPapersPrint() {
        Map<String, Double> printed = Map.of(
                "Full",
                69.0,
                "Linear",
                57.6,
                "VPT-Deep",
                72.0,
                "SSF",
                75.7,
                "NOAH",
                75.5,
                "SPT-LoRA",
                76.4,
                "LoRA-8",
                74.9);
        Map<String, Double> found = new HashMap<>();
        read("vtab1k")
                .published()
                .forEach(row -> found.put(
                        row.method(),
                        row.groups().values().stream()
                                .mapToDouble(Double::doubleValue)
                                .average()
                                .orElseThrow()));
        printed.forEach((method, mean) -> assertThat(found.get(method)).isCloseTo(mean, within(0.06)));
    }

    @Test
    void whatOnlyASuiteHasIsCheckedWithTheRest() {
        String yaml =
                """
                tasks:
                  - {name: shape, data: {task: shape}, classses: 3}
                methods: [{name: Linear, method: {type: linear}}]
                published: [{method: Full, tasks: {shap: 101}}]
                """;
        assertThatThrownBy(() -> ExperimentConfig.suite(yaml, ROOT, ROOT, List.of("train.epochs=0")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("tasks[0].group: missing")
                .hasMessageContaining("tasks[0].classses (line 2): unknown key")
                .hasMessageContaining("published[0].source: missing")
                .hasMessageContaining("the suite has no shap")
                .hasMessageContaining("expected percent from 0 to 100, found 101")
                .hasMessageContaining("train.epochs (override)");
    }

    private static ExperimentConfig read(String name) {
        return ExperimentConfig.suite(Path.of("configs/benchmark/" + name + ".yaml"), ROOT, List.of());
    }

    private static Run run(ExperimentConfig suite, String task, String method) {
        return suite.runs().stream()
                .filter(run ->
                        run.key().task().equals(task) && run.key().method().equals(method))
                .findFirst()
                .orElseThrow();
    }

    private static Map<String, Long> sizes(ExperimentConfig suite) {
        return suite.tasks().stream().collect(Collectors.groupingBy(ExperimentTask::group, Collectors.counting()));
    }

    private static int classes(ExperimentConfig suite) {
        return suite.tasks().stream().mapToInt(ExperimentTask::classes).sum();
    }

    private static List<List<Double>> means(ExperimentConfig suite) {
        return suite.runs().stream()
                .map(run -> run.config().data().transform().normalization().mean())
                .distinct()
                .toList();
    }
}
