package dev.inlay.fuzz;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.backbone.SpecJson;
import dev.inlay.backbone.TinyBackbones;
import dev.inlay.checkpoint.Checkpoint;
import dev.inlay.checkpoint.naming.BackboneWeights;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.image.ImageLimits;
import dev.inlay.data.image.TruncatedImages;
import dev.inlay.golden.Golden;
import dev.inlay.interop.PeftConfigs;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.PlanJson;
import dev.inlay.plan.file.ReleasedPlan;
import dev.inlay.task.SampleTasks;
import dev.inlay.task.TaskFile;
import dev.inlay.tuning.method.FullFineTuning;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.bytedeco.javacpp.PointerScope;

/** Every reader of files that come from elsewhere. */
final class Targets {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final int MIN_PICKLE = 2;

    private static final Path CORPUS = Path.of("src/test/resources/images/corpus");
    private static final ImageLimits PICTURE_LIMITS = new ImageLimits(1_000_000, 1 << 20, 100, 10_000);

    private Targets() {}

    static List<Target> all() {
        return List.of(
                new Target(
                        "safetensors",
                        ".safetensors",
                        seeds(Seed::safetensors, "vit_pth/expected_strided.safetensors", "optim/problem.safetensors"),
                        Targets::readAll,
                        Targets::hasJsonHeader),
                new Target(
                        "npz",
                        ".npz",
                        seeds(Seed::zip, "vit_npz/vit.npz", "vit_npz/vit_compressed_fortran.npz"),
                        Targets::readAll,
                        Targets::isZip),
                new Target(
                        "pth (zip)",
                        ".pth",
                        seeds(
                                Seed::zip,
                                "vit_pth/strided.pth",
                                "vit_pth/half.pth",
                                "vit_pth/spt_param_req.pth",
                                "vit_pth/beside_protocol4.pth",
                                "vit_pth/module.pth"),
                        Targets::readAll,
                        Targets::isZip),
                new Target(
                        "pth (legacy)",
                        ".pth",
                        seeds(
                                Seed::plain,
                                "vit_pth/strided_legacy.pth",
                                "vit_pth/legacy_plain.pth",
                                "vit_pth/beside_legacy.pth"),
                        Targets::readAll,
                        Targets::isPickle),
                new Target(
                        "released plan",
                        ".pth",
                        seeds(Seed::zip, "spt_released/cifar_lora_0.4.pth", "spt_released/clevr_dist_adapter_0.4.pth"),
                        ReleasedPlan::read,
                        Targets::isZip),
                new Target("plan", ".json", plans(), PlanJson::read, Targets::isJson),
                new Target("task", ".safetensors", tasks(), TaskFile::read, Targets::hasJsonHeader),
                new Target(
                        "PEFT settings",
                        ".json",
                        seeds(
                                Seed::json,
                                "peft_lora/hf_adapter/adapter_config.json",
                                "peft_lora/timm_adapter_patterns/adapter_config.json"),
                        PeftConfigs::read,
                        Targets::isJson),
                new Target("spec", ".json", specs(), SpecJson::read, Targets::isJson),
                images(
                        "JPEG",
                        Seed::plain,
                        "jpg",
                        "\u00ff\u00d8",
                        "baseline",
                        "progressive",
                        "cmyk",
                        "restart",
                        "exif",
                        "lossless_ids"),
                images(
                        "PNG",
                        Seed::png,
                        "png",
                        "\u0089PNG",
                        "rgb8",
                        "rgba16_interlaced",
                        "palette4",
                        "grey1",
                        "xmp_packed"),
                new Target(
                        "mask",
                        ".png",
                        Stream.of("palette4", "grey1")
                                .map(name -> Seed.png(CORPUS.resolve(name + ".png")))
                                .toList(),
                        new ImageDecoder(ExifOrientation.APPLY, PICTURE_LIMITS, TruncatedImages.accept())::mask,
                        file -> new String(bytes(file), StandardCharsets.ISO_8859_1).startsWith("\u0089PNG")),
                images(
                        "WebP",
                        Seed::plain,
                        "webp",
                        "RIFF",
                        "lossy_75",
                        "lossy_alpha",
                        "lossless_alpha",
                        "animated_canvas",
                        "exif"),
                images("GIF", Seed::plain, "gif", "GIF8", "palette", "interlaced", "canvas_local", "animated"),
                images(
                        "BMP",
                        Seed::plain,
                        "bmp",
                        "BM",
                        "rgb24",
                        "rgb32_masks",
                        "palette4",
                        "rle8",
                        "rle4",
                        "rgb24_core"),
                images(
                        "TIFF",
                        Seed::plain,
                        "tif",
                        "II*",
                        "rgb_lzw",
                        "rgb_tiled_deflate",
                        "palette",
                        "cmyk",
                        "bilevel_group4",
                        "grey_packbits"));
    }

    /** Images of the decoders' corpus. */
    private static Target images(
            String name, Function<Path, Seed> seed, String ending, String beginning, String... files) {
        ImageDecoder decoder = new ImageDecoder(ExifOrientation.APPLY, PICTURE_LIMITS, TruncatedImages.accept());
        return new Target(
                name,
                "." + ending,
                Stream.of(files)
                        .map(file -> seed.apply(CORPUS.resolve(file + "." + ending)))
                        .toList(),
                decoder::decode,
                file -> new String(bytes(file), StandardCharsets.ISO_8859_1).startsWith(beginning));
    }

    private static void readAll(Path file) {
        try (PointerScope scope = new PointerScope();
                BackboneWeights weights = BackboneWeights.open(file)) {
            weights.problems();
            Checkpoint checkpoint = weights.file();
            checkpoint.infos().keySet().forEach(checkpoint::read);
        }
    }

    private static List<Seed> seeds(Function<Path, Seed> seed, String... golden) {
        return Stream.of(golden).map(name -> seed.apply(Golden.path(name))).toList();
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Seed> plans() {
        String text = PlanJson.text(SampleTasks.plan(ModuleKind.LORA));
        return List.of(Seed.json(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static List<Seed> specs() {
        return TinyBackbones.SPECS.values().stream()
                .map(json -> Seed.json(json.getBytes(StandardCharsets.UTF_8)))
                .toList();
    }

    /** Tasks of the methods whose tensors are few. */
    private static List<Seed> tasks() {
        try {
            Path file = Files.createTempFile("task", ".safetensors");
            try {
                return SampleTasks.specs()
                        .filter(spec -> !(spec instanceof FullFineTuning))
                        .map(spec -> {
                            SampleTasks.write(file, spec);
                            return Seed.safetensors(file);
                        })
                        .toList();
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean hasJsonHeader(Path file) {
        byte[] bytes = bytes(file);
        if (bytes.length < Long.BYTES) {
            return false;
        }
        long length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        return length >= 0
                && length <= bytes.length - Long.BYTES
                && isJson(Arrays.copyOfRange(bytes, Long.BYTES, Long.BYTES + (int) length));
    }

    private static boolean isJson(Path file) {
        return isJson(bytes(file));
    }

    private static boolean isJson(byte[] bytes) {
        try {
            return JSON.readTree(bytes) != null;
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean isZip(Path file) {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                zip.getInputStream(entry).readAllBytes();
            }
            return zip.size() > 0;
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
    }

    /** A pickle of protocol 2 begins so. */
    private static boolean isPickle(Path file) {
        byte[] bytes = bytes(file);
        return bytes.length > MIN_PICKLE && bytes[0] == (byte) 0x80 && bytes[1] == 2;
    }
}
