package dev.inlay.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.data.ClassWeights;
import dev.inlay.data.loading.Sampling;
import dev.inlay.error.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunConfigTest {
    private static final Path FOLDER = Path.of("/configs");

    @Test
    void anEmptyConfigIsTheBuiltInTask() {
        RunConfig config = parse("");
        assertThat(config.backbone().name()).isEqualTo("builtin");
        assertThat(config.data().source()).isEqualTo(new DataSource.Builtin("shape", 64, 800, 200, 1000));
        assertThat(config.method()).isInstanceOf(MethodConfig.Spt.class);
        assertThat(parse("# only a comment\n").train()).isEqualTo(config.train());
    }

    @Test
    void classWeightsAreAWordOrASectionOfNamesThatIsWrittenOutAsItWas() {
        assertThat(parse("").train().classWeights()).isSameAs(ClassWeights.NONE);
        assertThat(parse("train: {classWeights: balanced}").train().classWeights())
                .isEqualTo(ClassWeights.BALANCED);
        RunConfig named = parse("train: {classWeights: {oak: 2, a.b: 0.5}}");
        assertThat(named.train().classWeights()).isEqualTo(ClassWeights.named(Map.of("oak", 2.0, "a.b", 0.5)));
        assertThat(parse(named.settings().json()).train()).isEqualTo(named.train());
        assertThatThrownBy(() -> parse("train: {classWeights: even}"))
                .hasMessageContaining("train.classWeights (line 1): expected one of none, balanced, found even");
        assertThatThrownBy(() -> parse("train: {classWeights: {oak: 0, elm: much}}"))
                .hasMessageContaining("train.classWeights.oak (line 1): expected a number from 1.0E-6 to 1000000.0")
                .hasMessageContaining("train.classWeights.elm (line 1): expected a number");
        assertThatThrownBy(() -> parse("train: {classWeights: balanced, sampling: balanced}"))
                .hasMessageContaining("train.sampling (line 1): balanced and classWeights: balanced each");
        assertThat(parse("train: {classWeights: {oak: 2}, sampling: balanced}")
                        .train()
                        .sampling())
                .isSameAs(Sampling.BALANCED);
    }

    @Test
    void groupsOfAFolderAreARegularExpressionWithOneCapturingGroup() {
        assertThatThrownBy(() -> parse("data: {type: folder, root: r, groups: patient}"))
                .hasMessageContaining("data.groups (line 1): expected a regular expression with one capturing group")
                .hasMessageContaining("patient has 0");
        assertThatThrownBy(() -> parse("data: {type: folder, root: r, groups: '(a'}"))
                .hasMessageContaining("(a is none: Unclosed group");
        assertThatThrownBy(() -> parse("data: {type: vtab, root: r, groups: patient}"))
                .hasMessageContaining("data.groups (line 1): unknown key");
        assertThat(parse("data: {type: csv, file: f, groups: patient}").data().source())
                .isEqualTo(new DataSource.Csv(
                        FOLDER.resolve("f"), FOLDER, new SplitConfig(0.1, 0.2, true, 0, 0), Optional.of("patient")));
        assertThatThrownBy(() -> parse("data: {type: csv, file: f, split: {validation: 0.5, test: 0.5}}"))
                .hasMessageContaining("data.split (line 1): validation + test is 1.0");
    }

    @Test
    void everyProblemIsReportedAtOnceWithItsKeyAndLine() {
        String yaml =
                """
                seed: -1
                trian:
                  epochs: 3
                train:
                  epochs: many
                  learning_rate: 0.1
                  optimizer: adam
                data:
                  type: vtab
                method: 7
                """;
        assertThatThrownBy(() -> parse(yaml, "train.batchSize=0", "oops"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("config: 9 problems")
                .hasMessageContaining("override oops: expected dotted.key=value")
                .hasMessageContaining("seed (line 1): expected a whole number of at least 0, found -1")
                .hasMessageContaining("data.root: missing; expected a path")
                .hasMessageContaining("method (line 10): expected a section (keys and values below it), found 7")
                .hasMessageContaining("train.epochs (line 5): expected a whole number from 1 to 1000000, found many")
                .hasMessageContaining("train.batchSize (override): expected a whole number from 1 to 1000000, found 0")
                .hasMessageContaining(
                        "train.optimizer (line 7): expected one of adamw, adamwVpt, sgd, found adam; did you mean adamw or adamwVpt?")
                .hasMessageContaining("train.learning_rate (line 6): unknown key; did you mean train.learningRate?")
                .hasMessageContaining("trian (line 2): unknown key; did you mean train?");
    }

    @Test
    void anUnknownKeyLikeNoneListsTheKnownOnes() {
        assertThatThrownBy(() -> parse("baselines:\n  knn: true\n"))
                .hasMessageContaining("baselines.knn (line 2): unknown key; known here: linear");
    }

    @Test
    void aFileWithoutANameDecidesIt() {
        assertThat(parse("", "backbone.file=w.pth").backbone().name()).isEqualTo(BackboneConfig.FROM_FILE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "backbone.name=vit_tiny_patch16_224 | backbone.file: missing",
                "backbone.name=custom backbone.random=true | backbone.spec: missing",
                "backbone.name=builtin backbone.file=w.pth | backbone.file (override): conflicts with name: builtin",
                "backbone.name=auto | backbone.name (override): auto needs the file that decides it",
                "backbone.spec=s.json backbone.random=true backbone.name=vit_s | only a custom backbone has one",
                "method.budget=0 | method.budget (override): expected a number of parameters above 0",
                "method.budget=-5 | method.budget (override): expected a number of parameters above 0",
                "method.budget=101% | method.budget (override): expected a number of parameters above 0",
                "method.budget=1000 method.tau=5 | method.tau (override): conflicts with budget",
                "method.type=linear method.rank=8 | method.rank (override): unknown key",
                "method.alpha=0.5 | method.alpha (override): expected a number from 1.0",
                "train.learningRate=.nan | train.learningRate (override): expected a number",
                "train.learningRate=.inf | train.learningRate (override): expected a number",
                "train.warmupEpochs=30 | train.warmupEpochs (override): expected a whole number from 0 to 20",
                "train.schedule=spt train.advance=step | schedule: spt moves every epoch",
                "train=3 | train (override): expected a section",
                "train.epochs.deep=3 train.epochs=[1] | train.epochs (override): expected a whole number",
                "train.epochs=[1, | not valid YAML",
                "train.epochs=1.5 | expected a whole number from 1 to 1000000, found 1.5",
                "train.epochs=1e999999999 | expected a whole number",
                "train.withValidation=maybe | train.withValidation (override): expected true or false, found maybe",
                "data.transform.resizeTo=256 | only resize: short and resize: square have it",
                "data.transform.normalize.mean=[1] | expected three numbers (red, green, blue), found 1",
                "data.type=tensors data.train=x data.transform.size=9 | tensors are already normalised",
                "data.augment.colorJitter=-1 | data.augment.colorJitter (override): expected a number from 0.0 to 10.0",
                "data.augment.colorJitter.hue=0.6 | colorJitter.hue (override): expected a number from 0.0 to 0.5",
                "data.augment.randAugment=augmix-m3 | data.augment.randAugment (override): expected none, or RandAugment as",
                "data.augment.randAugment=rand-m9 data.transform.interpolation=tf1 | change 8-bit images, which",
                "data.augment.colorJitter=0.4 data.transform.interpolation=tf1 | change 8-bit images, which",
                "train.mixup=0.8 train.batchSize=1 | train.mixup and train.cutmix mix images of one batch",
                "train.augRepeats=3 | train.augRepeats (override): repeats images so that each is changed anew, but data.augment",
                "train.mixupProb=2 | train.mixupProb (override): expected a number from 0.0 to 1.0, found 2",
                "data.type=folder data.root=x data.split.test=0.5 data.split.validation=0.5 | nothing is left",
                "sensitivity.microBatch=33 | expected a whole number from 1 to 32, found 33",
            })
    void refuses(String overrides, String message) {
        String[] split = overrides.contains("[1,") ? new String[] {overrides} : overrides.split(" ");
        assertThatThrownBy(() -> parse("", split))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"- a list", "just words", "a: 1\na: 2", "a: [", "a: 1\n---\nb: 2", "x: &y 1\nz: *y"})
    void refusesWhatIsNotOneMapping(String yaml) {
        assertThatThrownBy(() -> parse(yaml))
                .isInstanceOf(ConfigException.class)
                .message()
                .startsWith("config")
                .hasLineCount(1);
    }

    @Test
    void numbersMayBeWrittenAsPeopleWriteThem() {
        RunConfig config = parse(
                "train: {learningRate: 3e-4, batchSize: 1_0}\nsearch: {grid: {train.learningRate: [1e-3, 0.01]}}");
        assertThat(config.train().learningRate()).isEqualTo(3e-4);
        assertThat(config.train().batchSize()).isEqualTo(10);
        assertThat(config.search().grid()).isEqualTo(Map.of("train.learningRate", List.of("1e-3", "0.01")));
    }

    @ParameterizedTest
    @CsvSource({"5%, 42, 2", "50000, 9, 50000", "0.5%, 1, 1", "1e5, 0, 100000"})
    void budgetIsANumberOrAShare(String budget, long weights, long scalars) {
        Allocation allocation = Allocation.parse(budget).orElseThrow();
        Allocation.Budget spent =
                allocation instanceof Allocation.Share share ? share.of(weights) : (Allocation.Budget) allocation;
        assertThat(spent.scalars()).isEqualTo(scalars);
    }

    @Test
    void tauOrAPlanReplacesTheBudget() {
        assertThat(spt(parse("", "method.tau=7")).allocation()).isEqualTo(new Allocation.Tau(7));
        assertThat(spt(parse("method: {plan: p.json}")).allocation())
                .isEqualTo(new Allocation.Given(FOLDER.resolve("p.json")));
    }

    @Test
    void pathsStartAtTheFileAndThoseOfOverridesAtTheWorkingFolder() {
        String yaml = "data: {type: tensors, train: sets/train.safetensors}";
        assertThat(parse(yaml, "data.test=test.safetensors").data().source())
                .isEqualTo(new DataSource.Tensors(
                        FOLDER.resolve("sets/train.safetensors"),
                        Optional.empty(),
                        Optional.of(Path.of("test.safetensors").toAbsolutePath())));
    }

    @Test
    void laterOverridesWin() {
        assertThat(parse("seed: 1", "seed=2", "seed=3").seed()).isEqualTo(3);
    }

    @Test
    void theRecipeFillsDefaultsAndGivenKeysWin() {
        RunConfig config = parse("recipe: spt\ntrain: {epochs: 5}");
        assertThat(config.train().epochs()).isEqualTo(5);
        assertThat(config.train().warmupEpochs()).isEqualTo(5);
        assertThat(config.train().schedule()).isEqualTo(TrainConfig.Schedule.SPT);
        assertThat(config.train().advance()).isEqualTo(TrainConfig.Advance.EPOCH);
        assertThat(config.backbone().dropPath()).isEqualTo(0.1);
        assertThat(spt(config).dropout()).isEqualTo(0.1);
        assertThat(parse("compat: seed").sensitivity().mode()).isEqualTo(SensitivityConfig.Mode.TRAIN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "recipe: spt\ncompat: seed\nmethod: {mode: unstructured, module: adapter}",
                "method: {type: linear}\nsensitivity: {head: probe, scores: s.safetensors}",
                "method: {tau: 9}\ndata: {type: tensors, train: a.safetensors}",
                "method: {plan: p.json}\ndata: {type: folder, root: images, transform: {resize: short, size: 32}}",
                "data: {type: csv, file: a/list.csv, transform: {normalize: {mean: [0, 0, 1], std: [1, 2, 3]}}}",
                "data: {type: vtab, root: v}\nbackbone: {name: custom, spec: s.json, file: w.safetensors}",
            })
    void theSettingsReadBackGiveTheSameConfig(String yaml) {
        RunConfig config = parse(yaml);
        assertThat(RunConfig.parse(config.settings().json(), Path.of("/elsewhere"), List.of()))
                .isEqualTo(config);
    }

    @Test
    void portableSettingsAreEqualWhereverTheFilesLie() {
        String yaml = "data: {type: vtab, root: v}";
        EffectiveConfig here = parse(yaml).settings();
        EffectiveConfig there =
                RunConfig.parse(yaml, Path.of("/elsewhere"), List.of()).settings();
        assertThat(here.json()).isNotEqualTo(there.json()).contains("/configs/v");
        assertThat(here.portable()).isEqualTo(there.portable()).contains("\"root\" : \"v\"");
    }

    @Test
    void readsAFile(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("run.yaml"), "data: {type: vtab, root: v}\nname: flowers");
        RunConfig config = RunConfig.read(file, List.of("seed=4"));
        assertThat(config.name()).isEqualTo("flowers");
        assertThat(((DataSource.Vtab) config.data().source()).root()).isEqualTo(folder.resolve("v"));
        assertThatThrownBy(() -> RunConfig.read(folder.resolve("other.yaml"), List.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("there is no such file or folder");
        Files.write(file, new byte[] {'a', ':', ' ', (byte) 0xFF});
        assertThatThrownBy(() -> RunConfig.read(file, List.of())).hasMessageContaining("not UTF-8");
    }

    private static RunConfig parse(String yaml, String... overrides) {
        return RunConfig.parse(yaml, FOLDER, List.of(overrides));
    }

    private static MethodConfig.Spt spt(RunConfig config) {
        return (MethodConfig.Spt) config.method();
    }

    @Test
    void aFileInTheHubsCacheNamesItsRepository() {
        String cached = "/c/models--timm--vit_tiny_patch16_224.augreg_in21k/snapshots/0a1b/model.safetensors";
        assertThat(parse("", "backbone.file=" + cached).backbone().hubRepository())
                .contains("timm/vit_tiny_patch16_224.augreg_in21k");
        assertThat(parse("", "backbone.file=/c/models--timm--x.safetensors")
                        .backbone()
                        .hubRepository())
                .isEmpty();
        assertThat(parse("").backbone().hubRepository()).isEmpty();
    }
}
