package dev.inlay.checkpoint.pth;

import dev.inlay.checkpoint.pth.Global.Callable;
import dev.inlay.checkpoint.pth.Global.ElementType;
import dev.inlay.checkpoint.pth.Global.NumpyType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import net.razorvine.pickle.Opcodes;
import net.razorvine.pickle.PickleException;
import net.razorvine.pickle.Unpickler;

/**
 * Pickles of protocol 2 to 5 as {@code torch.save} writes them. Every instruction that names, calls or fills something
 * is carried out here, on the stand-ins of {@link Global}; the library only decodes plain values. Tensors become
 * {@link TensorView}s, tuples {@code Object[]}, lists {@link List}s, dictionaries {@link Map}s in the order of the file,
 * and what is none of these {@link Opaque}.
 *
 * <p>Nothing here or later walks the values recursively, and keys of dictionaries are plain, so neither depth nor a
 * value that contains itself does harm.
 */
final class TensorPickle extends Unpickler {
    static final int MAX_BYTES = 32 << 20;
    private static final int MAX_STEPS = 4_000_000;
    private static final int MAX_MEMO = 1_000_000;
    private static final int MAX_STACK = 100_000;
    private static final int MAX_NESTING = 1_000;
    private static final int MAX_NAME = 256;

    /** Nothing is run whatever a pickle names, but one that names these was made to do harm. */
    private static final Pattern HARMFUL = Pattern.compile(
            "(os|posix|nt|subprocess|pty|runpy|shutil|socket|webbrowser|importlib)\\..*"
                    + "|(__builtin__|builtins)\\.(eval|exec|execfile|compile|open|__import__)",
            Pattern.DOTALL);

    private final ByteArrayInputStream bytes;
    private final Map<String, Storage> storages = new LinkedHashMap<>();
    private final Set<String> otherStorages = new LinkedHashSet<>();
    private final Map<String, Integer> passedOver = new LinkedHashMap<>();
    private final Deque<Integer> marks = new ArrayDeque<>();
    private int steps;

    /**
     * @param bytes from where the pickle begins; may hold more than it
     */
    TensorPickle(ByteArrayInputStream bytes) {
        this.bytes = bytes;
    }

    /**
     * The value, after which {@code bytes} stand behind the pickle.
     *
     * @throws PthException if the pickle is damaged or beyond a limit
     */
    Object read() {
        try {
            return load(bytes);
        } catch (PthException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new PthException(e.getMessage() + "; the file is damaged, get it again", e);
        } catch (IOException | RuntimeException e) {
            // whatever the stack and the casts of faulty instructions throw
            throw new PthException(
                    "expected a pickle of tensors, found one that ends early or whose instructions do not fit its values;"
                            + " the file is damaged, get it again",
                    e);
        }
    }

    /** The types of the storages whose elements are not read. */
    Set<String> otherStorages() {
        return Collections.unmodifiableSet(otherStorages);
    }

    /** The storages of the tensors read so far, by key, in the order of the file. */
    Map<String, Storage> storages() {
        return storages;
    }

