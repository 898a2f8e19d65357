package dev.inlay.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;

/** Locks that say a process is alive: the system takes them away with it. */
public final class FileLocks {
    private FileLocks() {}

    /** Locks a file until its channel is closed; false if it is locked already, by another process or by this one. */
    public static boolean take(FileChannel channel) throws IOException {
        return take(channel, 0, Long.MAX_VALUE);
    }

    /** Locks a range of a file as {@link #take(FileChannel)} does the whole of it. */
    public static boolean take(FileChannel channel, long from, long size) throws IOException {
        try {
            return channel.tryLock(from, size, false) != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }
}
