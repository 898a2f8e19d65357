package dev.inlay.hub;

import java.util.Optional;

/**
 * What a request is about, for messages.
 *
 * @param file in the repository; empty for the list of its files
 */
record HubResource(RepoId repo, String revision, Optional<String> file) {
    @Override
    public String toString() {
        return file.map(name -> repo + "/" + name).orElseGet(repo::toString) + " at " + revision;
    }
}
