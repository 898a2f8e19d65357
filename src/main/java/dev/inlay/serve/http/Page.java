package dev.inlay.serve.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * A page for people: one file that loads nothing but answers of this service, under a policy that lets nothing else run. What all
 * pages look alike in is {@code page.css}, which stands in each.
 */
final class Page {
    private final byte[] html;
    private final String policy;

    /**
     * @param name of its file beside this class; the comment {@code page.css} in it stands for that file
     */
    Page(String name) {
        String text =
                new String(resource(name), UTF_8).replace("/* page.css */", new String(resource("page.css"), UTF_8));
        html = text.getBytes(UTF_8);
        policy = "default-src 'none'; script-src " + hash(text, "script") + "; style-src " + hash(text, "style")
                + "; img-src blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    }

    /** A file beside this class. */
    static byte[] resource(String name) {
        try (InputStream in = Page.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String hash(String html, String element) {
        int start = html.indexOf("<" + element + ">") + element.length() + 2;
        String content = html.substring(start, html.indexOf("</" + element + ">"));
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content.getBytes(UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    void answer(Context context) {
        context.header("Content-Security-Policy", policy)
                .header("Referrer-Policy", "no-referrer")
                .header("Cache-Control", "no-cache");
        Reply.send(context.res(), 200, "text/html; charset=utf-8", html);
    }
}
