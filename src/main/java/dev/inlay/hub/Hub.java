package dev.inlay.hub;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.progress.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Pulls checkpoints from the Hugging Face hub into the cache that {@code huggingface_hub} uses, so that neither fetches
 * what the other has. Safe for use by several threads and processes. See {@code docs/pull.md}.
 */
public final class Hub {
    /** The revision that a repository has by default. */
    public static final String MAIN = "main";

    private final HubSettings settings;
    private final Timing timing;

    Hub(HubSettings settings, Timing timing) {
        this.settings = settings;
        this.timing = timing;
    }

    /**
     * The hub, the cache and the token that the environment variables of {@code huggingface_hub} name: {@code HF_ENDPOINT},
     * {@code HF_HOME}, {@code HF_HUB_CACHE}, {@code HF_TOKEN}, {@code HF_TOKEN_PATH}, {@code HF_HUB_OFFLINE}.
     *
     * @throws dev.inlay.error.ConfigException if one of them is bad
     */
    public static Hub ofEnvironment() {
        return of(System.getenv());
    }

    /**
     * As {@link #ofEnvironment()}, with other variables.
     *
     * @param environment variables by name
     * @throws dev.inlay.error.ConfigException if one of them is bad
     */
    public static Hub of(Map<String, String> environment) {
        return new Hub(HubSettings.of(environment, Path.of(System.getProperty("user.home"))), Timing.REAL);
    }

    /**
     * Brings the weights of a repository and its {@code config.json} into the cache. What is there is not fetched again,
     * what an earlier attempt began is resumed, and every file's size and checksum are compared with the hub's.
     * Without the hub (offline, or it cannot be reached) the commit that was pulled last serves.
     *
     * @param name {@code ORG/NAME}, or a name of timm's without {@code timm/}
     * @param revision a branch, a tag or a commit; {@link #MAIN} by default
     * @param progress told the bytes of each file
     * @throws dev.inlay.error.ConfigException if the name or the revision is none
     * @throws DataException if there is no such repository or revision, it has no weights, or what came is not what the
     *     hub says it is
     * @throws InlayException if it may not be read, the hub cannot be reached, or the disk does not take it
     */
    public PulledModel pull(String name, String revision, Progress progress) {
        RepoId repo = RepoId.parse(name);
        Revision wanted = new Revision(revision);
        RepoCache cache = new RepoCache(settings.cache(), repo);
        if (settings.offline()) {
            return cached(cache, wanted, "offline, as the environment says")
                    .orElseThrow(() -> new InlayException("offline (HF_HUB_OFFLINE), and " + cache.cache()
                            + " does not hold the weights of " + repo + " at " + revision
                            + "; unset it, or pull on a machine that shares the cache"));
        }
        if (wanted.isCommit() && cache.files(revision).contains(WeightFiles.CONFIG)) {
            Optional<PulledModel> whole = cached(cache, wanted, "");
            if (whole.isPresent()) {
                return whole.get();
            }
        }
        HubClient client = new HubClient(settings, timing);
        Listing listing;
        try {
            listing = client.list(repo, wanted);
        } catch (HubUnavailableException e) {
            return cached(cache, wanted, e.getMessage()).orElseThrow(() -> e);
        }
        PulledModel pulled = fetch(listing, cache, new BlobDownload(client, cache, listing.commit(), timing, progress));
        cache.remember(wanted, listing.commit());
        return pulled;
    }

    private PulledModel fetch(Listing listing, RepoCache cache, BlobDownload download) {
        WeightFiles weights = WeightFiles.among(listing.files())
                .orElseThrow(() -> new DataException(cache.repo()
                        + " has no weights that are known here; expected model.safetensors or pytorch_model.bin, or"
                        + " the index of several"));
        List<Path> files = new ArrayList<>();
        files.add(download.fetch(weights.main()));
        if (weights.isIndex()) {
            Set<String> shards = WeightFiles.shards(files.get(0));
            for (String shard : shards) {
                if (!listing.files().contains(shard)) {
                    throw new DataException(cache.repo() + ": " + weights.main() + " names " + shard
                            + ", which the repository does not have");
                }
                files.add(download.fetch(shard));
            }
        }
        if (listing.files().contains(WeightFiles.CONFIG)) {
            files.add(download.fetch(WeightFiles.CONFIG));
        }
        return pulled(cache, listing.commit(), files, Optional.empty());
    }

    /** What the cache holds; empty if that is not all of the weights. */
    private static Optional<PulledModel> cached(RepoCache cache, Revision revision, String why) {
        Optional<String> commit = cache.commit(revision);
        Optional<WeightFiles> weights = commit.map(cache::files).flatMap(WeightFiles::among);
        if (weights.isEmpty()) {
            return Optional.empty();
        }
        Path folder = cache.snapshot(commit.get());
        Path main = folder.resolve(weights.get().main());
        List<Path> files = new ArrayList<>(List.of(main));
        if (weights.get().isIndex()) {
            WeightFiles.shards(main).forEach(shard -> files.add(folder.resolve(shard)));
        }
        if (!files.stream().allMatch(Files::isRegularFile)) {
            return Optional.empty();
        }
        if (Files.isRegularFile(folder.resolve(WeightFiles.CONFIG))) {
            files.add(folder.resolve(WeightFiles.CONFIG));
        }
        return Optional.of(
                pulled(cache, commit.get(), files, revision.isCommit() ? Optional.empty() : Optional.of(why)));
    }

    private static PulledModel pulled(RepoCache cache, String commit, List<Path> files, Optional<String> unchecked) {
        Optional<Path> config =
                files.stream().filter(file -> file.endsWith(WeightFiles.CONFIG)).findFirst();
        Optional<String> backbone = config.map(file -> JsonFile.read(file).path("architecture"))
                .filter(JsonNode::isTextual)
                .map(JsonNode::asText)
                .filter(text -> text.matches("[\\w-]{1,100}"))
                .or(() -> Optional.of(cache.repo()).filter(RepoId::isTimm).map(repo -> repo.name()
                        .replaceAll("\\..*", "")));
        return new PulledModel(cache.repo().toString(), commit, files.get(0), files, backbone, unchecked);
    }
}
