package dev.inlay.onnx;

import dev.inlay.file.AtomicFile;
import dev.inlay.protobuf.ProtobufMessage;
import dev.inlay.tensor.Tensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Writes graphs as files of ONNX. A file that would exceed what Protocol Buffers can hold, 2 GiB, has its parameters in a second one beside it,
 * {@code NAME.data}.
 *
 * <p>Source: <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">onnx.proto</a>, whose field numbers the constants have, and
 * <a href="https://onnx.ai/onnx/repo-docs/ExternalData.html">External Data</a>.
 */
public final class OnnxFile {
    /** What goes with the opset, so that old readers take the file. */
    private static final int IR_VERSION = 8;

    private static final int MODEL_IR_VERSION = 1;
    private static final int MODEL_PRODUCER = 2;
    private static final int MODEL_GRAPH = 7;
    private static final int MODEL_OPSET = 8;
    private static final int MODEL_METADATA = 14;
    private static final int OPSET_VERSION = 2;
    private static final int GRAPH_NODE = 1;
    private static final int GRAPH_NAME = 2;
    private static final int GRAPH_PARAMETER = 5;
    private static final int GRAPH_INPUT = 11;
    private static final int GRAPH_OUTPUT = 12;
    private static final int VALUE_NAME = 1;
    private static final int VALUE_TYPE = 2;
    private static final int TYPE_TENSOR = 1;
    private static final int TENSOR_TYPE = 1;
    private static final int TENSOR_SHAPE = 2;
    private static final int SHAPE_SIZE = 1;
    private static final int SIZE_NUMBER = 1;
    private static final int SIZE_NAME = 2;
    private static final int PARAMETER_SIZE = 1;
    private static final int PARAMETER_TYPE = 2;
    private static final int PARAMETER_NAME = 8;
    private static final int PARAMETER_BYTES = 9;
    private static final int PARAMETER_EXTERNAL = 13;
    private static final int PARAMETER_LOCATION = 14;
    private static final int EXTERNAL = 1;
    private static final int PAIR_KEY = 1;
    private static final int PAIR_VALUE = 2;
    private static final int FLOAT = 1;
    private static final int INT64 = 7;

    /** Where a reader may map a parameter into its memory. */
    private static final int PAGE = 4096;

    private OnnxFile() {}

    /**
     * Replaces {@code file} by one that holds a graph.
     *
     * @param metadata what readers find as {@code metadata_props}
     * @throws dev.inlay.error.StorageException if it cannot be written
     */
    public static void write(Path file, OnnxGraph graph, Map<String, String> metadata) {
        write(file, graph, metadata, Integer.MAX_VALUE);
    }

    /**
     * Writes with another limit.
     *
     * @param limit bytes that the file may have
     */
    static void write(Path file, OnnxGraph graph, Map<String, String> metadata, long limit) {
        ProtobufMessage whole = model(graph, metadata, Map.of(), "");
        if (whole.size() <= limit) {
            AtomicFile.write(file, whole::writeTo);
            return;
        }
        Path data = file.resolveSibling(file.getFileName() + ".data");
        Map<String, Long> offsets = offsets(graph);
        AtomicFile.write(data, out -> {
            for (Map.Entry<String, Long> entry : offsets.entrySet()) {
                ProtobufMessage.write(new byte[Math.toIntExact(entry.getValue() - out.position())], out);
                writeBytes(graph.parameters().get(entry.getKey()), out);
            }
        });
        ProtobufMessage model =
                model(graph, metadata, offsets, data.getFileName().toString());
        AtomicFile.write(file, model::writeTo);
    }

    /** Where each parameter that is worth a page is in the second file. */
    private static Map<String, Long> offsets(OnnxGraph graph) {
        Map<String, Long> offsets = new LinkedHashMap<>();
        long end = 0;
        for (Map.Entry<String, Tensor> parameter : graph.parameters().entrySet()) {
            long bytes = byteLength(parameter.getValue());
            if (bytes >= PAGE) {
                long start = (end + PAGE - 1) / PAGE * PAGE;
                offsets.put(parameter.getKey(), start);
                end = start + bytes;
            }
        }
        return offsets;
    }

