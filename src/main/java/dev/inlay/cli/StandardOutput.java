package dev.inlay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.inlay.error.InlayException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.lang.reflect.Constructor;
import java.util.Locale;

/** What a command prints, where a line that cannot be written ends the command: {@link PrintWriter} alone would pass over it. */
final class StandardOutput extends OutputStream {
    private static final String RESULTS = "inlay.results";

    private final OutputStream out;

    private StandardOutput(OutputStream out) {
        this.out = out;
    }

    /**
     * A writer of UTF-8 that throws {@link Lost} when what it wrote did not arrive; lines are flushed one by one.
     *
     * @param out not buffered, so that a failure shows at the line that met it
     */
    static PrintWriter to(OutputStream out) {
        return new PrintWriter(new StandardOutput(out), true, UTF_8);
    }

    /**
     * Where results go. Native libraries print to descriptor 1 as they please, and so does the JVM;
     * {@code bin/inlay} therefore makes descriptor 1 the error stream, and keeps standard output for results alone, as the
     * descriptor that {@value #RESULTS} names with the process that has it: children inherit the property, not the descriptor.
     */
    static OutputStream results() {
        String[] kept = System.getProperty(RESULTS, "").split(":");
        if (kept.length < 2
                || !kept[1].equals(Long.toString(ProcessHandle.current().pid()))) {
            return new FileOutputStream(FileDescriptor.out);
        }
        try {
            Constructor<FileDescriptor> descriptor = FileDescriptor.class.getDeclaredConstructor(int.class);
            descriptor.setAccessible(true);
            return new FileOutputStream(descriptor.newInstance(Integer.valueOf(kept[0])));
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new IllegalStateException(RESULTS + " cannot be used; leave it out", e);
        }
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            throw new Lost(e);
        }
    }

    /** What was printed did not arrive. */
    static final class Lost extends InlayException {
        private static final long serialVersionUID = 1L;

        /** As a process that SIGPIPE ends is seen by its shell. */
        private static final int READER_IS_GONE = 128 + 13;

        private final boolean readerIsGone;

        private Lost(IOException cause) {
            super("the output cannot be written: " + cause.getMessage()
                    + "; check that the disk has room and standard output is open, and give the command again");
            this.readerIsGone =
                    String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT).contains("broken pipe");
            initCause(cause);
        }

        /** Whether it was a pipe whose reader had seen enough, as {@code head} has: nothing that needs a word. */
        boolean readerIsGone() {
            return readerIsGone;
        }

        @Override
        public int exitCode() {
            return readerIsGone ? READER_IS_GONE : super.exitCode();
        }
    }
}
