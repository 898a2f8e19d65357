package dev.inlay.serve;

import dev.inlay.error.OverloadException;
import dev.inlay.error.UnknownTaskException;
import dev.inlay.task.TaskInfo;
import dev.inlay.tuning.method.TuningMethod;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The tasks that are served, by id; each is replaced as a whole. Safe for use by many threads. */
final class TaskRegistry implements AutoCloseable {
    private final ConcurrentMap<String, LoadedTask> tasks = new ConcurrentHashMap<>();
    private final Set<String> methods = TuningMethod.all().keySet();
    private final ServingOptions options;
    private boolean closed;

    TaskRegistry(ServingOptions options) {
        this.options = options;
    }

    /**
     * Serves a task from now on, in the place of the one that had its id.
     *
     * @param task ownership passes to this object, also if it is refused
     * @throws OverloadException if there would be too many tasks; then nothing has changed
     */
    void put(String id, LoadedTask task) {
        LoadedTask old;
        try {
            old = swap(id, task);
        } catch (RuntimeException e) {
            task.release();
            throw e;
        }
        if (old != null) {
            old.release();
        }
    }

    private synchronized LoadedTask swap(String id, LoadedTask task) {
        if (closed) {
            throw new IllegalStateException("the predictor is closed");
        }
        LoadedTask old = tasks.get(id);
        if (old == null && tasks.size() >= options.maxTasks()) {
            throw new OverloadException("task " + id + ": " + options.maxTasks()
                    + " tasks are served, which is the limit (maxTasks); remove one first");
        }
        int apart = task.tuning().ownPasses();
        if (apart > 0 && apartBeside(id) + apart > options.maxApart()) {
            throw new OverloadException("task " + id + ": it has matrices or images of its own, and "
                    + options.maxApart()
                    + " such tasks, or members of tasks, is the limit (maxApart); remove one first, or tune with a"
                    + " method that leaves the backbone's matrices as they are");
        }
        tasks.put(id, task);
        return old;
    }

    private int apartBeside(String id) {
        return tasks.entrySet().stream()
                .filter(entry -> !entry.getKey().equals(id))
                .mapToInt(entry -> entry.getValue().tuning().ownPasses())
                .sum();
    }

    /** Stops serving a task; false if there is none. */
    boolean remove(String id) {
        LoadedTask old;
        synchronized (this) {
            old = tasks.remove(id);
        }
        if (old != null) {
            old.release();
        }
        return old != null;
    }

    /**
     * The task of that id as it is now, held for the caller, who releases it.
     *
     * @throws UnknownTaskException if there is none
     */
    LoadedTask hold(String id) {
        while (true) {
            LoadedTask task = tasks.get(id);
            if (task == null) {
                throw new UnknownTaskException("no task is called '" + id + "'; put it first");
            }
            if (task.hold()) {
                return task;
            }
            // replaced and freed since it was looked up
        }
    }

    Optional<TaskInfo> info(String id) {
        return Optional.ofNullable(tasks.get(id)).map(LoadedTask::info);
    }

    SortedMap<String, TaskInfo> infos() {
        SortedMap<String, TaskInfo> infos = new TreeMap<>();
        tasks.forEach((id, task) -> infos.put(id, task.info()));
        return Collections.unmodifiableSortedMap(infos);
    }

    /** The method that a task is tuned by; empty if there is no such task. */
    Optional<String> kind(String id) {
        return Optional.ofNullable(tasks.get(id)).map(LoadedTask::kind);
    }

    /**
     * How many tasks there are and what they hold.
     *
     * @param waiting images in the queue
     */
    ServingState state(int waiting) {
        SortedMap<String, Integer> kinds = new TreeMap<>();
        methods.forEach(kind -> kinds.put(kind, 0));
        int apart = 0;
        long nativeBytes = 0;
        long heapBytes = 0;
        for (LoadedTask task : tasks.values()) {
            kinds.merge(task.kind(), 1, Integer::sum);
            apart += task.tuning().ownPasses();
            nativeBytes += task.nativeBytes();
            heapBytes += task.heapBytes();
        }
        return new ServingState(waiting, kinds, apart, nativeBytes, heapBytes);
    }

    @Override
    public synchronized void close() {
        closed = true;
        tasks.values().forEach(LoadedTask::release);
        tasks.clear();
    }
}
