package dev.inlay.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class StorageExceptionTest {
    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(new NoSuchFileException("f"), "there is no such file or folder"),
                Arguments.of(new AccessDeniedException("f"), "permission denied"),
                Arguments.of(new FileAlreadyExistsException("f"), "something of that name is there already"),
                Arguments.of(new DirectoryNotEmptyException("f"), "the folder is not empty"),
                Arguments.of(new FileSystemException("f", null, "Input/output error"), "Input/output error"),
                Arguments.of(new FileSystemException("f"), "the file system gives no reason"),
                Arguments.of(new IOException("Is a directory"), "Is a directory"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void whatFailsIsSaidAlikeWhetherItIsReadOrWritten(IOException failure, String reason) {
        Path file = Path.of("f");
        assertThat(StorageException.reason(failure)).isEqualTo(reason);
        assertThat(new StorageException(file, failure).reason()).isEqualTo(reason);
        assertThat(new UnreadableException(file, failure).reason()).isEqualTo(reason);
        assertThat(new UnreadableException(file, failure)).hasMessage("f: cannot be read: " + reason);
    }
}
