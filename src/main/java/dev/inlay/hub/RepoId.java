package dev.inlay.hub;

import dev.inlay.error.ConfigException;
import java.util.regex.Pattern;

/**
 * A repository of the hub, by the rules of {@code huggingface_hub/utils/_validators.py}.
 *
 * @param organisation the user or organisation
 * @param name the repository's own name
 */
record RepoId(String organisation, String name) {
    private static final String TIMM = "timm";
    private static final Pattern PART = Pattern.compile("\\w([\\w.-]{0,94}\\w)?");

    /**
     * @param text {@code ORG/NAME}, or the name alone of one of timm's
     * @throws ConfigException if it is neither
     */
    static RepoId parse(String text) {
        int slash = text.indexOf('/');
        RepoId id = new RepoId(slash < 0 ? TIMM : text.substring(0, slash), text.substring(slash + 1));
        if (!isPart(id.organisation) || !isPart(id.name) || id.name.endsWith(".git")) {
            throw new ConfigException(
                    "'" + Printable.text(text) + "' is no name on the hub; expected ORG/NAME or the name of"
                            + " a checkpoint of timm, each part of at most 96 letters, digits, '-', '_' and '.', without '--' or"
                            + " '..' in it");
        }
        return id;
    }

    private static boolean isPart(String text) {
        return PART.matcher(text).matches() && !text.contains("--") && !text.contains("..");
    }

    boolean isTimm() {
        return organisation.equals(TIMM);
    }

    /** The name of its folder in the cache. */
    String folder() {
        return "models--" + organisation + "--" + name;
    }

    @Override
    public String toString() {
        return organisation + "/" + name;
    }
}
