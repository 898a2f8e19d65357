package dev.inlay.hub;

import dev.inlay.error.ConfigException;
import dev.inlay.error.InlayException;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which hub, which cache, and who asks; from the environment variables of {@code huggingface_hub/constants.py}.
 *
 * @param endpoint the hub or a mirror of it, without a slash at the end
 * @param cache the folder that holds {@code models--…}
 * @param token of the user, if there is one
 * @param offline true if nothing may be asked of the hub
 */
record HubSettings(URI endpoint, Path cache, Optional<Token> token, boolean offline) {
    private static final String HUB = "https://huggingface.co";
    private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");

    /**
     * @param environment variables by name; an empty one counts as not set
     * @param userHome what {@code ~} stands for
     * @throws ConfigException if a variable is bad
     * @throws InlayException if the file of the token cannot be read
     */
    static HubSettings of(Map<String, String> environment, Path userHome) {
        Variables variables = new Variables(environment, userHome);
        Path home = variables.path("HF_HOME").orElseGet(() -> variables
                .path("XDG_CACHE_HOME")
                .orElse(userHome.resolve(".cache"))
                .resolve("huggingface"));
        Path cache = variables
                .path("HF_HUB_CACHE")
                .or(() -> variables.path("HUGGINGFACE_HUB_CACHE"))
                .orElse(home.resolve("hub"));
        return new HubSettings(
                endpoint(variables.text("HF_ENDPOINT").orElse(HUB)),
                cache.toAbsolutePath().normalize(),
                token(variables, home),
                variables.flag("HF_HUB_OFFLINE") || variables.flag("TRANSFORMERS_OFFLINE"));
    }

    private static URI endpoint(String text) {
        try {
            URI uri = new URI(text.replaceAll("/+$", ""));
            boolean web = "https".equalsIgnoreCase(uri.getScheme()) || "http".equalsIgnoreCase(uri.getScheme());
            if (web && uri.getHost() != null && uri.getRawUserInfo() == null && uri.getRawQuery() == null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // said below, without the text: an address may hold a password
        }
        throw new ConfigException("HF_ENDPOINT is not the address of a hub; expected one such as " + HUB
                + ", without user, password or query");
    }

    private static Optional<Token> token(Variables variables, Path home) {
        for (String name : new String[] {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
            Optional<String> secret = variables.text(name);
            if (secret.isPresent()) {
                return Optional.of(new Token(secret.get(), name));
            }
        }
        if (variables.flag("HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
            return Optional.empty();
        }
        Path file = variables.path("HF_TOKEN_PATH").orElse(home.resolve("token"));
        try {
            String secret = Files.readString(file).strip();
            return secret.isEmpty() ? Optional.empty() : Optional.of(new Token(secret, file.toString()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new InlayException(
                    "cannot read the token in " + file + "; make the file readable, or set HF_TOKEN", e);
        }
    }

    /** Environment variables as {@code huggingface_hub} reads them. */
    private record Variables(Map<String, String> all, Path userHome) {
        Optional<String> text(String name) {
            return Optional.ofNullable(all.get(name)).map(String::strip).filter(value -> !value.isEmpty());
        }

        boolean flag(String name) {
            return text(name)
                    .map(value -> value.toUpperCase(Locale.ROOT))
                    .filter(TRUE::contains)
                    .isPresent();
        }

        Optional<Path> path(String name) {
            return text(name)
                    .map(value -> value.equals("~") || value.startsWith("~/")
                            ? userHome.resolve(value.substring(Math.min(2, value.length())))
                            : Path.of(value));
        }
    }
}
