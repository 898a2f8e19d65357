package dev.inlay.tensor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.StringTensorDict;
import org.bytedeco.pytorch.Tensor;

/**
 * A tree of native {@code nn::Module}s that registers tensors under dotted names, so that LibTorch's own
 * {@code named_parameters}, {@code to}, {@code train} and {@code zero_grad} act on all of them. The Java side holds every
 * module strongly: a native module whose Java handle is collected breaks later calls.
 */
public final class NativeContainer implements AutoCloseable {
    static {
        LibTorch.load();
    }

    private final Map<String, Module> modules = new LinkedHashMap<>();
    private final List<Tensor> tensors = new ArrayList<>();

    /** An empty container. */
    public NativeContainer() {
        modules.put("", Tensors.own(new Module()));
    }

    /** The root of the tree; borrowed, valid until {@link #close}. */
    public Module root() {
        return modules.get("");
    }

    /**
     * Registers a trainable parameter.
     *
     * @param path dotted name, such as {@code lora.blocks.0.attn.q.A}
     * @param tensor a leaf; the container takes ownership
     * @return {@code tensor}
     */
    public Tensor parameter(String path, Tensor tensor) {
        int dot = path.lastIndexOf('.');
        module(dot < 0 ? "" : path.substring(0, dot)).register_parameter(path.substring(dot + 1), tensor, true);
        tensors.add(Tensors.own(tensor));
        return tensor;
    }

    /**
     * Registers a tensor that is kept but not trained.
     *
     * @param path dotted name
     * @param tensor requires no gradient; the container takes ownership
     * @return {@code tensor}
     */
    public Tensor buffer(String path, Tensor tensor) {
        int dot = path.lastIndexOf('.');
        module(dot < 0 ? "" : path.substring(0, dot)).register_buffer(path.substring(dot + 1), tensor);
        tensors.add(Tensors.own(tensor));
        return tensor;
    }

    /** The parameters as LibTorch lists them: full name to address of the tensor's implementation. */
    public Map<String, Long> registered() {
        Map<String, Long> names = new LinkedHashMap<>();
        try (PointerScope scope = new PointerScope()) {
            StringTensorDict dict = root().named_parameters(true);
            for (long i = 0; i < dict.size(); i++) {
                names.put(
                        dict.get(i).key().getString(),
                        dict.get(i).value().unsafeGetTensorImpl().address());
            }
        }
        return names;
    }

    private Module module(String path) {
        Module known = modules.get(path);
        if (known != null) {
            return known;
        }
        int dot = path.lastIndexOf('.');
        Module parent = module(dot < 0 ? "" : path.substring(0, dot));
        Module child = Tensors.own(new Module());
        parent.register_module(path.substring(dot + 1), child);
        modules.put(path, child);
        return child;
    }

    @Override
    public void close() {
        tensors.forEach(Tensors::release);
        tensors.clear();
        modules.values().forEach(Tensors::release);
        modules.clear();
    }
}
