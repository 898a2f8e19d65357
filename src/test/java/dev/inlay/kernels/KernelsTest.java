package dev.inlay.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.inlay.error.ConfigException;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Precision;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelsTest {
    private static final byte[] BYTES = {1, 2, 3};
    private static final Map<String, String> JAVA_TYPES = Map.of("int32_t", "int", "double", "double");

    @TempDir
    private Path folder;

    @AfterEach
    void forget() {
        System.clearProperty(Kernels.PROPERTY);
    }

    @Test
    void thePropertyChoosesLibTorch() {
        System.setProperty(Kernels.PROPERTY, "libtorch");
        assertThat(Kernels.describe())
                .isEqualTo("sampledProduct by LibTorch, gelu and layerNorm by LibTorch, attention by LibTorch");
        assertThat(Kernels.detail()).isEqualTo("inlay.kernels=libtorch");
    }

    @Test
    void theNativeKernelSaysItsInstructionSetAndItsFace() {
        assumeTrue(KernelLibrary.file("inlay_kernels").isPresent(), "this build has no native kernels");
        System.setProperty(Kernels.PROPERTY, "native");
        assertThat(Kernels.describe())
                .matches(
                        "sampledProduct native \\((portable|avx2|avx512)\\), gelu and layerNorm (by LibTorch|native \\(avx512\\)),"
                                + " attention (by LibTorch|native \\(float32(, bf16)?\\))");
        assertThat(Kernels.detail()).isEqualTo("called through " + (ForeignKernels.isPossible() ? "FFM" : "JNI"));
    }

    @Test
    void anUnknownChoiceIsRefused() {
        System.setProperty(Kernels.PROPERTY, "fast");
        assertThatThrownBy(() -> new SampledProduct(Device.CPU, new int[] {0}, new int[] {0}))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("found fast")
                .hasMessageContaining("auto, native, libtorch");
    }

    @Test
    void theLibraryIsUnpackedOnce() throws IOException {
        Path file = KernelLibrary.unpacked(BYTES, "library", folder);
        Files.setLastModifiedTime(file, java.nio.file.attribute.FileTime.fromMillis(1000));
        assertThat(KernelLibrary.unpacked(BYTES, "library", folder))
                .isEqualTo(file)
                .hasBinaryContent(BYTES);
        assertThat(Files.getLastModifiedTime(file).toMillis()).isEqualTo(1000);
        assertThat(KernelLibrary.unpacked(new byte[] {4}, "library", folder)).isNotEqualTo(file);
    }

    @Test
    void aDamagedLibraryIsReplaced() throws IOException {
        Path file = KernelLibrary.unpacked(BYTES, "library", folder);
        Files.write(file, new byte[] {1, 2});
        assertThat(KernelLibrary.unpacked(BYTES, "library", folder)).hasBinaryContent(BYTES);
    }

    @Test
    void anotherVersionIsRefused() {
        assertThatThrownBy(() -> KernelLibrary.requireVersion(KernelLibrary.VERSION + 1, folder))
                .isInstanceOf(LinkageError.class)
                .hasMessageContaining("version " + (KernelLibrary.VERSION + 1) + ", expected " + KernelLibrary.VERSION);
    }

    @Test
    void numbersAreThoseOfTheHeader() throws IOException {
        String header = Files.readString(Path.of("src/main/native/inlay_kernels.h"));
        assertThat(defined(header, "#define INLAY_KERNELS_VERSION (\\d+)")).isEqualTo(KernelLibrary.VERSION);
        for (InstructionSet set : InstructionSet.values()) {
            assertThat(defined(header, "INLAY_LEVEL_" + set.name() + " = (\\d+)"))
                    .isEqualTo(set.code());
        }
        for (Precision precision : Precision.values()) {
            assertThat(defined(header, "INLAY_" + precision.name() + " = (\\d+)"))
                    .isEqualTo(Kernels.code(precision));
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {NativeKernels.class, CudaKernels.class})
    void methodsAreTheFunctionsOfTheHeader(Class<?> declared) throws IOException {
        String header = Files.readString(Path.of("src/main/native/inlay_kernels.h"));
        List<Method> methods = Arrays.stream(declared.getDeclaredMethods())
                .filter(method -> declared.isInterface() || Modifier.isNative(method.getModifiers()))
                .toList();
        assertThat(methods).hasSizeGreaterThan(1);
        for (Method method : methods) {
            String name =
                    "inlay_" + method.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
            Matcher function = Pattern.compile("INLAY_API int32_t " + name + "\\(([^)]*)\\);")
                    .matcher(header);
            assertThat(function.find()).as(name).isTrue();
            List<String> inC = Pattern.compile("([^,]*[ *])(\\w+)(?:,|$)")
                    .matcher(function.group(1))
                    .results()
                    .map(argument ->
                            JAVA_TYPES.getOrDefault(argument.group(1).strip(), "long") + " " + argument.group(2))
                    .toList();
            List<String> inJava = Arrays.stream(method.getParameters())
                    .map(parameter -> parameter.getType() + " " + parameter.getName())
                    .toList();
            assertThat(inJava).as(name).isEqualTo(inC);
        }
    }

    private static int defined(String header, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(header);
        assertThat(matcher.find()).as(pattern).isTrue();
        return Integer.parseInt(matcher.group(1));
    }

    @Test
    void theCudaKernelsLoadWithoutAGpu() {
        Path library = KernelLibrary.file(CudaKernels.LIBRARY).orElse(null);
        assumeTrue(library != null, "SKIPPED: this build has no CUDA kernels, for want of nvcc");
        assertThatCode(() -> new CudaKernels(library)).doesNotThrowAnyException();
        assertThat(Kernels.onGpu(Kernels.Choice.LIBTORCH)).isEmpty();
        assertThat(Kernels.onGpu(Kernels.Choice.AUTO)).isPresent();
    }
}
