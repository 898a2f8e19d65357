package dev.inlay.publishing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** {@code CONTRIBUTING.md} names what the build checks: every plugin and rule of {@code pom.xml}, every step of CI. */
class ContributingTest {
    private static final Path PAGE = Path.of("CONTRIBUTING.md");

    @Test
    void namesEveryPluginThatTheBuildRuns() throws Exception {
        String page = Files.readString(PAGE);
        Set<String> plugins = new TreeSet<>();
        for (Element plugin : elements(pom(), "plugin")) {
            if (plugin.getElementsByTagName("execution").getLength() > 0) {
                plugins.add(text(plugin, "artifactId"));
            }
        }
        assertThat(plugins).hasSizeGreaterThan(6).allMatch(page::contains);
    }

    @Test
    void namesEveryRuleOfTheEnforcer() throws Exception {
        String page = Files.readString(PAGE);
        Element rules = elements(pom(), "rules").get(0);
        List<String> names = new ArrayList<>();
        for (Node rule = rules.getFirstChild(); rule != null; rule = rule.getNextSibling()) {
            if (rule instanceof Element) {
                names.add(rule.getNodeName());
            }
        }
        assertThat(names).hasSizeGreaterThan(3).allMatch(name -> page.contains("`" + name + "`"));
    }

    @Test
    void namesEveryCommandOfContinuousIntegration() throws IOException {
        String page = Files.readString(PAGE);
        List<String> commands = Pattern.compile("(?m)^ *((?:mvn|scripts/)\\S*)")
                .matcher(Files.readString(Path.of(".ci/run")))
                .results()
                .map(command -> command.group(1))
                .toList();
        assertThat(commands).contains("mvn", "scripts/fuzz").allMatch(page::contains);
    }

    @Test
    void everyTestAndScriptItNamesIsThere() throws IOException {
        Set<String> files;
        try (Stream<Path> tests = Files.walk(Path.of("src/test/java"))) {
            files = tests.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        }
        String page = Files.readString(PAGE);
        List<String> tests = matches("`(\\w+Test)`", page);
        assertThat(tests).hasSizeGreaterThan(10).allMatch(test -> files.contains(test + ".java"));
        assertThat(matches("`((?:scripts|\\.ci|cmake)/\\w+)", page))
                .contains("scripts/fuzz")
                .allMatch(script -> Files.isExecutable(Path.of(script)));
    }

    private static List<String> matches(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    private static Element pom() throws IOException, ParserConfigurationException, SAXException {
        try (InputStream pom = Files.newInputStream(Path.of("pom.xml"))) {
            return DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(pom)
                    .getDocumentElement();
        }
    }

    private static String text(Element parent, String name) {
        return elements(parent, name).get(0).getTextContent();
    }

    private static List<Element> elements(Element parent, String name) {
        NodeList nodes = parent.getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }
}
