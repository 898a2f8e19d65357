package dev.inlay.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.reader.ReaderException;

/**
 * What is wrong with a YAML text and where. The parser says first what it was doing, then where it stood and last what it met;
 * a person needs the last two, and what to do.
 */
final class YamlFault {
    private static final Pattern NO_TOKEN = Pattern.compile("found character '?(.+?)'? that cannot start any token.*");
    private static final Pattern GOT = Pattern.compile("expected (.+), but (?:got|found) '?<?(.*?)>?'?");
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{?\\w+");
    private static final Pattern CONFLICT = Pattern.compile("(?m)^(<<<<<<<|=======|>>>>>>>)");

    private YamlFault() {}

    /** The place and the reason, such as {@code line 5, column 1: not valid YAML: a tab …}. */
    static String of(JsonProcessingException e, String text) {
        return where(e, text) + "not valid YAML: " + reason(e, text);
    }

    private static String where(JsonProcessingException e, String text) {
        if (e.getCause() instanceof MarkedYAMLException marked && place(marked) != null) {
            return at(place(marked)) + ": ";
        }
        if (e.getCause() instanceof ReaderException reader) {
            return "line "
                    + (text.codePoints()
                                    .limit(reader.getPosition())
                                    .filter(c -> c == '\n')
                                    .count()
                            + 1) + ": ";
        }
        return e.getLocation() == null || e.getCause() != null
                ? ""
                : "line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr() + ": ";
    }

    /** Where to look: quotes that never close are named by where they open. */
    private static Mark place(MarkedYAMLException e) {
        return isUnclosedQuote(e) ? e.getContextMark() : e.getProblemMark();
    }

    private static boolean isUnclosedQuote(MarkedYAMLException e) {
        return context(e).contains("quoted scalar") && e.getProblem().contains("end of stream");
    }

    private static String at(Mark mark) {
        return "line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1);
    }

    private static String context(MarkedYAMLException e) {
        return e.getContext() == null ? "" : e.getContext();
    }

    private static String reason(JsonProcessingException e, String text) {
        if (CONFLICT.matcher(text).find()) {
            return "it holds the conflict markers of a merge";
        }
        if (e.getCause() instanceof MarkedYAMLException marked) {
            return marked(marked, line(text, marked.getProblemMark()));
        }
        if (e.getCause() instanceof ReaderException reader) {
            return String.format(Locale.ROOT, "the character U+%04X may not stand in it", reader.getCodePoint());
        }
        String said = e.getOriginalMessage().lines().findFirst().orElse("cannot be parsed");
        if (said.startsWith("Duplicate field ")) {
            return "the key " + said.substring("Duplicate field ".length()) + " is there twice; keep one";
        }
        if (said.startsWith("Expected a field name")) {
            return "a key is to be plain text";
        }
        if (e instanceof StreamConstraintsException) {
            return "it is nested too deeply or holds too long a value";
        }
        return said.contains("exceeds the limit") ? "it is far larger than any config" : said;
    }

    private static String marked(MarkedYAMLException e, String line) {
        String problem = e.getProblem();
        Matcher token = NO_TOKEN.matcher(problem);
        Matcher got = GOT.matcher(problem);
        if (problem.contains("(TAB)")) {
            return "a tab stands where only spaces may; indent with spaces";
        } else if (token.matches()) {
            return "nothing may begin with " + token.group(1) + "; put the value in quotes";
        } else if (isUnclosedQuote(e)) {
            return "the quotes that open here are never closed";
        } else if (problem.contains("escape character")) {
            return problem + "; in double quotes a backslash begins an escape, so use single quotes or /";
        } else if (problem.equals("mapping values are not allowed here")) {
            return "a colon stands where no key can; check the indentation here and the line above, and put a text that"
                    + " holds ': ' in quotes";
        } else if (context(e).contains("flow") && got.matches()) {
            boolean variable = VARIABLE.matcher(line).find();
            return "expected " + got.group(1).replace("'", "") + " behind the "
                    + (context(e).contains("mapping") ? "{" : "[") + " of " + at(e.getContextMark()) + ", found "
                    + found(got.group(2))
                    + (variable
                            ? "; variables such as ${HOME} are not replaced, so write the value out"
                            : "; put a text that holds any of {}[], in quotes");
        } else if (problem.contains("block end")) {
            return "the indentation fits nothing above; keys of one section begin in the same column";
        }
        return problem + (context(e).isEmpty() ? "" : " (" + context(e) + ")");
    }

    private static String found(String token) {
        return switch (token) {
            case "stream end" -> "the end of the file";
            case "scalar" -> "another value";
            default -> token;
        };
    }

    private static String line(String text, Mark mark) {
        List<String> lines = text.lines().toList();
        return mark == null || mark.getLine() >= lines.size() ? "" : lines.get(mark.getLine());
    }
}
