package dev.inlay.serve.http;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.inlay.error.ConfigException;
import java.lang.management.ManagementFactory;

/** Files that this process may have open; connections are some of them. */
final class OpenFiles {
    /** For task files, logs and what Java opens by itself later. */
    private static final long OTHERS = 64;

    private OpenFiles() {}

    /**
     * Refuses to begin what would run out of files: connections would then be neither accepted nor refused.
     *
     * @param connections at most at a time
     * @throws ConfigException if the system allows less
     */
    static void require(int connections) {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            require(connections, system.getOpenFileDescriptorCount(), system.getMaxFileDescriptorCount());
        }
    }

    static void require(int connections, long open, long most) {
        long room = most - open - OTHERS;
        if (connections > room) {
            throw new ConfigException("http.maxConnections: " + connections + " connections need "
                    + (open + OTHERS + connections) + " open files, and this process may have " + most
                    + "; raise that limit (ulimit -n)"
                    + (room < 1 ? "" : ", or set http.maxConnections to " + room + " at most"));
        }
    }
}
