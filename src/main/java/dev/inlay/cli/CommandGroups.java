package dev.inlay.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Column;
import picocli.CommandLine.Help.Column.Overflow;
import picocli.CommandLine.Help.TextTable;
import picocli.CommandLine.Model.UsageMessageSpec;

/** The commands in the help, grouped by what people want to do. */
final class CommandGroups {
    private static final Map<String, List<String>> GROUPS = new LinkedHashMap<>();

    static {
        GROUPS.put("Train", List.of("init", "tune", "compare", "suite"));
        GROUPS.put("Use a task", List.of("evaluate", "predict", "similar", "serve"));
        GROUPS.put("Files", List.of("inspect", "pull", "import", "export"));
        GROUPS.put("Single steps", List.of("sensitivity", "allocate", "pretrain"));
        GROUPS.put("This installation", List.of("doctor", "bench", "generate-completion"));
    }

    private CommandGroups() {}

    /** Has the help of a command list its commands in groups; those of none come last. */
    static void showIn(CommandLine line) {
        line.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING, help -> "");
        line.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, CommandGroups::list);
    }

    private static String list(Help help) {
        Map<String, Help> left = new LinkedHashMap<>(help.subcommands());
        int width = left.keySet().stream().mapToInt(String::length).max().orElse(0) + 4;
        StringBuilder text = new StringBuilder();
        GROUPS.forEach((group, names) -> {
            List<Help> commands =
                    names.stream().map(left::remove).filter(Objects::nonNull).toList();
            text.append(group(help, group, commands, width));
        });
        return left.isEmpty() ? text.toString() : text + group(help, "More", List.copyOf(left.values()), width);
    }

    private static String group(Help help, String group, List<Help> commands, int width) {
        TextTable table = TextTable.forColumns(
                help.colorScheme(),
                new Column(width, 2, Overflow.SPAN),
                new Column(help.commandSpec().usageMessage().width() - width, 0, Overflow.WRAP));
        table.indentWrappedLines = 0;
        for (Help command : commands) {
            table.addRowValues(
                    help.colorScheme().commandText(command.commandSpec().name()),
                    help.colorScheme().text(clause(command)));
        }
        return help.createHeading("%n" + group + ":%n") + table;
    }

    /** The first clause of a description; the command's own help has the rest. */
    private static String clause(Help command) {
        String description =
                String.join(" ", command.commandSpec().usageMessage().description());
        return description.split(": |; |\\. | \\(|\\.$", 2)[0];
    }
}
