package dev.inlay.error;

import java.util.List;

/** Bad usage or configuration: every problem found, not only the first. Exit code 2. */
public class ConfigException extends InlayException {
    private static final long serialVersionUID = 1L;

    /**
     * @param problem the only problem
     */
    public ConfigException(String problem) {
        super(problem);
    }

    /**
     * @param source the file (or other origin) that holds the problems
     * @param problems one line each: key, what was expected, what was found
     */
    public ConfigException(String source, List<String> problems) {
        super(source + ": " + problems.size() + (problems.size() == 1 ? " problem" : " problems") + "\n  - "
                + String.join("\n  - ", problems));
    }

    @Override
    public int exitCode() {
        return 2;
    }
}
