package dev.inlay.bench.study;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.inlay.backbone.Backbone;
import dev.inlay.inputs.Backbones;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * A service in a process of its own while everything goes wrong at once: files of tasks are replaced, truncated and deleted,
 * clients hang up half-way or send a byte now and then, images are damaged, bombs, or none, and the disk fills. Meanwhile
 * requests go on, and every answer is compared with those of the task's versions alone. The backbone is the built-in one.
 */
@Command(
        name = "service-faults",
        description =
                "A service while task files change, clients hang up and images are damaged; every answer is compared with"
                        + " those of its task's versions alone.")
public final class ServiceFaults extends Study {
    private static final int IMAGES = 4;
    private static final int STEADY = 8;
    private static final int CHANGING = 8;

    /** Versions of a changing task: seeds that far apart. */
    private static final long VERSION = 100;

    private static final int ASKERS = 4;
    private static final long SMALL_DISK = 64L << 20;

    private final Map<String, LongAdder> faults = new ConcurrentSkipListMap<>();
    private final List<Thread> workers = new ArrayList<>();
    private KnownAnswers known;
    private Path versions;
    private ServiceProcess service;
    private long end;

    @Parameters(
            paramLabel = "FOLDER",
            description = "For the tasks; a file system of at most 64 MB is filled at the end.")
    private Path folder;

    @Option(names = "--seconds", paramLabel = "N", defaultValue = "240", description = "How long; ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(
            names = "--damaged",
            paramLabel = "N",
            defaultValue = "5000",
            description = "Damaged images at most; ${DEFAULT-VALUE}.")
    private int damaged;

    /** What is done over and over until the time is over. */
    private interface Fault {
        void happen(SplittableRandom random) throws IOException, InterruptedException;
    }

