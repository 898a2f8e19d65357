package dev.inlay.onnx;

import dev.inlay.protobuf.ProtobufMessage;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;

/**
 * A graph of ONNX being put together from operators of opset {@value #OPSET}. Dimension 0 of every value is the batch, whose size the
 * graph leaves open; all other sizes are numbers. It is made and written within one {@link org.bytedeco.javacpp.PointerScope}.
 *
 * <p>Source: <a href="https://onnx.ai/onnx/operators/">the operators</a> and
 * <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">onnx.proto</a>, whose field numbers the constants have.
 */
public final class OnnxGraph {
    /** The first opset with LayerNormalization; read by ONNX Runtime from 1.12 on. */
    static final int OPSET = 17;

    /** The size that a {@link #reshape} takes from its input. */
    public static final long SAME = 0;

    /** An input that an operator goes without. */
    private static final Value ABSENT = new Value("");

    private static final int NODE_INPUT = 1;
    private static final int NODE_OUTPUT = 2;
    private static final int NODE_NAME = 3;
    private static final int NODE_OPERATOR = 4;
    private static final int NODE_ATTRIBUTE = 5;
    private static final int ATTRIBUTE_NAME = 1;
    private static final int ATTRIBUTE_FLOAT = 2;
    private static final int ATTRIBUTE_INT = 3;
    private static final int ATTRIBUTE_STRING = 4;
    private static final int ATTRIBUTE_INTS = 8;
    private static final int ATTRIBUTE_TYPE = 20;
    private static final int TYPE_FLOAT = 1;
    private static final int TYPE_INT = 2;
    private static final int TYPE_STRING = 3;
    private static final int TYPE_INTS = 7;

    private final List<ProtobufMessage> nodes = new ArrayList<>();
    private final Map<String, Tensor> tensors;
    private final Map<String, Tensor> parameters = new LinkedHashMap<>();
    private final Map<String, long[]> inputs = new LinkedHashMap<>();
    private final Map<String, long[]> outputs = new LinkedHashMap<>();

    /**
     * What an operator takes or gives.
     *
     * @param name unique in its graph
     */
    public record Value(String name) {}

    /**
     * A value (B, channels, height, width).
     *
     * @param channels at every place
     * @param height rows of places
     * @param width places in a row
     */
    public record ValueMap(Value value, long channels, long height, long width) {}

    /**
     * A graph without nodes.
     *
     * @param tensors from which its parameters are taken; borrowed until the graph is written
     */
    public OnnxGraph(Map<String, Tensor> tensors) {
        this.tensors = tensors;
    }

    /**
     * Adds an input.
     *
     * @param sizes those behind the batch
     */
    public Value input(String name, long... sizes) {
        inputs.put(name, sizes);
        return new Value(name);
    }

    /**
     * Gives a value a name and makes it an output.
     *
     * @param sizes those behind the batch
     */
    public void output(String name, Value value, long... sizes) {
        outputs.put(name, sizes);
        add("Identity", List.of(value), List.of(name));
    }

    /** Returns one of the tensors, for a constant to be made of it. */
    public Tensor tensor(String name) {
        return tensors.get(name);
    }

    /** Returns one of the tensors as it is. */
    public Value parameter(String name) {
        return constant(name, tensors.get(name));
    }

    /**
     * Returns a tensor that is not among those of the constructor.
     *
     * @param name the same for equal ones, which are stored once
     * @param tensor float32 or int64; borrowed until the graph is written
     */
    public Value constant(String name, Tensor tensor) {
        parameters.putIfAbsent(name, tensor);
        return new Value(name);
    }

    private Value number(double value) {
        return constant("number_" + value, Tensors.of(new float[] {(float) value}));
    }

    private Value integers(long... values) {
        String name = LongStream.of(values).mapToObj(Long::toString).collect(Collectors.joining("_", "integers_", ""));
        return constant(name, Tensors.of(values, values.length));
    }

    /** Returns x + y, broadcast. */
    public Value add(Value x, Value y) {
        return node("Add", List.of(x, y));
    }

    /** Returns x ⊙ y, broadcast. */
    public Value multiply(Value x, Value y) {
        return node("Mul", List.of(x, y));
    }

    /** Returns a multiple of x. */
    public Value scale(Value x, double by) {
        return multiply(x, number(by));
    }