    private static ProtobufMessage model(
            OnnxGraph graph, Map<String, String> metadata, Map<String, Long> offsets, String data) {
        ProtobufMessage inner = new ProtobufMessage();
        graph.nodes().forEach(node -> inner.message(GRAPH_NODE, node));
        inner.string(GRAPH_NAME, "inlay");
        graph.parameters()
                .forEach((name, tensor) ->
                        inner.message(GRAPH_PARAMETER, parameter(name, tensor, offsets.get(name), data)));
        graph.inputs().forEach((name, sizes) -> inner.message(GRAPH_INPUT, value(name, sizes)));
        graph.outputs().forEach((name, sizes) -> inner.message(GRAPH_OUTPUT, value(name, sizes)));
        ProtobufMessage model = new ProtobufMessage()
                .varint(MODEL_IR_VERSION, IR_VERSION)
                .string(MODEL_PRODUCER, "Inlay")
                .message(MODEL_GRAPH, inner)
                .message(MODEL_OPSET, new ProtobufMessage().varint(OPSET_VERSION, OnnxGraph.OPSET));
        metadata.forEach((key, text) -> model.message(MODEL_METADATA, pair(key, text)));
        return model;
    }

    /**
     * A parameter.
     *
     * @param offset of its bytes in the second file, or null if they are here
     */
    private static ProtobufMessage parameter(String name, Tensor tensor, Long offset, String data) {
        ProtobufMessage parameter = new ProtobufMessage();
        for (long size : Tensors.shape(tensor)) {
            parameter.varint(PARAMETER_SIZE, size);
        }
        parameter.varint(PARAMETER_TYPE, isInteger(tensor) ? INT64 : FLOAT).string(PARAMETER_NAME, name);
        if (offset == null) {
            return parameter.bytes(PARAMETER_BYTES, byteLength(tensor), out -> writeBytes(tensor, out));
        }
        return parameter
                .message(PARAMETER_EXTERNAL, pair("location", data))
                .message(PARAMETER_EXTERNAL, pair("offset", offset.toString()))
                .message(PARAMETER_EXTERNAL, pair("length", Long.toString(byteLength(tensor))))
                .varint(PARAMETER_LOCATION, EXTERNAL);
    }

    private static ProtobufMessage value(String name, long[] sizes) {
        ProtobufMessage shape = new ProtobufMessage().message(SHAPE_SIZE, new ProtobufMessage().string(SIZE_NAME, "N"));
        for (long size : sizes) {
            shape.message(SHAPE_SIZE, new ProtobufMessage().varint(SIZE_NUMBER, size));
        }
        ProtobufMessage tensor =
                new ProtobufMessage().varint(TENSOR_TYPE, FLOAT).message(TENSOR_SHAPE, shape);
        return new ProtobufMessage()
                .string(VALUE_NAME, name)
                .message(VALUE_TYPE, new ProtobufMessage().message(TYPE_TENSOR, tensor));
    }

    private static ProtobufMessage pair(String key, String value) {
        return new ProtobufMessage().string(PAIR_KEY, key).string(PAIR_VALUE, value);
    }

    private static boolean isInteger(Tensor tensor) {
        return tensor.scalar_type().intern() == ScalarType.Long;
    }

    private static long byteLength(Tensor tensor) {
        return tensor.numel() * tensor.element_size();
    }

    private static void writeBytes(Tensor tensor, WritableByteChannel out) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.toIntExact(byteLength(tensor))).order(ByteOrder.LITTLE_ENDIAN);
        if (isInteger(tensor)) {
            bytes.asLongBuffer().put(Tensors.longs(tensor));
        } else {
            bytes.asFloatBuffer().put(Tensors.floats(tensor));
        }
        ProtobufMessage.write(bytes.array(), out);
    }
}
