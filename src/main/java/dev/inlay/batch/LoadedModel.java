package dev.inlay.batch;

import dev.inlay.backbone.Backbone;
import dev.inlay.inputs.Backbones;
import dev.inlay.task.TunedModel;

/** The model that was asked for last, loaded once for all partitions that a process predicts with it. */
final class LoadedModel implements AutoCloseable {
    private ModelFiles files;
    private Backbone backbone;
    private TunedModel model;

    TunedModel of(ModelFiles wanted) {
        if (!wanted.equals(files)) {
            close();
            backbone = Backbones.in(wanted.precision(), Backbones.of(wanted.taskFile(), wanted.backboneFile()));
            model = TunedModel.open(wanted.taskFile(), backbone);
            files = wanted;
        }
        return model;
    }

    @Override
    public void close() {
        files = null;
        if (model != null) {
            model.close();
            model = null;
        }
        if (backbone != null) {
            backbone.close();
            backbone = null;
        }
    }
}
