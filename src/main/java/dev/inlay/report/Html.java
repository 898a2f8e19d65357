package dev.inlay.report;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Writes markup (HTML, and SVG inside it) in which everything from outside is escaped: text and attribute values pass
 * through {@link #escape}, and element names come from the sources alone.
 */
final class Html {
    private final StringBuilder out = new StringBuilder();
    private final Deque<String> open = new ArrayDeque<>();

    /**
     * Opens an element.
     *
     * @param attributes name, value, name, value …
     */
    Html open(String element, Object... attributes) {
        tag(element, attributes);
        out.append('>');
        open.push(element);
        return this;
    }

    /** Closes the element opened last. */
    Html close() {
        out.append("</").append(open.pop()).append('>');
        return this;
    }

    /** Writes text. */
    Html text(String text) {
        out.append(escape(text));
        return this;
    }

    /** Writes an element that holds only text. */
    Html element(String element, String text, Object... attributes) {
        return open(element, attributes).text(text).close();
    }

    /** Writes an element that holds nothing: a void element of HTML or a closed one of SVG. */
    Html empty(String element, Object... attributes) {
        tag(element, attributes);
        out.append("/>");
        return this;
    }

    /** Starts a new line, for whoever reads the source of the page. */
    Html line() {
        out.append('\n');
        return this;
    }

    /** Writes a style sheet of ours as it is. */
    Html style(String css) {
        out.append("<style>\n").append(css).append("</style>");
        return this;
    }

    /**
     * The page.
     *
     * @throws IllegalStateException if an element is still open
     */
    String page() {
        if (!open.isEmpty()) {
            throw new IllegalStateException("elements still open: " + open);
        }
        return "<!doctype html>\n" + out + "\n";
    }

    private void tag(String element, Object... attributes) {
        out.append('<').append(element);
        for (int i = 0; i < attributes.length; i += 2) {
            String value = attributes[i + 1] instanceof Double number
                    ? Figures.coordinate(number)
                    : String.valueOf(attributes[i + 1]);
            out.append(' ')
                    .append(attributes[i])
                    .append("=\"")
                    .append(escape(value))
                    .append('"');
        }
    }

    static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.append(c < ' ' && c != '\n' && c != '\t' ? '\uFFFD' : c);
            }
        }
        return escaped.toString();
    }
}
