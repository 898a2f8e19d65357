package dev.inlay.checkpoint.safetensors;

import java.nio.ByteBuffer;

/** The bytes of elements to Java numbers, in the byte order of their buffer. */
public final class Decode {
    private Decode() {}

    /**
     * Widens or narrows all elements of {@code from}, which starts at 0, into {@code to} from {@code at} on.
     *
     * @throws IllegalArgumentException if {@code dtype} is not floating-point
     */
    public static void floats(Dtype dtype, ByteBuffer from, float[] to, int at) {
        int count = from.remaining() / dtype.bytes();
        switch (dtype) {
            case F32 -> from.asFloatBuffer().get(to, at, count);
            case F64 -> {
                for (int i = 0; i < count; i++) {
                    to[at + i] = (float) from.getDouble(i * Double.BYTES);
                }
            }
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    to[at + i] = half(from.getShort(i * Short.BYTES));
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    to[at + i] = Float.intBitsToFloat(from.getShort(i * Short.BYTES) << 16);
                }
            }
            case F8_E4M3 -> {
                for (int i = 0; i < count; i++) {
                    to[at + i] = e4m3(from.get(i));
                }
            }
            case F8_E5M2 -> {
                for (int i = 0; i < count; i++) {
                    to[at + i] = half((short) (from.get(i) << Byte.SIZE));
                }
            }
            default -> throw new IllegalArgumentException(dtype + " is not floating-point");
        }
    }

    /**
     * Widens all elements of {@code from}, integers or booleans starting at 0, into {@code to} from {@code at} on.
     *
     * @throws IllegalArgumentException if {@code dtype} is floating-point
     */
    public static void longs(Dtype dtype, ByteBuffer from, long[] to, int at) {
        int count = from.remaining() / dtype.bytes();
        for (int i = 0; i < count; i++) {
            to[at + i] = switch (dtype) {
                case I64 -> from.getLong(i * Long.BYTES);
                case I32 -> from.getInt(i * Integer.BYTES);
                case I16 -> from.getShort(i * Short.BYTES);
                case I8 -> from.get(i);
                case U8 -> Byte.toUnsignedLong(from.get(i));
                case BOOL -> from.get(i) == 0 ? 0 : 1;
                default -> throw new IllegalArgumentException(dtype + " is not an integer");
            };
        }
    }

    /** The value of a half-precision number: 1 sign bit, 5 of exponent (bias 15), 10 of fraction. */
    static float half(short bits) {
        int sign = (bits & 0x8000) << 16;
        int exponent = (bits >> 10) & 0x1f;
        int fraction = bits & 0x3ff;
        if (exponent == 0x1f) {
            return Float.intBitsToFloat(sign | 0x7f800000 | (fraction << 13));
        }
        if (exponent == 0) {
            float magnitude = fraction * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        return Float.intBitsToFloat(sign | ((exponent + 127 - 15) << 23) | (fraction << 13));
    }

    /** The value of 8 bits: 1 sign bit, 4 of exponent (bias 7), 3 of fraction; all ones are no number. */
    static float e4m3(byte bits) {
        int exponent = (bits >> 3) & 0xf;
        int fraction = bits & 0x7;
        float magnitude;
        if ((bits & 0x7f) == 0x7f) {
            magnitude = Float.NaN;
        } else if (exponent == 0) {
            magnitude = fraction * 0x1p-9f;
        } else {
            magnitude = Math.scalb(1 + fraction / 8f, exponent - 7);
        }
        return bits < 0 ? -magnitude : magnitude;
    }
}