    /** Returns the products of the matrices in the last two dimensions. */
    public Value product(Value x, Value y) {
        return node("MatMul", List.of(x, y));
    }

    /**
     * Returns the product of the last dimension with {@code NAME.weight}, (out, in), which is stored transposed, as the operator takes it.
     *
     * @param name of a linear layer; the filters of a convolution are taken as a matrix
     */
    public Value product(Value x, String name) {
        String weight = name + ".weight";
        return product(
                x, constant(weight + ".T", tensors.get(weight).flatten(1, -1).t()));
    }

    /** Returns what a linear layer with a bias makes of the last dimension. */
    public Value linear(Value x, String name) {
        return add(product(x, name), parameter(name + ".bias"));
    }

    /** Returns the LayerNorm of the last dimension with {@code NAME.weight} and {@code NAME.bias}. */
    public Value norm(Value x, String name, double eps) {
        return node(
                "LayerNormalization",
                List.of(x, parameter(name + ".weight"), parameter(name + ".bias")),
                attribute("axis", -1L),
                attribute("epsilon", eps));
    }

    /** Returns the softmax over the last dimension. */
    public Value softmax(Value x) {
        return node("Softmax", List.of(x), attribute("axis", -1L));
    }

    /** Returns σ(x). */
    public Value sigmoid(Value x) {
        return node("Sigmoid", List.of(x));
    }

    /** Returns x Φ(x), in the form that runtimes recognise; ONNX has it as one operator from opset 20 on. */
    public Value gelu(Value x) {
        Value erf = node("Erf", List.of(node("Div", List.of(x, number(Math.sqrt(2))))));
        return scale(multiply(x, add(erf, number(1))), 0.5);
    }

    /**
     * Returns the convolution of (B, in, H, W) with {@code NAME.weight}, and with {@code NAME.bias} if there is one.
     *
     * @param stride in both directions
     * @param padding on all four sides
     * @param groups of channels that are kept apart
     */
    public Value convolution(Value x, String name, long stride, long padding, long groups) {
        List<Value> in = new ArrayList<>(List.of(x, parameter(name + ".weight")));
        if (tensors.containsKey(name + ".bias")) {
            in.add(parameter(name + ".bias"));
        }
        return node(
                "Conv",
                in,
                attribute("strides", stride, stride),
                attribute("pads", padding, padding, padding, padding),
                attribute("group", groups));
    }

    /**
     * Returns x in another shape.
     *
     * @param sizes of all dimensions; {@link #SAME} for one that stays, as that of the batch
     */
    public Value reshape(Value x, long... sizes) {
        return node("Reshape", List.of(x, integers(sizes)));
    }

    /** Returns tokens (B, height · width, channels), row by row, as a map. */
    public ValueMap map(Value tokens, long channels, long height, long width) {
        return new ValueMap(
                reshape(transpose(tokens, 0, 2, 1), SAME, channels, height, width), channels, height, width);
    }

    /** Returns a map resized bilinearly, corners not aligned, as torch's {@code interpolate} does. */
    public ValueMap resized(ValueMap map, long height, long width) {
        if (map.height == height && map.width == width) {
            return map;
        }
        Value kept = node("Shape", List.of(map.value), attribute("start", 0L), attribute("end", 2L));
        Value sizes = concatenate(List.of(kept, integers(height, width)), 0);
        Value resized = node(
                "Resize",
                List.of(map.value, ABSENT, ABSENT, sizes),
                attribute("mode", "linear"),
                attribute("coordinate_transformation_mode", "half_pixel"));
        return new ValueMap(resized, map.channels, height, width);
    }

    /** Returns ReLU(x). */
    public Value relu(Value x) {
        return node("Relu", List.of(x));
    }

    /** Returns x with its dimensions in another order. */
    public Value transpose(Value x, long... dimensions) {
        return node("Transpose", List.of(x), attribute("perm", dimensions));
    }

    /**
     * Returns a part of a dimension.
     *
     * @param from first index
     * @param to behind the last index
     */
    public Value slice(Value x, long dimension, long from, long to) {
        return node("Slice", List.of(x, integers(from), integers(to), integers(dimension)));
    }

