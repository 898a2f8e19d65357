package dev.inlay.cli;

import dev.inlay.error.Spelling;
import dev.inlay.file.UserPath;
import dev.inlay.keys.Keys;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Describes arguments that do not fit, by what was expected, what was found and what was probably meant. */
public final class Misuse {
    private static final Map<Class<?>, String> KINDS = Map.of(
            int.class, "a whole number",
            Integer.class, "a whole number",
            long.class, "a whole number",
            Long.class, "a whole number",
            double.class, "a number",
            boolean.class, "true or false");

    private Misuse() {}

    /** The one sentence to print. */
    static String describe(ParameterException e) {
        CommandSpec command = e.getCommandLine().getCommandSpec();
        if (e instanceof UnmatchedArgumentException unmatched) {
            return unknown(unmatched.getUnmatched().get(0), command);
        }
        if (e instanceof MissingParameterException) {
            Optional<String> option = e.getCommandLine().getUnmatchedArguments().stream()
                    .filter(argument -> argument.startsWith("-"))
                    .findFirst();
            if (option.isPresent()) {
                return unknown(option.get(), command); // what is missing was misspelt
            }
        }
        if (e.getArgSpec() != null && e.getValue() != null && e.getCause() != null) {
            return unfit(e.getArgSpec(), e.getValue(), e.getCause());
        }
        return e.getMessage().replace("option option", "option"); // as picocli says it of OPTION=VALUE
    }

    /**
     * Asks whether help was asked for together with arguments that do not exist; picocli alone would help with another command.
     *
     * @throws UnmatchedArgumentException if so
     */
    static void requireKnown(ParseResult parsed) {
        for (ParseResult part = parsed; part != null; part = part.subcommand()) {
            if (!part.unmatched().isEmpty()
                    && part.commandSpec().unmatchedArgsBindings().isEmpty()) {
                throw new UnmatchedArgumentException(part.commandSpec().commandLine(), part.unmatched());
            }
        }
    }

    private static String unknown(String argument, CommandSpec command) {
        if (argument.startsWith("-")) {
            String name = argument.replaceFirst("=.*", "");
            List<String> options = command.options().stream()
                    .filter(option -> !option.hidden())
                    .flatMap(option -> Arrays.stream(option.names()))
                    .toList();
            return "'" + command.qualifiedName() + "' has no option " + name + Spelling.hint(name, options);
        }
        if (!command.subcommands().isEmpty()) {
            String hint = Spelling.hint(argument, command.subcommands().keySet());
            return "there is no command '" + argument + "'"
                    + (hint.isEmpty()
                            ? "; expected one of "
                                    + String.join(", ", command.subcommands().keySet())
                            : hint);
        }
        String wanted = command.positionalParameters().stream()
                .map(ArgSpec::paramLabel)
                .reduce((first, second) -> first + " " + second)
                .map(labels -> "expected " + labels + " alone")
                .orElse("expected none");
        return "unexpected argument '" + argument + "'; " + wanted;
    }

    private static String unfit(ArgSpec argument, String value, Throwable cause) {
        String name = argument instanceof OptionSpec option ? option.names()[0] : argument.paramLabel();
        Optional<Class<?>> choice = Stream.concat(Stream.of(argument.type()), Arrays.stream(argument.auxiliaryTypes()))
                .filter(Class::isEnum)
                .findFirst();
        if (choice.isPresent()) {
            return name + ": " + Spelling.expected(value.replaceFirst("^.*=", ""), words(choice.get()));
        }
        String found = ", found " + shown(value);
        if (cause instanceof PatternSyntaxException syntax) {
            return name + ": expected a regular expression" + found + ": " + syntax.getDescription();
        }
        if (cause instanceof InvalidPathException path) {
            return noPath(name, value, path);
        }
        String kind = KINDS.get(argument.type());
        if (kind != null) {
            return name + ": expected " + kind + found;
        }
        return name + ": " + cause.getMessage();
    }

    private static String noPath(String name, String value, InvalidPathException e) {
        return name + ": expected a path, found " + shown(value) + "; " + e.getReason();
    }

    private static String shown(String value) {
        return value.isEmpty() ? "nothing" : value;
    }

    private static List<String> words(Class<?> choice) {
        return Arrays.stream(choice.getEnumConstants())
                .map(constant -> Keys.word((Enum<?>) constant))
                .toList();
    }

    /**
     * The path in an argument that could have been something else.
     *
     * @param name of the option or parameter
     * @throws ParameterException if it is no path
     */
    static Path path(CommandLine command, String name, String text) {
        try {
            return UserPath.of(text);
        } catch (InvalidPathException e) {
            throw new ParameterException(command, noPath(name, text, e), e);
        }
    }

    /**
     * Asks, before anything is computed, whether a file can be written.
     *
     * @param file null if it is not given
     * @throws ParameterException if a folder is there, or no folder that could hold it
     */
    public static void requireFile(CommandLine command, String option, Path file) {
        if (file == null) {
            return;
        }
        if (Files.isDirectory(file)) {
            throw new ParameterException(
                    command, option + ": expected a file to write, found the folder " + file + "; add a name");
        }
        for (Path above = file.toAbsolutePath().getParent(); above != null; above = above.getParent()) {
            if (Files.exists(above)) {
                if (!Files.isDirectory(above)) {
                    throw new ParameterException(
                            command, option + ": " + file + " cannot be written, because " + above + " is no folder");
                }
                return;
            }
        }
    }

    /**
     * Asks whether a number is large enough.
     *
     * @throws ParameterException if it is below {@code least}
     */
    public static void requireAtLeast(CommandLine command, String option, long least, long found) {
        if (found < least) {
            throw new ParameterException(
                    command, option + ": expected a whole number of at least " + least + ", found " + found);
        }
    }
}
