package dev.inlay.cli;

import dev.inlay.config.Allocation;
import dev.inlay.error.ConfigException;
import dev.inlay.keys.Keys;
import dev.inlay.plan.AllocationMode;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanJson;
import dev.inlay.plan.allocation.Allocator;
import dev.inlay.plan.allocation.PlanTable;
import dev.inlay.train.scores.Scores;
import dev.inlay.train.scores.ScoresFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code inlay allocate}: scores and a budget to a plan. */
@Command(
        name = "allocate",
        description = "Spends a budget on sensitivity scores: prints what is tuned and why, and writes the plan.")
final class AllocateCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "SCORES", description = "Scores of 'inlay sensitivity' (safetensors).")
    private Path scoresFile;

    @ArgGroup(exclusive = true, multiplicity = "1")
    private Size size;

    @Option(
            names = "--module",
            paramLabel = "KIND",
            defaultValue = "lora",
            description =
                    "What a sensitive matrix gets: lora, adapter or ssf (${DEFAULT-VALUE}); or adapterPlus, behind blocks,"
                            + " each of its own width.")
    private ModuleKind module;

    @Option(
            names = "--exception",
            paramLabel = "OPERATION=KIND",
            description = "What matrices of an operation get instead, such as mlp.fc1=ssf; may be repeated.")
    private Map<String, ModuleKind> exceptions = Map.of();

    @Option(
            names = "--rank",
            paramLabel = "R",
            defaultValue = "8",
            description = "Inner width of a module (${DEFAULT-VALUE}).")
    private int rank;

    @Option(
            names = "--alpha",
            paramLabel = "A",
            defaultValue = "10",
            description = "A matrix gets a module from cost / A selected weights on (${DEFAULT-VALUE}).")
    private double alpha;

    @Option(
            names = "--beta",
            paramLabel = "B",
            defaultValue = "5",
            description = "A vector is tuned whole from length / B selected weights on (${DEFAULT-VALUE}).")
    private double beta;

    @Option(
            names = "--whole-vectors",
            arity = "1",
            paramLabel = "true|false",
            defaultValue = "true",
            description = "Whether vectors may be tuned whole (${DEFAULT-VALUE}).")
    private boolean wholeVectors;

    @Option(
            names = "--class-token",
            arity = "1",
            paramLabel = "true|false",
            defaultValue = "true",
            description = "Whether the class token is tuned; it counts towards the budget (${DEFAULT-VALUE}).")
    private boolean classToken;

    @Option(
            names = "--first-block",
            paramLabel = "K",
            defaultValue = "0",
            description = "Leave everything before block K as it is, the class token included (${DEFAULT-VALUE}).")
    private int firstBlock;

    @Option(
            names = "--spend-rest",
            description =
                    "With --budget: what is left of it goes to further individual weights, so that it is spent exactly.")
    private boolean spendRest;

    @ArgGroup(exclusive = true, multiplicity = "0..1")
    private Forms forms = new Forms();

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Where the plan (JSON) goes; without it the plan is only printed.")
    private Path out;

    /** How much is tuned. */
    static final class Size {
        @Option(
                names = "--budget",
                paramLabel = "N|P%",
                converter = BudgetConverter.class,
                description =
                        "The largest plan of at most N trained parameters, or P percent of the backbone's, head not"
                                + " counted.")
        private Allocation budget;

        @Option(
                names = "--tau",
                paramLabel = "N",
                description = "The plan of the N most sensitive weights, whatever it costs.")
        private Long tau;
    }

    /** Which forms of tuning are used. */
    static final class Forms {
        @Option(names = "--structured-only", description = "No individual weights.")
        private boolean structured;

        @Option(names = "--unstructured-only", description = "No modules and no whole vectors.")
        private boolean unstructured;

        private AllocationMode mode() {
            if (structured) {
                return AllocationMode.STRUCTURED_ONLY;
            }
            return unstructured ? AllocationMode.UNSTRUCTURED_ONLY : AllocationMode.BOTH;
        }
    }

    /** Reads a kind of module as configs have it. */
    static ModuleKind module(String text) {
        return Arrays.stream(ModuleKind.values())
                .filter(kind -> Keys.word(kind).equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("no kind of module is called " + text));
    }

    /** Reads a budget as configs have it. */
    static final class BudgetConverter implements ITypeConverter<Allocation> {
        @Override
        public Allocation convert(String text) {
            return Allocation.parse(text)
                    .orElseThrow(() -> new TypeConversionException(Allocation.EXPECTED + ", found " + text));
        }
    }

    private Plan plan(Allocator allocator, AllocationRule rule, Scores scores) {
        if (size.budget == null) {
            return allocator.planForTau(rule, size.tau);
        }
        long budget = budget(scores);
        return spendRest ? allocator.planSpending(rule, budget) : allocator.planWithin(rule, budget);
    }

    private long budget(Scores scores) {
        if (size.budget instanceof Allocation.Budget budget) {
            return budget.scalars();
        }
        long weights = scores.backboneParameters()
                .orElseThrow(() -> new ConfigException("--budget: a share needs the size of the backbone, which "
                        + scoresFile + " does not say; give a number of parameters, or make the scores anew with inlay"
                        + " sensitivity"));
        return ((Allocation.Share) size.budget).of(weights).scalars();
    }

    @Override
    public void run() {
        Misuse.requireFile(spec.commandLine(), "--out", out);
        if (spendRest && size.budget == null) {
            throw new ParameterException(spec.commandLine(), "--spend-rest goes with --budget");
        }
        Scores scores = ScoresFile.read(scoresFile).from(firstBlock);
        AllocationRule rule = new AllocationRule(
                module,
                exceptions,
                rank,
                alpha,
                beta,
                wholeVectors,
                forms.mode(),
                classToken ? scores.classToken() : 0);
        rule.requireOperationsOf(scores.candidates());
        Allocator allocator = new Allocator(scores.candidates(), scores.values(), scores.source());
        Plan plan = plan(allocator, rule, scores);
        if (out != null) {
            PlanJson.write(out, plan);
        }
        spec.commandLine().getOut().print(PlanTable.of(plan));
        spec.commandLine().getOut().flush();
    }
}
