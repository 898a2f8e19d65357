package dev.inlay.hub;

import dev.inlay.error.ConfigException;
import java.util.regex.Pattern;

/** A secret of the user's; shown nowhere but in the one header it is for. */
final class Token {
    private static final Pattern VISIBLE = Pattern.compile("[\\x21-\\x7e]+");

    private final String secret;

    /**
     * @param origin where it was found, for messages
     * @throws ConfigException if it cannot stand in a header; without showing it
     */
    Token(String secret, String origin) {
        if (!VISIBLE.matcher(secret).matches()) {
            throw new ConfigException("the token in " + origin + " has spaces or other characters that no token has;"
                    + " copy it anew from the hub's settings");
        }
        this.secret = secret;
    }

    /** The value of the header {@code Authorization}. */
    String authorization() {
        return "Bearer " + secret;
    }

    @Override
    public String toString() {
        return "(token)";
    }
}
