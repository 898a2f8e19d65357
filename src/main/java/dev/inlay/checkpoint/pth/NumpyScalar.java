package dev.inlay.checkpoint.pth;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Single numbers of numpy. */
final class NumpyScalar {
    private NumpyScalar() {}

    /**
     * @param code the kind and size of the number, as {@code f4}
     * @param bytes the number, little-endian
     * @return a {@link Long}, a {@link Double} or a {@link Boolean}
     * @throws Refusal if the code is not one of numbers, or the bytes are too many or too few
     */
    static Object read(String code, byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (!code.matches("(b1|[iu][1248]|f[48])") || bytes.length != code.charAt(1) - '0') {
            throw new Refusal("expected a number of numpy, found one of type '" + Refusal.shown(code) + "' in "
                    + bytes.length + " bytes");
        }
        return switch (code) {
            case "b1" -> buffer.get() != 0;
            case "i1" -> (long) buffer.get();
            case "i2" -> (long) buffer.getShort();
            case "i4" -> (long) buffer.getInt();
            case "i8", "u8" -> buffer.getLong();
            case "u1" -> Byte.toUnsignedLong(buffer.get());
            case "u2" -> Short.toUnsignedLong(buffer.getShort());
            case "u4" -> Integer.toUnsignedLong(buffer.getInt());
            case "f4" -> (double) buffer.getFloat();
            default -> buffer.getDouble();
        };
    }
}
