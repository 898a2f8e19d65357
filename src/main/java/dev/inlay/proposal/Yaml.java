package dev.inlay.proposal;

import com.fasterxml.jackson.databind.node.TextNode;
import java.util.regex.Pattern;

/** Texts as YAML writes them. */
final class Yaml {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z/][\\w/.+-]*");
    private static final Pattern WORD = Pattern.compile("(?i)true|false|yes|no|on|off|null|y|n");
    private static final int WIDTH = 100;

    private Yaml() {}

    /** A value, quoted where it has to be. */
    static String text(String value) {
        boolean plain = PLAIN.matcher(value).matches() && !WORD.matcher(value).matches();
        return plain ? value : TextNode.valueOf(value).toString();
    }

    /** A sentence in lines of comments, each ended. */
    static String comment(String sentence) {
        StringBuilder lines = new StringBuilder();
        int width = WIDTH;
        for (String word : sentence.replaceAll("\\p{Cntrl}", "?").split(" ")) {
            if (width + word.length() >= WIDTH) {
                lines.append(lines.length() == 0 ? "#" : "\n#  ");
                width = 2;
            }
            lines.append(' ').append(word);
            width += word.length() + 1;
        }
        return lines.append('\n').toString();
    }
}
