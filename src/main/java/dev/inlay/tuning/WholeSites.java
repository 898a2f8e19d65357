package dev.inlay.tuning;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Site;
import dev.inlay.error.ConfigException;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Part;
import java.util.List;
import java.util.function.Predicate;
import org.bytedeco.pytorch.Tensor;

/** Sites whose value is trained whole, on a copy of it named {@code full.<site>}. */
public final class WholeSites {
    /** What the names of the trainables start with; the name of the site follows. */
    public static final String PREFIX = "full.";

    private WholeSites() {}

    /**
     * Trains one site, starting from its frozen value.
     *
     * @param part what it counts as
     */
    public static void tune(Attachment attachment, Site site, Part part) {
        tune(attachment, site, frozen(attachment, site), part);
    }

    /**
     * Trains one site.
     *
     * @param initial its value before training, of the site's shape
     * @param part what it counts as
     */
    public static void tune(Attachment attachment, Site site, Tensor initial, Part part) {
        Tensor own = attachment.trainable(PREFIX + site.name(), initial, part, Kind.of(site));
        attachment.value(site, base -> own);
    }

    /**
     * Trains every site that fits.
     *
     * @param method whose sites they are, for errors
     * @param what a site of theirs, for errors
     * @throws ConfigException if there is none
     */
    public static void tune(Attachment attachment, String method, String what, Predicate<Site> which) {
        among(attachment.backbone(), method, what, which).forEach(site -> tune(attachment, site, part(site)));
    }

    /**
     * Every site that fits.
     *
     * @param method whose sites they are, for errors
     * @param what a site of theirs, for errors
     * @throws ConfigException if there is none
     */
    public static List<Site> among(Backbone backbone, String method, String what, Predicate<Site> which) {
        List<Site> sites = backbone.sites().stream().filter(which).toList();
        if (sites.isEmpty()) {
            throw new ConfigException("method " + method + " needs " + what + ", and the backbone " + backbone.name()
                    + " has none; use another method");
        }
        return sites;
    }

    /** The frozen value of a site: a view of its rows of the parameter, in the caller's scope. */
    public static Tensor frozen(Attachment attachment, Site site) {
        return attachment.backbone().parameters().get(site.parameter()).narrow(0, site.firstRow(), site.rows());
    }

    private static Part part(Site site) {
        return switch (site.kind()) {
            case VECTOR, POSITION_BIAS -> Part.VECTOR;
            case CLASS_TOKEN -> Part.CLASS_TOKEN;
            case MATRIX, PATCH_FILTERS, DEPTHWISE_FILTERS, POSITION_TABLE, TOKENS ->
                site.isBias() ? Part.VECTOR : Part.BACKBONE;
        };
    }
}