    @Override
    void measure() throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Path home = Files.createTempDirectory("inlay-faults");
        versions = home;
        try (Backbone backbone = Backbones.builtin()) {
            known = new KnownAnswers(backbone, IMAGES);
            writeTasks();
        }
        List<String> settings =
                List.of("tasks=" + folder, "rescanSeconds=1", "http.idleSeconds=3", "http.bodySeconds=3");
        try (ServiceProcess started = new ServiceProcess(home.resolve("log.txt"), settings, out())) {
            service = started;
            run();
            fillTheDisk();
            print("the service is %s", started.isAlive() ? "alive" : "dead");
        }
    }

    private void writeTasks() throws IOException {
        for (long task = 0; task < STEADY; task++) {
            known.write(file("s" + task), task);
        }
        for (long task = STEADY; task < STEADY + CHANGING; task++) {
            known.write(versions.resolve("" + task), task);
            known.write(versions.resolve("" + (task + VERSION)), task + VERSION);
            Files.copy(versions.resolve("" + task), file("c" + task), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private Path file(String id) {
        return folder.resolve(id + ".safetensors");
    }

    private void run() throws InterruptedException {
        end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        CheckedClient steady = new CheckedClient(service.url(), known);
        CheckedClient changing = new CheckedClient(service.url(), known);
        CheckedClient images = new CheckedClient(service.url(), known);
        AtomicInteger left = new AtomicInteger(damaged);
        for (int i = 0; i < ASKERS; i++) {
            repeat(random -> {
                long task = random.nextInt(STEADY);
                steady.ask("s" + task, random.nextInt(IMAGES), List.of(task), System.nanoTime())
                        .join();
                task = (long) STEADY + random.nextInt(CHANGING);
                changing.ask("c" + task, random.nextInt(IMAGES), List.of(task, task + VERSION), System.nanoTime())
                        .join();
            });
            repeat(this::hangUp);
            repeat(this::dribble);
            repeat(random -> damaged(images, left, random));
        }
        repeat(this::changeFile);
        for (Thread thread : workers) {
            thread.join();
        }
        faults.forEach((fault, count) -> print("%10d  %s", count.sum(), fault));
        print("tasks that stay:");
        steady.print(out());
        print("tasks whose files change:");
        changing.print(out());
        print("damaged images:");
        images.print(out());
    }

    private void repeat(Fault fault) {
        SplittableRandom random = new SplittableRandom(workers.size());
        Thread thread = new Thread(() -> {
            while (System.nanoTime() < end) {
                try {
                    fault.happen(random);
                } catch (IOException e) {
                    count("of these, cut off by the service: " + e.getMessage());
                } catch (InterruptedException e) {
                    return;
                }
            }
        });
        workers.add(thread);
        thread.start();
    }

    private void count(String fault) {
        faults.computeIfAbsent(fault, one -> new LongAdder()).increment();
    }

    private void changeFile(SplittableRandom random) throws IOException, InterruptedException {
        int task = STEADY + random.nextInt(CHANGING);
        Path file = file("c" + task);
        byte[] version = Files.readAllBytes(versions.resolve("" + (task + random.nextInt(2) * VERSION)));
        switch (random.nextInt(4)) {
            case 0 -> {
                Path whole = folder.resolve(".new");
                Files.write(whole, version);
                Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
                count("file replaced");
            }
            case 1 -> {
                Files.write(file, Arrays.copyOf(version, random.nextInt(version.length)));
                count("file truncated");
            }
            case 2 -> {
                Files.deleteIfExists(file);
                count("file deleted");
            }
            default -> {
                Files.write(file, version);
                count("file written in place");
            }
        }
        TimeUnit.MILLISECONDS.sleep(100);
    }

    private Socket connect() throws IOException {
        URI uri = URI.create(service.url());
        return new Socket(uri.getHost(), uri.getPort());
    }

    /** A request as bytes. */
    private byte[] request(int image) {
        byte[] body = known.image(image);
        byte[] head =
                ("POST /v1/tasks/s0/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: "
                                + body.length + "\r\n\r\n")
                        .getBytes(ISO_8859_1);
        return ByteBuffer.allocate(head.length + body.length)
                .put(head)
                .put(body)
                .array();
    }

    private void hangUp(SplittableRandom random) throws IOException, InterruptedException {
        byte[] request = request(random.nextInt(IMAGES));
        try (Socket socket = connect()) {
            socket.getOutputStream().write(request, 0, random.nextInt(request.length + 1));
            TimeUnit.MILLISECONDS.sleep(random.nextInt(200));
            socket.setSoLinger(random.nextBoolean(), 0);
        }
        count("client hung up");
    }

    private void dribble(SplittableRandom random) throws IOException, InterruptedException {
        byte[] request = request(random.nextInt(IMAGES));
        count("slow client");
        int at = random.nextInt(request.length);
        try (Socket socket = connect()) {
            OutputStream out = socket.getOutputStream();
            out.write(request, 0, at);
            while (System.nanoTime() < end) {
                out.write(request, at++ % request.length, 1);
                TimeUnit.MILLISECONDS.sleep(100);
            }
        }
    }

    private void damaged(CheckedClient client, AtomicInteger left, SplittableRandom random)
            throws InterruptedException {
        if (left.getAndDecrement() > 0) {
            client.askAny("s" + random.nextInt(STEADY), damage(random)).join();
        } else {
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    private byte[] damage(SplittableRandom random) {
        byte[] image = known.image(random.nextInt(IMAGES)).clone();
        switch (random.nextInt(5)) {
            case 0 -> {
                for (int flips = 1 + random.nextInt(8); flips > 0; flips--) {
                    image[random.nextInt(image.length)] ^= (byte) (1 << random.nextInt(8));
                }
                count("image with flipped bits");
                return image;
            }
            case 1 -> {
                count("image truncated");
                return Arrays.copyOf(image, random.nextInt(image.length));
            }
            case 2 -> {
                count("image of 30,000 to 2 thousand million pixels a side");
                ByteBuffer.wrap(image).putInt(16, 30_000 + random.nextInt(Integer.MAX_VALUE - 30_000));
                ByteBuffer.wrap(image).putInt(20, 30_000 + random.nextInt(Integer.MAX_VALUE - 30_000));
                seal(image, 12, 17);
                return image;
            }
            case 3 -> {
                count("image with a text of 100 MB in 100 KB");
                return withText(image);
            }
            default -> {
                count("no image");
                String[] other = {
                    "%PDF-1.7", "<svg/>", "PK\3\4", "GIF89a", "RIFF0000WEBPVP8 ", "\0\0\0\u0018ftypheic", ""
                };
                return other[random.nextInt(other.length)].getBytes(ISO_8859_1);
            }
        }
    }

    /** Writes the check sum behind a chunk's type and data. */
    private static void seal(byte[] png, int at, int length) {
        CRC32 sum = new CRC32();
        sum.update(png, at, length);
        ByteBuffer.wrap(png).putInt(at + length, (int) sum.getValue());
    }

    /** With a compressed text that is much larger than the file. */
    private static byte[] withText(byte[] png) {
        int afterHead = 33;
        byte[] text = BOMB;
        byte[] chunk = ByteBuffer.allocate(text.length + 12)
                .putInt(text.length)
                .put("zTXt".getBytes(ISO_8859_1))
                .put(text)
                .array();
        seal(chunk, 4, text.length + 4);
        return ByteBuffer.allocate(png.length + chunk.length)
                .put(png, 0, afterHead)
                .put(chunk)
                .put(png, afterHead, png.length - afterHead)
                .array();
    }

    private static final byte[] BOMB = bomb();

    private static byte[] bomb() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("k\0\0".getBytes(ISO_8859_1));
        Deflater deflater = new Deflater(9);
        deflater.setInput(new byte[100 << 20]);
        deflater.finish();
        byte[] part = new byte[1 << 16];
        while (!deflater.finished()) {
            out.write(part, 0, deflater.deflate(part));
        }
        deflater.end();
        return out.toByteArray();
    }

    /** Fills a small disk, changes a task, makes room, and changes it again. */
    private void fillTheDisk() throws IOException, InterruptedException {
        FileStore disk = Files.getFileStore(folder);
        if (disk.getTotalSpace() > SMALL_DISK) {
            print("the disk is too large to be filled");
            return;
        }
        CheckedClient client = new CheckedClient(service.url(), known);
        byte[] task = Files.readAllBytes(versions.resolve("" + STEADY));
        Path ballast = folder.resolve(".ballast");
        try {
            Files.write(ballast, new byte[(int) disk.getUsableSpace()]);
            print("%s", "put on a full disk: " + client.put("s0", task));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            Files.deleteIfExists(ballast);
        }
        client.ask("s0", 0, List.of(0L), System.nanoTime()).join();
        print("%s", "put when there is room again: " + client.put("s0", task));
        client.ask("s0", 1, List.of((long) STEADY), System.nanoTime()).join();
        client.print(out());
    }
}