    /**
     * Returns equal parts of a dimension.
     *
     * @param size of each
     * @param count how many
     */
    public List<Value> split(Value x, long dimension, long size, int count) {
        List<String> names = IntStream.range(0, count)
                .mapToObj(i -> "Split_" + nodes.size() + "_" + i)
                .toList();
        long[] sizes = new long[count];
        Arrays.fill(sizes, size);
        add("Split", List.of(x, integers(sizes)), names, attribute("axis", dimension));
        return names.stream().map(Value::new).toList();
    }

    /** Returns the values one behind the other. */
    public Value concatenate(List<Value> values, long dimension) {
        return node("Concat", values, attribute("axis", dimension));
    }

    /**
     * Returns x moved cyclically, as {@code torch.roll} does.
     *
     * @param size of the dimension
     * @param by how far towards higher indices, in (-size, size)
     */
    public Value roll(Value x, long dimension, long size, long by) {
        if (by == 0) {
            return x;
        }
        long first = Math.floorMod(-by, size);
        return concatenate(List.of(slice(x, dimension, first, size), slice(x, dimension, 0, first)), dimension);
    }

    /**
     * Returns x with zeros behind.
     *
     * @param behind how many for each dimension
     */
    public Value pad(Value x, long... behind) {
        if (LongStream.of(behind).sum() == 0) {
            return x;
        }
        long[] pads = new long[2 * behind.length];
        System.arraycopy(behind, 0, pads, behind.length, behind.length);
        return node("Pad", List.of(x, integers(pads)));
    }

    /** Returns the mean over a dimension, which is left out. */
    public Value mean(Value x, long dimension) {
        return node("ReduceMean", List.of(x), attribute("axes", new long[] {dimension}), attribute("keepdims", 0L));
    }

    /**
     * Returns a copy for every image.
     *
     * @param one (1, N, D)
     * @param sizes N and D
     * @param batch a value with the batch's size
     */
    public Value perImage(Value one, Value batch, long... sizes) {
        Value images = node("Shape", List.of(batch), attribute("start", 0L), attribute("end", 1L));
        return node("Expand", List.of(one, concatenate(List.of(images, integers(sizes)), 0)));
    }

    private Value node(String operator, List<Value> in, ProtobufMessage... attributes) {
        String name = operator + "_" + nodes.size();
        add(operator, in, List.of(name), attributes);
        return new Value(name);
    }

    private void add(String operator, List<Value> in, List<String> out, ProtobufMessage... attributes) {
        ProtobufMessage node = new ProtobufMessage();
        in.forEach(value -> node.string(NODE_INPUT, value.name()));
        out.forEach(name -> node.string(NODE_OUTPUT, name));
        node.string(NODE_NAME, operator + "_" + nodes.size()).string(NODE_OPERATOR, operator);
        for (ProtobufMessage attribute : attributes) {
            node.message(NODE_ATTRIBUTE, attribute);
        }
        nodes.add(node);
    }

    private static ProtobufMessage attribute(String name, long value) {
        return new ProtobufMessage()
                .string(ATTRIBUTE_NAME, name)
                .varint(ATTRIBUTE_INT, value)
                .varint(ATTRIBUTE_TYPE, TYPE_INT);
    }

    private static ProtobufMessage attribute(String name, double value) {
        return new ProtobufMessage()
                .string(ATTRIBUTE_NAME, name)
                .float32(ATTRIBUTE_FLOAT, (float) value)
                .varint(ATTRIBUTE_TYPE, TYPE_FLOAT);
    }

    private static ProtobufMessage attribute(String name, String text) {
        return new ProtobufMessage()
                .string(ATTRIBUTE_NAME, name)
                .string(ATTRIBUTE_STRING, text)
                .varint(ATTRIBUTE_TYPE, TYPE_STRING);
    }

    private static ProtobufMessage attribute(String name, long... values) {
        ProtobufMessage attribute = new ProtobufMessage().string(ATTRIBUTE_NAME, name);
        for (long value : values) {
            attribute.varint(ATTRIBUTE_INTS, value);
        }
        return attribute.varint(ATTRIBUTE_TYPE, TYPE_INTS);
    }

    /** Returns the nodes, each behind those whose values it takes. */
    List<ProtobufMessage> nodes() {
        return nodes;
    }

    /** Returns name to value. */
    Map<String, Tensor> parameters() {
        return parameters;
    }

    /** Returns name to the sizes behind the batch. */
    Map<String, long[]> inputs() {
        return inputs;
    }

    /** Returns name to the sizes behind the batch. */
    Map<String, long[]> outputs() {
        return outputs;
    }
}
