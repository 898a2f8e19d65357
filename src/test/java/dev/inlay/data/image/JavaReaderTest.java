package dev.inlay.data.image;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.MemoryException;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class JavaReaderTest {
    @Test
    void wantOfMemoryIsNoDamage() {
        for (String said : new String[] {"Insufficient memory (case 4)", "std::bad_alloc"}) {
            assertThatThrownBy(() -> JavaReader.GIF.read(new byte[1], reader -> {
                        throw new IOException(said);
                    }))
                    .isInstanceOf(MemoryException.class);
        }
        assertThatThrownBy(() -> JavaReader.GIF.read(new byte[1], reader -> {
                    throw new IOException("no more bits");
                }))
                .isInstanceOf(DamagedImageException.class);
    }
}
