package dev.inlay.checkpoint.pth;

import dev.inlay.checkpoint.safetensors.Dtype;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a pickle may name to have something made: the few classes and functions of Python that weights need, as inert stand-ins. */
sealed interface Global {
    /** The type of elements, by the class of a storage or the name of a dtype; it is named, never called. */
    record ElementType(Dtype dtype) implements Global {}

    /** What calling it gives; the arguments are those in the file, unchecked. */
    non-sealed interface Callable extends Global {
        Object call(Object[] arguments);
    }

    /** A dtype of numpy; its byte order is set after it was made. */
    final class NumpyType {
        private final String code;
        private boolean littleEndian = true;

        /**
         * @param code a letter for the kind and the bytes of an element, as {@code i8}
         */
        NumpyType(String code) {
            this.code = code;
        }

        void setOrder(Object order) {
            littleEndian = "<".equals(order) || "|".equals(order);
        }
    }

    Map<String, Global> ALLOWED = allowed();

    /** The stand-in of a name; empty if it is none of the allowed, and then nothing is made of it. */
    static Optional<Global> named(String name) {
        return Optional.ofNullable(ALLOWED.get(name));
    }

    private static Map<String, Global> allowed() {
        Map<String, Global> all = new LinkedHashMap<>();
        Map.of(
                        "Double", Dtype.F64,
                        "Float", Dtype.F32,
                        "Half", Dtype.F16,
                        "BFloat16", Dtype.BF16,
                        "Long", Dtype.I64,
                        "Int", Dtype.I32,
                        "Short", Dtype.I16,
                        "Char", Dtype.I8,
                        "Byte", Dtype.U8,
                        "Bool", Dtype.BOOL)
                .forEach((name, dtype) -> {
                    all.put("torch." + name + "Storage", new ElementType(dtype));
                    all.put("torch.cuda." + name + "Storage", new ElementType(dtype));
                });
        List.of("torch.storage.UntypedStorage", "torch.storage._UntypedStorage")
                .forEach(name -> all.put(name, new ElementType(Dtype.U8)));
        Map.of(
                        "float64", Dtype.F64,
                        "float32", Dtype.F32,
                        "float16", Dtype.F16,
                        "bfloat16", Dtype.BF16,
                        "float8_e4m3fn", Dtype.F8_E4M3,
                        "float8_e5m2", Dtype.F8_E5M2)
                .forEach((name, dtype) -> all.put("torch." + name, new ElementType(dtype)));
        all.put("collections.OrderedDict", (Callable) Global::dictionary);
        all.put("collections.defaultdict", (Callable) Global::defaultDictionary);
        all.put("torch._utils._rebuild_tensor", (Callable) Global::tensor);
        all.put("torch._utils._rebuild_tensor_v2", (Callable) Global::tensor);
        all.put("torch._utils._rebuild_tensor_v3", (Callable) Global::tensorOfBytes);
        all.put("torch._utils._rebuild_parameter", (Callable) arguments -> arguments[0]);
        all.put("torch._utils._rebuild_parameter_with_state", (Callable) arguments -> arguments[0]);
        all.put("torch._tensor._rebuild_from_type_v2", (Callable) Global::ofSubclass);
        all.put("torch.Size", (Callable) arguments -> (Object[]) arguments[0]);
        all.put("numpy.dtype", (Callable) arguments -> new NumpyType((String) arguments[0]));
        all.put("numpy.core.multiarray.scalar", (Callable) Global::scalar);
        all.put("numpy._core.multiarray.scalar", (Callable) Global::scalar);
        all.put("_codecs.encode", (Callable) Global::encode);
        return Map.copyOf(all);
    }

    private static Object dictionary(Object[] arguments) {
        Map<Object, Object> map = new LinkedHashMap<>();
        if (arguments.length > 0) {
            for (Object pair : (List<?>) arguments[0]) {
                List<?> both = pair instanceof Object[] tuple ? Arrays.asList(tuple) : (List<?>) pair;
                map.put(TensorPickle.key(both.get(0)), both.get(1));
            }
        }
        return map;
    }

    /** The first argument makes what is missing, which here is nothing. */
    private static Object defaultDictionary(Object[] arguments) {
        return new LinkedHashMap<>();
    }

    private static Object tensor(Object[] arguments) {
        return arguments[0] instanceof Opaque storage ? ofStorage(storage) : view((Storage) arguments[0], arguments);
    }

    /** A tensor whose storage is bytes and whose type comes after its sizes, as torch writes newer types. */
    private static Object tensorOfBytes(Object[] arguments) {
        if (arguments[0] instanceof Opaque storage) {
            return ofStorage(storage);
        }
        if (arguments[6] instanceof Opaque type) {
            return new Opaque("a tensor of " + type);
        }
        Storage bytes = (Storage) arguments[0];
        return view(bytes.as(((ElementType) arguments[6]).dtype()), arguments);
    }

    private static Opaque ofStorage(Opaque storage) {
        return new Opaque("a tensor of " + storage);
    }

    private static TensorView view(Storage storage, Object[] arguments) {
        return new TensorView(
                storage, ((Number) arguments[1]).longValue(), integers((Object[]) arguments[2]), integers((Object[])
                        arguments[3]));
    }

    /** A subclass of a tensor, {@code (function, class, arguments, state)}: the tensor that it is. */
    private static Object ofSubclass(Object[] arguments) {
        return arguments[0] instanceof Opaque function
                ? new Opaque(function.type())
                : ((Callable) arguments[0]).call((Object[]) arguments[2]);
    }

    private static List<Long> integers(Object[] tuple) {
        if (tuple.length > TensorView.MAX_RANK) {
            throw new PthException(
                    "expected a tensor of at most " + TensorView.MAX_RANK + " sizes, found one of " + tuple.length);
        }
        List<Long> numbers = new ArrayList<>();
        for (Object number : tuple) {
            numbers.add(((Number) number).longValue());
        }
        return numbers;
    }

    private static Object scalar(Object[] arguments) {
        NumpyType type = (NumpyType) arguments[0];
        return type.littleEndian && NumpyScalar.isNumber(type.code)
                ? NumpyScalar.read(type.code, (byte[]) arguments[1])
                : new Opaque("numpy.generic");
    }

    /** How protocol 2 writes bytes: as the text of which they are the Latin-1 form. */
    private static Object encode(Object[] arguments) {
        return "latin1".equals(arguments[1])
                ? ((String) arguments[0]).getBytes(StandardCharsets.ISO_8859_1)
                : new Opaque("bytes");
    }
}
