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
    public Task start(String name, Unit unit, long total) {
        Task task = shown.start(name, unit, total);
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
