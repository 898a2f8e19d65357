package dev.inlay.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * Ctrl-C and SIGTERM as a question that long work asks between steps. While one is open, the process ends only after the
 * work had time to save itself.
 */
final class Interrupt implements BooleanSupplier, AutoCloseable {
    private static final long SAVE_SECONDS = 60;
    private static final long LAST_WORDS_MILLIS = 500;

    private final AtomicBoolean asked = new AtomicBoolean();
    private final Thread worker = Thread.currentThread();
    private final CountDownLatch finished = new CountDownLatch(1);
    private final Thread hook = new Thread(this::askAndWait, "inlay-interrupt");

    Interrupt() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void askAndWait() {
        asked.set(true);
        try {
            if (!finished.await(SAVE_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("inlay: gave up waiting for the work to save itself; the last save stands");
            }
            worker.join(LAST_WORDS_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean getAsBoolean() {
        return asked.get();
    }

    @Override
    public void close() {
        finished.countDown();
        if (!asked.get()) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // the process began to end after the question
            }
        }
    }
}
