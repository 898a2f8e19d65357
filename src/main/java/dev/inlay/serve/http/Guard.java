package dev.inlay.serve.http;

import io.javalin.http.Context;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What is refused on every route: requests whose end two programs could see at different places, names that this service does not
 * go by, and what pages of other sites send through a browser.
 */
final class Guard {
    private static final Set<String> READING = Set.of("GET", "HEAD");
    private static final Set<String> OWN_SITE = Set.of("same-origin", "none");
    private static final Pattern LOOPBACK_V4 = Pattern.compile("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");

    private final boolean isLoopback;
    private final String host;

    /**
     * @param address that is listened on; a loopback address answers to its own names alone
     * @param host what the address is called in the options
     */
    Guard(InetAddress address, String host) {
        this.isLoopback = address.isLoopbackAddress();
        this.host = host.toLowerCase(Locale.ROOT);
    }

    /**
     * Lets a request pass.
     *
     * @throws RefusedException if it is none of those above
     */
    void check(Context context) {
        requireOneEnd(context);
        requireOwnName(context.req().getServerName());
        requireOwnPage(context);
    }

    private static void requireOneEnd(Context context) {
        List<String> codings = Collections.list(context.req().getHeaders("Transfer-Encoding"));
        if (!codings.isEmpty()
                && !(codings.size() == 1
                        && codings.get(0).equalsIgnoreCase("chunked")
                        && context.req().getProtocol().equals("HTTP/1.1"))) {
            throw new Problem(
                            400,
                            "Transfer-Encoding: expected chunked, once and in HTTP/1.1; send the body so, or with Content-Length")
                    .refused();
        }
    }

    /** Pages of other sites reach a loopback address under names of their own (DNS rebinding); addresses cannot be rebound. */
    private void requireOwnName(String asked) {
        String name = asked.toLowerCase(Locale.ROOT).replaceFirst("\\.$", "");
        if (isLoopback && !name.equals("localhost") && !name.equals(host) && !isLoopbackAddress(name)) {
            throw new Problem(421, "this service is called localhost; ask for it by that name").refused();
        }
    }

    private static boolean isLoopbackAddress(String name) {
        if (!name.contains(":")) {
            return LOOPBACK_V4.matcher(name).matches();
        }
        try {
            return InetAddress.getByName(name).isLoopbackAddress(); // a name with a colon is never looked up
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /**
     * Browsers send what any page asks for anywhere, and say whose page it is: by {@code Sec-Fetch-Site} where they trust the
     * connection, by {@code Origin} with whatever is no GET. Programs say neither.
     */
    private static void requireOwnPage(Context context) {
        if (READING.contains(context.req().getMethod())) {
            return;
        }
        String site = context.header("Sec-Fetch-Site");
        String origin = context.header("Origin");
        String own = "://" + context.header("Host");
        boolean isOwn = site != null
                ? OWN_SITE.contains(site)
                : origin == null || origin.equalsIgnoreCase("http" + own) || origin.equalsIgnoreCase("https" + own);
        if (!isOwn) {
            throw new Problem(
                            403,
                            "pages of other sites may not use this service; use its own page or a program, and have a proxy"
                                    + " before it pass on the header Host")
                    .refused();
        }
    }
}