    @Override
    protected Object dispatch(short opcode) throws PickleException, IOException {
        require(++steps <= MAX_STEPS, "instructions", MAX_STEPS);
        require(memo.size() <= MAX_MEMO, "remembered values", MAX_MEMO);
        require(stack.size() <= MAX_STACK, "values at once", MAX_STACK);
        switch (opcode) {
            case Opcodes.GLOBAL -> stack.add(named(line(), line()));
            case Opcodes.STACK_GLOBAL -> {
                String name = (String) stack.pop();
                stack.add(named((String) stack.pop(), name));
            }
            case Opcodes.REDUCE, Opcodes.NEWOBJ -> {
                Object arguments = stack.pop();
                stack.add(called(stack.pop(), arguments));
            }
            case Opcodes.NEWOBJ_EX -> {
                stack.pop(); // the arguments by name
                Object arguments = stack.pop();
                stack.add(called(stack.pop(), arguments));
            }
            case Opcodes.POP -> stack.pop();
            case Opcodes.EMPTY_SET -> stack.add(counted(new Opaque("set")));
            case Opcodes.ADDITEMS -> sinceMark();
            case Opcodes.FROZENSET -> {
                sinceMark();
                stack.add(counted(new Opaque("frozenset")));
            }
            case Opcodes.BUILD -> fill(stack.pop());
            case Opcodes.EMPTY_DICT -> stack.add(new LinkedHashMap<>());
            case Opcodes.SETITEM -> {
                Object value = stack.pop();
                Object key = key(stack.pop());
                dictionary().put(key, value);
            }
            case Opcodes.SETITEMS -> {
                List<Object> pairs = sinceMark();
                Map<Object, Object> target = dictionary();
                for (int i = 0; i < pairs.size(); i += 2) {
                    target.put(key(pairs.get(i)), pairs.get(i + 1));
                }
            }
            case Opcodes.APPENDS -> {
                List<Object> values = sinceMark();
                append(values);
            }
            case Opcodes.APPEND -> {
                Object value = stack.pop();
                append(Collections.singletonList(value));
            }
            case Opcodes.TUPLE -> stack.add(sinceMark().toArray());
            case Opcodes.MARK -> {
                require(marks.size() < MAX_NESTING, "values within one another", MAX_NESTING);
                marks.push(stack.size());
            }
            case Opcodes.SHORT_BINUNICODE -> stack.add(text(bytes.read()));
            case Opcodes.BINUNICODE -> stack.add(text(length()));
            case Opcodes.BINUNICODE8 -> stack.add(text(longLength()));
            case Opcodes.SHORT_BINSTRING -> stack.add(latin(bytes.read()));
            case Opcodes.BINSTRING -> stack.add(latin(length()));
            case Opcodes.SHORT_BINBYTES -> stack.add(take(bytes.read()));
            case Opcodes.BINBYTES -> stack.add(take(length()));
            case Opcodes.BINBYTES8, Opcodes.BYTEARRAY8 -> stack.add(take(longLength()));
            case Opcodes.LONG4 -> {
                take(length());
                stack.add(counted(new Opaque("a very long integer")));
            }
            case Opcodes.PROTO,
                    Opcodes.FRAME,
                    Opcodes.STOP,
                    Opcodes.NONE,
                    Opcodes.NEWTRUE,
                    Opcodes.NEWFALSE,
                    Opcodes.BININT,
                    Opcodes.BININT1,
                    Opcodes.BININT2,
                    Opcodes.LONG1,
                    Opcodes.BINFLOAT,
                    Opcodes.EMPTY_TUPLE,
                    Opcodes.TUPLE1,
                    Opcodes.TUPLE2,
                    Opcodes.TUPLE3,
                    Opcodes.EMPTY_LIST,
                    Opcodes.BINGET,
                    Opcodes.LONG_BINGET,
                    Opcodes.BINPUT,
                    Opcodes.LONG_BINPUT,
                    Opcodes.MEMOIZE,
                    Opcodes.BINPERSID -> {
                return super.dispatch(opcode);
            }
            default ->
                throw new PthException("expected a pickle as torch.save writes it, found the instruction 0x"
                        + Integer.toHexString(opcode) + ", which is not read; nothing was run");
        }
        return NO_RETURN_VALUE;
    }

    private Object named(String module, String name) {
        String whole = module + "." + name;
        Optional<Global> allowed = Global.named(whole);
        if (allowed.isPresent()) {
            return allowed.get();
        }
        String shown = PthException.shown(whole);
        if (HARMFUL.matcher(whole).matches()) {
            throw new PthException("expected tensors and plain values, found the function " + shown
                    + ", which runs whatever it is given; nothing was run. Get the weights from somewhere else,"
                    + " best as safetensors");
        }
        passedOver.putIfAbsent(shown, 0);
        return new Opaque(shown);
    }

    private Object called(Object callable, Object arguments) {
        Object made = callable instanceof Opaque foreign
                ? new Opaque(foreign.type())
                : ((Callable) callable).call((Object[]) arguments);
        return made instanceof Opaque opaque ? counted(opaque) : made;
    }

    private Opaque counted(Opaque value) {
        passedOver.merge(value.type(), 1, Integer::sum);
        return value;
    }

