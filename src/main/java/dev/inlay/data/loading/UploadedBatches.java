package dev.inlay.data.loading;

import dev.inlay.tensor.Device;
import dev.inlay.tensor.DeviceUpload;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Batches on a device: while one is used, the next is brought there by a thread of its own. */
final class UploadedBatches implements Batches {
    private final Batches loaded;
    private final DeviceUpload upload;
    private final Workers worker = new Workers("inlay-upload", 1);
    private Future<Ahead> ahead;

    /** A batch on its way; {@code sent} holds its input and labels. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Ahead(int[] indices, int step, DeviceUpload.Sent sent) {}

    /**
     * @param loaded in main memory; belongs to this object
     * @param device where they go
     */
    UploadedBatches(Batches loaded, Device device) {
        this.loaded = loaded;
        this.upload = new DeviceUpload(device);
        goAhead();
    }

    /** The worker alone uses what is loaded while it has a task. */
    private void goAhead() {
        ahead = loaded.hasNext() ? worker.submit(this::send) : null;
    }

    private Ahead send() {
        try (PointerScope scope = new PointerScope()) {
            Batch batch = loaded.next();
            return new Ahead(batch.indices(), batch.step(), upload.send(List.of(batch.input(), batch.labels())));
        }
    }

    @Override
    public boolean hasNext() {
        return ahead != null;
    }

    @Override
    public Batch next() {
        if (ahead == null) {
            throw new NoSuchElementException("no more batches");
        }
        Future<Ahead> coming = ahead;
        ahead = null;
        Ahead next = Workers.await(coming);
        List<Tensor> tensors = next.sent().received();
        goAhead();
        return new Batch(next.indices(), tensors.get(0), next.step(), tensors.get(1));
    }

    @Override
    public void close() {
        worker.close();
        if (ahead != null) {
            free(ahead);
            ahead = null;
        }
        loaded.close();
        upload.close();
    }

    private static void free(Future<Ahead> unused) {
        if (!unused.isDone()) {
            return; // it was never begun
        }
        try {
            unused.get().sent().close();
        } catch (ExecutionException | CancellationException e) {
            // what nobody waits for may fail
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
