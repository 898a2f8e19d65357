package dev.inlay.error;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/** What messages call this machine. */
public final class Host {
    private Host() {}

    /** Its host name, as it was when first asked for. */
    public static String name() {
        return Known.NAME;
    }

    private static final class Known {
        static final String NAME = find();

        private static String find() {
            try {
                return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
            } catch (IOException notLinux) {
                return resolved();
            }
        }

        private static String resolved() {
            try {
                return InetAddress.getLocalHost().getHostName();
            } catch (IOException e) {
                return "localhost";
            }
        }
    }
}
