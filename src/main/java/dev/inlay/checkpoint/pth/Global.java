package dev.inlay.checkpoint.pth;

import dev.inlay.checkpoint.safetensors.Dtype;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a pickle may name: the few classes and functions of Python that checkpoints need, as inert stand-ins. */
sealed interface Global {
    /** The class of a storage's elements; it is named, never called. */
    record StorageClass(Dtype dtype) implements Global {}

    /** What calling it gives; the arguments are those in the file, unchecked. */
    non-sealed interface Callable extends Global {
        Object call(Object[] arguments);
    }

    /** An {@code argparse.Namespace}; the settings in it are thrown away. */
    record Namespace() {}

    /**
     * Little-endian elements of numpy.
     *
     * @param code a letter for the kind and the bytes of an element, as {@code i8}
     */
    record NumpyType(String code) {}

    Map<String, Global> ALLOWED = allowed();

    /**
     * @throws Refusal if it is not one of the allowed
     */
    static Global named(String module, String name) {
        Global global = ALLOWED.get(module + "." + name);
        if (global == null) {
            throw new Refusal("expected tensors and plain values, found the class or function "
                    + Refusal.shown(module + "." + name)
                    + ", which is not read because it could run code; nothing was run."
                    + " Get the weights as safetensors, or save only model.state_dict() anew");
        }
        return global;
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
                    all.put("torch." + name + "Storage", new StorageClass(dtype));
                    all.put("torch.cuda." + name + "Storage", new StorageClass(dtype));
                });
        all.put("collections.OrderedDict", (Callable) Global::orderedDict);
        all.put("torch._utils._rebuild_tensor_v2", (Callable) Global::tensor);
        all.put("torch._utils._rebuild_parameter", (Callable) arguments -> (TensorView) arguments[0]);
        all.put("torch.Size", (Callable) arguments -> (Object[]) arguments[0]);
        all.put("argparse.Namespace", (Callable) arguments -> new Namespace());
        all.put("numpy.dtype", (Callable) arguments -> new NumpyType((String) arguments[0]));
        all.put("numpy.core.multiarray.scalar", (Callable) Global::scalar);
        all.put("numpy._core.multiarray.scalar", (Callable) Global::scalar);
        all.put("_codecs.encode", (Callable) Global::encode);
        return Map.copyOf(all);
    }

    private static Object orderedDict(Object[] arguments) {
        Map<Object, Object> map = new LinkedHashMap<>();
        if (arguments.length > 0) {
            for (Object pair : (List<?>) arguments[0]) {
                List<?> both = pair instanceof Object[] tuple ? Arrays.asList(tuple) : (List<?>) pair;
                map.put(TensorPickle.key(both.get(0)), both.get(1));
            }
        }
        return map;
    }

    private static Object tensor(Object[] arguments) {
        return new TensorView(
                (Storage) arguments[0],
                ((Number) arguments[1]).longValue(),
                integers((Object[]) arguments[2]),
                integers((Object[]) arguments[3]));
    }

    private static List<Long> integers(Object[] tuple) {
        if (tuple.length > TensorView.MAX_RANK) {
            throw new Refusal(
                    "expected a tensor of at most " + TensorView.MAX_RANK + " sizes, found one of " + tuple.length);
        }
        List<Long> numbers = new ArrayList<>();
        for (Object number : tuple) {
            numbers.add(((Number) number).longValue());
        }
        return numbers;
    }

    private static Object scalar(Object[] arguments) {
        return NumpyScalar.read(((NumpyType) arguments[0]).code(), (byte[]) arguments[1]);
    }

    /** How protocol 2 writes bytes: as the text of which they are the Latin-1 form. */
    private static Object encode(Object[] arguments) {
        if (!"latin1".equals(arguments[1])) {
            throw new Refusal("expected bytes written as latin1, found " + Refusal.shown(arguments[1]));
        }
        return ((String) arguments[0]).getBytes(StandardCharsets.ISO_8859_1);
    }
}
