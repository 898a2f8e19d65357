package dev.inlay.parallel;

import dev.inlay.progress.Progress;

/**
 * Progress whose every step asks a question first.
 *
 * @param shown passes it on
 * @param check throws where the work is to end
 */
record WatchedProgress(Progress shown, Runnable check) implements Progress {
    @Override
    public Task start(String name, long total) {
        return watched(shown.start(name, total));
    }

    @Override
    public Task startBytes(String name, long total) {
        return watched(shown.startBytes(name, total));
    }

    private Task watched(Task task) {
        return new Task() {
            @Override
            public void at(long done) {
                check.run();
                task.at(done);
            }

            @Override
            public void note(String words) {
                task.note(words);
            }

            @Override
            public void close() {
                task.close();
            }
        };
    }
}
