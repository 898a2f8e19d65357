package dev.inlay.spark;

import dev.inlay.engine.Participant;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.apache.spark.BarrierTaskContext;

/**
 * A member of a team as a task of a barrier stage.
 *
 * @param task the task
 */
record BarrierMember(BarrierTaskContext task) implements Participant {
    @Override
    public int rank() {
        return task.partitionId();
    }

    @Override
    public int size() {
        return task.getTaskInfos().length;
    }

    @Override
    public String address() {
        String address = task.getTaskInfos()[rank()].address();
        int colon = address.lastIndexOf(':');
        return colon < 0 ? address : address.substring(0, colon);
    }

    @Override
    public List<String> say(String words) {
        return List.of(task.allGather(words));
    }

    @Override
    public BooleanSupplier stop() {
        return task::isInterrupted;
    }
}
