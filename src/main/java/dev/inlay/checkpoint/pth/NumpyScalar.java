package dev.inlay.checkpoint.pth;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.regex.Pattern;

/** Single numbers of numpy. */
final class NumpyScalar {
    private static final Pattern NUMBER = Pattern.compile("b1|[iu][1248]|f[48]");

    private NumpyScalar() {}

    /** Whether a code is that of a number that {@link #read} makes. */
    static boolean isNumber(String code) {
        return NUMBER.matcher(code).matches();
    }

    /**
     * A number.
     *
     * @param code one that {@link #isNumber} says, as {@code f4}
     * @param bytes the number, little-endian
     * @return a {@link Long}, a {@link Double} or a {@link Boolean}
     * @throws PthException if the bytes are too many or too few
     */
    static Object read(String code, byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length != code.charAt(1) - '0') {
            throw new PthException("expected a number of numpy, found one of type '" + PthException.shown(code)
                    + "' in " + bytes.length + " bytes");
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
