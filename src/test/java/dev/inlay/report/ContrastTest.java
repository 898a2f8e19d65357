package dev.inlay.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Colours of the style sheets, in light and dark mode, against WCAG 2.2 AA: 4.5 for text (1.4.3), 3 for graphics (1.4.11). */
class ContrastTest {
    private static final double TEXT = 4.5;
    private static final double GRAPHICS = 3;
    private static final String COLOUR = "#[0-9a-f]{3,8}\\b|rgba?\\(|hsla?\\(|opacity: 0?\\.";
    private static final Pattern VARIABLE = Pattern.compile("--([a-z]+): (#[0-9a-f]{3,6})");
    private static final Pattern USE = Pattern.compile("var\\(--([a-z]+)\\)");
    private static final Pattern DARK =
            Pattern.compile("@media \\(prefers-color-scheme: dark\\) \\{\\s*:root \\{(.*?)}", Pattern.DOTALL);
    private static final Pattern LIGHT = Pattern.compile("^:root \\{(.*?)}", Pattern.DOTALL | Pattern.MULTILINE);

    /** What is drawn on what: the colours, the grounds they stand on, the least contrast. */
    private record Rule(double least, List<String> colours, List<String> grounds) {}

    /**
     * A style sheet.
     *
     * @param users pages that take their colours from it
     * @param decoration colours of edges and shades that carry no meaning
     */
    private record Sheet(String resource, List<String> users, List<Rule> rules, Set<String> decoration) {
        @Override
        public String toString() {
            return resource;
        }
    }

    static Stream<Sheet> sheets() {
        Sheet reports = new Sheet(
                "/dev/inlay/report/report.css",
                List.of(),
                List.of(
                        new Rule(TEXT, List.of("ink", "muted"), List.of("paper", "card", "empty")),
                        new Rule(TEXT, List.of("tuned", "wrong"), List.of("card")),
                        new Rule(TEXT, List.of("light"), List.of("tuned", "whole")),
                        new Rule(
                                TEXT,
                                List.of("ink"),
                                List.of("heat/empty 5..100", "miss/empty 15..100", "sparse/card 32..32")),
                        new Rule(GRAPHICS, List.of("tuned", "whole", "sparse", "plain"), List.of("card", "empty")),
                        new Rule(GRAPHICS, List.of("ink"), List.of("heat"))),
                Set.of("line", "shade"));
        Sheet service = new Sheet(
                "/dev/inlay/serve/http/page.css",
                List.of("/dev/inlay/serve/http/index.html", "/dev/inlay/serve/http/api.html"),
                List.of(
                        new Rule(TEXT, List.of("ink", "quiet", "accent", "bad"), List.of("ground", "card")),
                        new Rule(TEXT, List.of("ink"), List.of("bar")),
                        new Rule(TEXT, List.of("light"), List.of("accent", "bad")),
                        new Rule(GRAPHICS, List.of("edge"), List.of("ground", "card"))),
                Set.of("line"));
        return Stream.of(reports, service);
    }

