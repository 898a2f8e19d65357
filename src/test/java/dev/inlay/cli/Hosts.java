package dev.inlay.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Hosts with names and addresses of their own, as network namespaces behind one router, whose cables can be pulled out. */
final class Hosts implements AutoCloseable {
    private static final String NET = "10.213.77.";

    private final String prefix = "inlay" + ProcessHandle.current().pid();
    private final int count;

    private Hosts(int count) {
        this.count = count;
    }

    /** Whether this system lets this user make them. */
    static boolean canBeMade() {
        String probe = "inlayprobe" + ProcessHandle.current().pid();
        return isDone("ip", "netns", "add", probe) && isDone("ip", "netns", "del", probe);
    }

    static Hosts of(int count) {
        Hosts hosts = new Hosts(count);
        String middle = hosts.router();
        ip("netns", "add", middle);
        ip("netns", "exec", middle, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward");
        // what is meant for a host whose cable is out vanishes without a word
        ip("-n", middle, "link", "set", "lo", "up");
        ip("-n", middle, "route", "add", "blackhole", NET + "0/24");
        for (int i = 0; i < count; i++) {
            String host = hosts.namespace(i);
            String port = "port" + i;
            ip("netns", "add", host);
            ip("-n", host, "link", "set", "lo", "up");
            ip("-n", host, "link", "add", "eth", "type", "veth", "peer", "name", port, "netns", middle);
            ip("-n", middle, "addr", "add", NET + (4 * i + 1) + "/30", "dev", port);
            ip("-n", middle, "link", "set", port, "up");
            ip("-n", host, "addr", "add", hosts.address(i) + "/30", "dev", "eth");
            ip("-n", host, "link", "set", "eth", "up");
            ip("-n", host, "route", "add", "default", "via", NET + (4 * i + 1));
        }
        return hosts;
    }

    private String namespace(int host) {
        return prefix + "h" + host;
    }

    private String router() {
        return prefix + "r";
    }

    String address(int host) {
        return NET + (4 * host + 2);
    }

    String name(int host) {
        return "host" + host;
    }

    /** A command as it is started there. */
    ProcessBuilder at(int host, ProcessBuilder command) {
        List<String> line =
                new ArrayList<>(List.of("ip", "netns", "exec", namespace(host), "unshare", "--uts", "sh", "-c"));
        line.add("echo " + name(host) + " >/proc/sys/kernel/hostname; exec \"$@\"");
        line.add("sh");
        line.addAll(command.command());
        return command.command(line);
    }

    /** Pulls the cable of a host out at the router. */
    void cut(int host) {
        ip("-n", router(), "link", "set", "port" + host, "down");
    }

    private static void ip(String... arguments) {
        List<String> line = new ArrayList<>(List.of("ip"));
        line.addAll(List.of(arguments));
        if (!isDone(line.toArray(String[]::new))) {
            throw new IllegalStateException(line + " failed");
        }
    }

    private static boolean isDone(String... line) {
        try {
            Process process = new ProcessBuilder(line)
                    .redirectErrorStream(true)
                    .redirectOutput(Path.of("/dev/null").toFile())
                    .start();
            return process.waitFor(1, TimeUnit.MINUTES) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        for (int i = 0; i < count; i++) {
            isDone("ip", "netns", "del", namespace(i));
        }
        isDone("ip", "netns", "del", router());
    }
}
