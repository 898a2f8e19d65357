package dev.inlay.protobuf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Bytes of the encoding guide of Protocol Buffers, and of its rules. */
class ProtobufMessageTest {
    private static ProtobufMessage message() {
        return new ProtobufMessage();
    }

    static Stream<Arguments> encoded() {
        byte[] text = {1, 2, 3};
        return Stream.of(
                Arguments.of(message(), ""),
                Arguments.of(message().varint(1, 150), "089601"),
                Arguments.of(message().varint(1, -2), "08feffffffffffffffff01"),
                Arguments.of(message().varint(16, 127), "80017f"),
                Arguments.of(message().string(2, "testing"), "120774657374696e67"),
                Arguments.of(message().string(2, "ä"), "1202c3a4"),
                Arguments.of(message().message(3, message().varint(1, 150)), "1a03089601"),
                Arguments.of(message().float32(5, 1), "2d0000803f"),
                Arguments.of(message().float64(1, 1), "09000000000000f03f"),
                Arguments.of(
                        message()
                                .bytes(1, 3, out -> ProtobufMessage.write(text, out))
                                .message(
                                        2,
                                        message()
                                                .bytes(1, 3, out -> ProtobufMessage.write(text, out))
                                                .varint(2, 1))
                                .varint(3, 0),
                        "0a0301020312070a0301020310011800"));
    }

    @ParameterizedTest
    @MethodSource("encoded")
    void bytesAreThoseOfTheGuide(ProtobufMessage message, String hex) throws IOException {
        assertThat(message.size()).isEqualTo(hex.length() / 2);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        message.writeTo(Channels.newChannel(out));
        assertThat(HexFormat.of().formatHex(out.toByteArray())).isEqualTo(hex);
    }
}