    @ParameterizedTest
    @MethodSource("sheets")
    void everyColourStandsOutFromWhatItIsDrawnOnInBothModes(Sheet sheet) throws IOException {
        Map<String, Map<String, String>> modes = modes(text(sheet.resource()));
        modes.forEach((mode, colours) -> {
            for (Rule rule : sheet.rules()) {
                for (String colour : rule.colours()) {
                    for (double[] ground : grounds(rule.grounds(), colours)) {
                        assertThat(contrast(rgb(colours.get(colour)), ground))
                                .as("%s on %s, %s", colour, rule.grounds(), mode)
                                .isGreaterThanOrEqualTo(rule.least());
                    }
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("sheets")
    void everyColourOfASheetIsOneOfThoseTestedOrDecoration(Sheet sheet) throws IOException {
        String css = text(sheet.resource());
        Set<String> known = new HashSet<>(sheet.decoration());
        for (Rule rule : sheet.rules()) {
            known.addAll(rule.colours());
            rule.grounds().forEach(ground -> known.addAll(List.of(ground.split(" ")[0].split("/"))));
        }
        modes(css)
                .forEach(
                        (mode, colours) -> assertThat(colours.keySet()).as(mode).isEqualTo(known));
        Set<String> used = new TreeSet<>();
        for (String resource : Stream.concat(Stream.of(sheet.resource()), sheet.users().stream())
                .toList()) {
            USE.matcher(text(resource)).results().forEach(use -> used.add(use.group(1)));
        }
        used.removeAll(Set.of("natural", "least"));
        assertThat(known).containsAll(used);
        String rest = DARK.matcher(LIGHT.matcher(css).replaceAll("")).replaceAll("");
        String onScreen = rest.contains("@media print") ? rest.substring(0, rest.indexOf("@media print")) : rest;
        assertThat(onScreen).doesNotContainPattern(COLOUR);
        for (String page : sheet.users()) {
            String html = text(page);
            assertThat(html.substring(html.indexOf("<style>"), html.indexOf("</style>")))
                    .doesNotContainPattern(COLOUR);
        }
    }

    @Test
    void contrastIsThatOfWcag() {
        assertThat(contrast(rgb("#fff"), rgb("#000000"))).isEqualTo(21);
        assertThat(contrast(rgb("#777777"), rgb("#ffffff"))).isBetween(4.47, 4.48);
    }

    /** Grounds as RGB: a colour, or a colour laid over another with a range of opacities in percent. */
    private static List<double[]> grounds(List<String> names, Map<String, String> colours) {
        List<double[]> grounds = new ArrayList<>();
        for (String name : names) {
            String[] parts = name.split("[/ ]|\\.\\.");
            double[] colour = rgb(colours.get(parts[0]));
            if (parts.length == 1) {
                grounds.add(colour);
                continue;
            }
            double[] below = rgb(colours.get(parts[1]));
            for (int percent = Integer.parseInt(parts[2]); percent <= Integer.parseInt(parts[3]); percent++) {
                double[] mixed = new double[3];
                for (int c = 0; c < 3; c++) {
                    mixed[c] = below[c] + (colour[c] - below[c]) * percent / 100;
                }
                grounds.add(mixed);
            }
        }
        return grounds;
    }

    private static Map<String, Map<String, String>> modes(String css) {
        Map<String, Map<String, String>> modes = new LinkedHashMap<>();
        Map.of("light", LIGHT, "dark", DARK).forEach((mode, block) -> {
            Matcher root = block.matcher(css);
            assertThat(root.find()).as(mode).isTrue();
            Map<String, String> colours = new LinkedHashMap<>();
            Matcher variable = VARIABLE.matcher(root.group(1));
            while (variable.find()) {
                colours.put(variable.group(1), variable.group(2));
            }
            modes.put(mode, colours);
        });
        return modes;
    }

    private static double[] rgb(String hex) {
        String digits = hex.length() == 4 ? hex.replaceAll("([0-9a-f])", "$1$1") : hex;
        double[] rgb = new double[3];
        for (int c = 0; c < 3; c++) {
            rgb[c] = Integer.parseInt(digits.substring(1 + 2 * c, 3 + 2 * c), 16);
        }
        return rgb;
    }

    private static double contrast(double[] a, double[] b) {
        double first = luminance(a) + 0.05;
        double second = luminance(b) + 0.05;
        return Math.max(first, second) / Math.min(first, second);
    }

    private static double luminance(double[] rgb) {
        double[] linear = new double[3];
        for (int c = 0; c < 3; c++) {
            double share = rgb[c] / 255;
            linear[c] = share <= 0.04045 ? share / 12.92 : Math.pow((share + 0.055) / 1.055, 2.4);
        }
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    }

    private static String text(String resource) throws IOException {
        try (InputStream in = ContrastTest.class.getResourceAsStream(resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