    /**
     * A tensor's storage: {@code ('storage', class, key, device, elements)}, in old files followed by a view; in those also
     * {@code ('module', class, …)}, which is the class.
     */
    @Override
    protected Object persistentLoad(Object id) {
        Object[] parts = (Object[]) id;
        if ("module".equals(parts[0]) && parts[1] instanceof Opaque) {
            return parts[1];
        }
        if (!"storage".equals(parts[0]) || parts.length > 5 && parts[5] != null) {
            throw new PthException("expected a plain storage, found one of kind '" + PthException.shown(parts[0])
                    + "' in " + parts.length + " parts; load and save the file with a newer torch");
        }
        if (parts[1] instanceof Opaque type) {
            otherStorages.add(type.type());
            return type;
        }
        Storage storage =
                new Storage((String) parts[2], ((ElementType) parts[1]).dtype(), ((Number) parts[4]).longValue());
        Storage known = storages.putIfAbsent(storage.key(), storage);
        if (known != null && !known.equals(storage)) {
            throw new PthException("storage '" + PthException.shown(storage.key()) + "': expected " + known.elements()
                    + " " + known.dtype() + " everywhere, found " + storage.elements() + " " + storage.dtype());
        }
        return storage;
    }

    /** What was named or made that is not on the allow-list: its name to how many values of it there were. */
    Map<String, Integer> passedOver() {
        return Collections.unmodifiableMap(passedOver);
    }

    /** The key if it is text, a number or a truth value; of any other, whose content is never compared, a stand-in. */
    static Object key(Object key) {
        return key instanceof String || key instanceof Number || key instanceof Boolean ? key : new Opaque("a key");
    }

    /** What is set on an object after it was made, in so far as it matters. */
    private void fill(Object state) {
        Object target = stack.peek();
        if (target instanceof NumpyType type) {
            type.setOrder(((Object[]) state)[1]);
        } else if (target instanceof Opaque foreign) {
            if (state instanceof Map<?, ?> attributes) {
                attributes.forEach(foreign.items()::put);
            }
        } else if (!(target instanceof Map) && !(target instanceof TensorView)) {
            throw new PthException("expected attributes of a dictionary or a tensor, found some of another kind");
        }
    }

    @SuppressWarnings("unchecked")
    private Map<Object, Object> dictionary() {
        return stack.peek() instanceof Opaque foreign ? foreign.items() : (Map<Object, Object>) stack.peek();
    }

    /** What a subclass of a list holds is not kept. */
    @SuppressWarnings("unchecked")
    private void append(List<Object> values) {
        if (!(stack.peek() instanceof Opaque)) {
            ((List<Object>) stack.peek()).addAll(values);
        }
    }

    private List<Object> sinceMark() {
        int mark = marks.pop();
        List<Object> values = new ArrayList<>();
        while (stack.size() > mark) {
            values.add(stack.pop());
        }
        Collections.reverse(values);
        return values;
    }

    private String line() {
        StringBuilder line = new StringBuilder();
        for (int next = bytes.read(); next != '\n'; next = bytes.read()) {
            if (next < 0 || line.length() == MAX_NAME) {
                throw new PthException("expected the name of a class, found none that ends");
            }
            line.append((char) next);
        }
        return line.toString();
    }

    private String text(long length) {
        return new String(take(length), StandardCharsets.UTF_8);
    }

    private String latin(long length) {
        return new String(take(length), StandardCharsets.ISO_8859_1);
    }

    private long length() {
        return Integer.toUnsignedLong(little(Integer.BYTES).getInt());
    }

    private long longLength() {
        return little(Long.BYTES).getLong();
    }

    private ByteBuffer little(int count) {
        return ByteBuffer.wrap(take(count)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private byte[] take(long count) {
        if (count < 0 || count > bytes.available()) {
            throw new PthException("expected a value of " + count + " bytes, found only " + bytes.available()
                    + " left; the file is damaged, get it again");
        }
        byte[] taken = new byte[(int) count];
        bytes.readNBytes(taken, 0, taken.length);
        return taken;
    }

    private static void require(boolean holds, String what, int limit) {
        if (!holds) {
            throw new PthException("expected a pickle of at most " + limit + " " + what + ", found more");
        }
    }
}
