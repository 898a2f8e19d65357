package dev.inlay.serve.http;

import dev.inlay.data.image.ImageLimits;
import dev.inlay.error.ConfigException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where an {@link HttpService} listens and what it takes.
 *
 * @param host address or name to listen on
 * @param port to listen on, 0 to 65535; 0 takes a free one
 * @param tokenFile holds the token that changes of tasks need; without one only loopback addresses are listened on
 * @param maxConnections most connections; further ones wait to be accepted
 * @param threads of the server, at least 8; half of them may read bodies at a time
 * @param maxBodyBytes longest body of a request for predictions
 * @param maxTaskBytes longest task that is put
 * @param bodyMemory bytes of bodies held at a time, over all requests; at least three times {@code maxBodyBytes}
 * @param maxImages most images in a request
 * @param images what an image may ask for
 * @param decoders most requests for one task whose images are decoded at a time, and one more for others; 0 for one per core,
 *     fewer where the heap is small
 * @param idle how long a client may send and take nothing, and take over the head of a request
 * @param bodyTime how long a client may take to send a body, and to take an answer
 * @param notReady how long requests are still answered after {@code /readyz} has turned to 503, when the service stops
 * @param drain how long requests under way are then waited for
 */
public record HttpOptions(
        String host,
        int port,
        Optional<Path> tokenFile,
        int maxConnections,
        int threads,
        int maxBodyBytes,
        long maxTaskBytes,
        long bodyMemory,
        int maxImages,
        ImageLimits images,
        int decoders,
        Duration idle,
        Duration bodyTime,
        Duration notReady,
        Duration drain) {
    private static final int MAX_PORT = 65_535;
    private static final int MEGABYTE = 1 << 20;

    /** Loopback, port 8080, no token, and limits for some clients with photos; {@code docs/http.md} lists them. */
    public static final HttpOptions DEFAULT = new HttpOptions(
            "localhost",
            8080,
            Optional.empty(),
            512,
            64,
            20 * MEGABYTE,
            100L * MEGABYTE,
            256L * MEGABYTE,
            32,
            ImageLimits.DEFAULT.withMaxPixels(25_000_000),
            0,
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ZERO,
            Duration.ofSeconds(20));

    /**
     * Checks every component.
     *
     * @throws ConfigException naming every value out of range
     */
    public HttpOptions {
        List<String> problems = new ArrayList<>();
        requireIn("port", port, 0, MAX_PORT, problems);
        requireIn("maxConnections", maxConnections, 1, Integer.MAX_VALUE, problems);
        requireIn("threads", threads, 8, 10_000, problems);
        requireIn("maxBodyBytes", maxBodyBytes, 1, 1 << 29, problems);
        requireIn("maxTaskBytes", maxTaskBytes, 1, Long.MAX_VALUE, problems);
        requireIn("bodyMemory", bodyMemory, 3L * maxBodyBytes, Long.MAX_VALUE, problems);
        requireIn("maxImages", maxImages, 1, 10_000, problems);
        requireIn("decoders", decoders, 0, 10_000, problems);
        requireIn("idle", idle.toMillis(), 1, Integer.MAX_VALUE, problems);
        requireIn("bodyTime", bodyTime.toMillis(), 1, Integer.MAX_VALUE, problems);
        requireIn("notReady", notReady.toMillis(), 0, Integer.MAX_VALUE, problems);
        requireIn("drain", drain.toMillis(), 0, Integer.MAX_VALUE, problems);
        if (!problems.isEmpty()) {
            throw new ConfigException("options of the HTTP service", problems);
        }
    }

    private static void requireIn(String name, long value, long least, long most, List<String> problems) {
        if (value < least || value > most) {
            problems.add(name + ": expected " + least + " to " + most + ", found " + value);
        }
    }

    /**
     * The address to listen on.
     *
     * @throws ConfigException if the host is not known
     */
    InetAddress address() {
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new ConfigException("host: this machine knows no " + host
                    + "; give one of its addresses, or localhost to be reached from this machine alone");
        }
    }
}
