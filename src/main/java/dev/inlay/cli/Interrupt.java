package dev.inlay.cli;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * Ctrl-C and SIGTERM as a question that long work asks between steps. A signal that comes while one is open ends the
 * process only through {@link #exit}, so that the work has time to save itself and to say so.
 */
final class Interrupt implements BooleanSupplier, AutoCloseable {
    private static final long SAVE_SECONDS = 60;
    private static final AtomicBoolean ENDING = new AtomicBoolean();

    private final AtomicBoolean asked = new AtomicBoolean();
    private final Thread hook = new Thread(this::askAndWait, "inlay-interrupt");

    Interrupt() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void askAndWait() {
        ENDING.set(true);
        asked.set(true);
        try {
            TimeUnit.SECONDS.sleep(SAVE_SECONDS);
            System.err.println("inlay: gave up waiting for the work to save itself; the last save stands");
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
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // a signal has started the hook, which exit() ends
        }
    }

    /** Ends the process; after a signal, hooks that still wait are not waited for. */
    static void exit(int code) {
        if (ENDING.get()) {
            Runtime.getRuntime().halt(code);
        }
        System.exit(code);
    }
}
