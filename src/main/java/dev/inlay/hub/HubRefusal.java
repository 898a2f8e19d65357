package dev.inlay.hub;

import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import java.net.http.HttpResponse;

/** Why the hub does not give what was asked for, and what to do. */
final class HubRefusal {
    private HubRefusal() {}

    /**
     * @param response with a status of 4xx; its header {@code X-Error-Code} says what is missing
     */
    static InlayException of(HttpResponse<?> response, HubResource asked, HubSettings hub) {
        int status = response.statusCode();
        String code = response.headers().firstValue("X-Error-Code").orElse("");
        if (code.equals("GatedRepo")) {
            return new InlayException(asked.repo() + " is gated (" + status + "): accept its licence at "
                    + hub.endpoint() + "/" + asked.repo() + ", then " + withToken(hub));
        }
        return switch (status) {
            case 401 ->
                new InlayException("the hub does not give " + asked + " to "
                        + (hub.token().isPresent() ? "the owner of this token" : "strangers")
                        + " (401): there is no such repository, or it is private; check the name, or "
                        + withToken(hub));
            case 403 ->
                new InlayException("the hub does not give " + asked + " to "
                        + (hub.token().isPresent() ? "the owner of this token" : "strangers") + " (403); "
                        + withToken(hub));
            case 404 -> new DataException(notFound(code, asked, hub) + " (404)");
            default -> new InlayException("unexpected answer of " + hub.endpoint() + " about " + asked + ": " + status);
        };
    }

    private static String notFound(String code, HubResource asked, HubSettings hub) {
        return switch (code) {
            case "RepoNotFound" ->
                hub.endpoint() + " has no repository " + asked.repo()
                        + "; check the name, ORG/NAME, and if it is private set HF_TOKEN";
            case "RevisionNotFound" -> asked.repo() + " has no branch, tag or commit " + asked.revision();
            case "EntryNotFound" -> "there is no " + asked;
            default -> hub.endpoint() + " has no " + asked + "; check repository and revision";
        };
    }

    private static String withToken(HubSettings hub) {
        return hub.token().isPresent()
                ? "use a token (HF_TOKEN) that may read it"
                : "set HF_TOKEN to a token that may read it";
    }
}
