package dev.inlay.bench;

import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.error.ConfigException;
import dev.inlay.plan.Plan;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.PeakMemory;
import dev.inlay.tensor.Tensors;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** Works in this process. What it holds of earlier cases may show in the memory of later ones. */
public final class LocalWorker implements BenchWorker {
    private Workload workload;

    @Override
    public CaseInfo open(BenchCase work, Optional<Plan> plan) {
        close();
        workload = Workload.of(work, plan);
        return new CaseInfo(workload.trainable(), workload.images(), workload.flops());
    }

    @Override
    public Rounds run(int times) {
        Workload opened = opened();
        return Rounds.measure(times, opened::run, opened.scale());
    }

    @Override
    public Optional<Memory> memory(int times) {
        Workload opened = opened();
        System.gc();
        if (!PeakMemory.reset()) {
            return Optional.empty();
        }
        long held = LibTorch.residentBytes();
        for (int i = 0; i < times; i++) {
            opened.run();
        }
        OptionalLong peak = PeakMemory.residentBytes();
        return peak.isPresent() ? Optional.of(new Memory(held, peak.getAsLong())) : Optional.empty();
    }

    @Override
    public OptionalDouble share(Duration atLeast) {
        return NativeShare.of(opened()::run, atLeast);
    }

    /** Writes what another program needs to start the open case from the same numbers. */
    void save(Path file) {
        List<TensorEntry> entries = new ArrayList<>();
        opened().state()
                .forEach((name, tensor) ->
                        entries.add(TensorEntry.floats(name, () -> Tensors.floats(tensor), Tensors.shape(tensor))));
        SafeTensorsWriter.write(file, entries, Map.of());
    }

    private Workload opened() {
        if (workload == null) {
            throw new ConfigException("no case is open");
        }
        return workload;
    }

    @Override
    public void close() {
        if (workload != null) {
            workload.close();
            workload = null;
        }
    }
}
