package dev.inlay.data.loading;

/**
 * An image that cannot be decoded.
 *
 * @param id what a person calls it
 * @param problem what is wrong, naming its file
 */
public record BadImage(String id, String problem) {
    /** What is wrong without the file and without what is particular to it, so that equal reasons can be counted. */
    String reason() {
        String name = id.substring(id.lastIndexOf('/') + 1) + ": ";
        int at = problem.indexOf(name);
        String said = at < 0 ? problem : problem.substring(at + name.length());
        int details = said.indexOf(" (");
        return (details < 0 ? said : said.substring(0, details)).replaceAll("\\d+", "N");
    }
}
