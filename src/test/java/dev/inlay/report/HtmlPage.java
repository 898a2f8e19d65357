package dev.inlay.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** A page as elements, read by a parser of XML, so that what is not well-formed is no page. */
record HtmlPage(Element root) {
    private static final String DOCTYPE = "<!doctype html>\n";

    static HtmlPage of(String html) throws Exception {
        assertThat(html).startsWith(DOCTYPE);
        Document document = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(html.substring(DOCTYPE.length()))));
        return new HtmlPage(document.getDocumentElement());
    }

    String text() {
        return root.getTextContent();
    }

    List<Element> elements(String name) {
        return elements(root, name);
    }

    static List<Element> elements(Element within, String name) {
        NodeList nodes = within.getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }

    static List<Element> withClass(Element within, String name) {
        return elements(within, "*").stream()
                .filter(element -> element.getAttribute("class").equals(name))
                .toList();
    }

    static List<String> texts(Element within, String name) {
        return elements(within, name).stream().map(Element::getTextContent).toList();
    }

    /** The ids of its sections that have one, in their order. */
    List<String> sections() {
        return elements("section").stream()
                .map(section -> section.getAttribute("id"))
                .filter(id -> !id.isEmpty())
                .toList();
    }

    Element section(String id) {
        return elements("section").stream()
                .filter(section -> section.getAttribute("id").equals(id))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no section " + id));
    }

    /** Images stand in the page itself; nothing is loaded from elsewhere, no program is in it, links lead to files beside it. */
    void assertFetchesAndRunsNothing() {
        for (Element element : elements("*")) {
            assertThat(element.getTagName()).isNotIn("script", "link", "iframe", "object", "embed", "base", "form");
            for (int i = 0; i < element.getAttributes().getLength(); i++) {
                String name = element.getAttributes().item(i).getNodeName();
                assertThat(name).doesNotStartWith("on");
            }
            if (element.hasAttribute("href")) {
                assertThat(element.getTagName()).isEqualTo("a");
                assertThat(element.getAttribute("href")).matches("[^/:?#]+(/[^/:?#]+)*");
            }
            if (element.hasAttribute("src")) {
                assertThat(element.getAttribute("src")).matches("data:image/(jpeg|png);base64,.*");
            }
        }
        assertThat(elements("style").get(0).getTextContent()).doesNotContain("url(", "@import");
    }
}
