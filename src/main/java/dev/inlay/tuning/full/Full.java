package dev.inlay.tuning.full;

import dev.inlay.backbone.Site;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.Trainable.Part;
import dev.inlay.tuning.TuningSpec;
import java.util.LinkedHashMap;
import java.util.Map;

/** Trains every parameter of the backbone, on a copy of it. */
public record Full() implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "full";

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public void attach(Attachment attachment) {
        Map<String, Boolean> decays = new LinkedHashMap<>();
        for (Site site : attachment.backbone().sites()) {
            decays.put(
                    site.parameter(),
                    switch (site.kind()) {
                        case MATRIX -> true;
                        case PATCH_FILTERS -> site.shape().size() > 1;
                        case VECTOR, CLASS_TOKEN, POSITION_TABLE -> false;
                    });
        }
        attachment
                .backbone()
                .parameters()
                .forEach((name, base) -> attachment.parameter(
                        name, attachment.trainable("full." + name, base, Part.BACKBONE, decays.get(name))));
    }
}
