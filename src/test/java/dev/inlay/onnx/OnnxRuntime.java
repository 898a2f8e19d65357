package dev.inlay.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.inlay.tensor.Tensors;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Files of ONNX, computed by ONNX Runtime. */
public final class OnnxRuntime {
    private OnnxRuntime() {}

    /** What the output {@code logits} is for the input {@code images}. */
    public static Tensor logits(Path model, Tensor images) {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            FloatBuffer pixels = FloatBuffer.wrap(Tensors.floats(images));
            try (OrtSession session = environment.createSession(model.toString(), options);
                    OnnxTensor in = OnnxTensor.createTensor(environment, pixels, Tensors.shape(images));
                    OrtSession.Result out = session.run(Map.of("images", in))) {
                OnnxTensor logits = (OnnxTensor) out.get("logits").orElseThrow();
                float[] values = new float[logits.getFloatBuffer().remaining()];
                logits.getFloatBuffer().get(values);
                return Tensors.of(values, logits.getInfo().getShape());
            }
        } catch (OrtException e) {
            throw new AssertionError(e);
        }
    }

    /** The {@code metadata_props}. */
    public static Map<String, String> metadata(Path model) {
        try (OrtSession session = OrtEnvironment.getEnvironment().createSession(model.toString())) {
            return session.getMetadata().getCustomMetadata();
        } catch (OrtException e) {
            throw new AssertionError(e);
        }
    }
}
