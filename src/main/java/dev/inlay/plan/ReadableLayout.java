package dev.inlay.plan;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import java.io.IOException;

/** JSON with one line per entry of the outer objects and lists, and one line for each object or list inside those. */
final class ReadableLayout extends DefaultPrettyPrinter {
    private static final long serialVersionUID = 1L;
    private static final int LINE_PER_ENTRY_DEPTH = 2;

    ReadableLayout() {
        super(Separators.createDefaultInstance().withObjectFieldValueSpacing(Separators.Spacing.AFTER));
        Indenter byDepth = new ByDepth(new DefaultIndenter("  ", "\n"));
        indentObjectsWith(byDepth);
        indentArraysWith(byDepth);
    }

    private ReadableLayout(ReadableLayout base) {
        super(base);
    }

    @Override
    public DefaultPrettyPrinter createInstance() {
        return new ReadableLayout(this);
    }

    private record ByDepth(DefaultIndenter lines) implements Indenter {
        @Override
        public void writeIndentation(JsonGenerator json, int level) throws IOException {
            if (json.getOutputContext().getNestingDepth() <= LINE_PER_ENTRY_DEPTH) {
                lines.writeIndentation(json, level);
            } else {
                json.writeRaw(' ');
            }
        }

        @Override
        public boolean isInline() {
            return false;
        }
    }
}
