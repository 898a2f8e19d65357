package dev.inlay.train.optim;

import dev.inlay.tensor.Tensors;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorType;
import org.bytedeco.pytorch.Type;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DispatchKey;

/** LibTorch's fused kernel of PyTorch's AdamW: one call for many parameters. */
final class FusedAdamW {
    private static final OperatorHandle KERNEL =
            Tensors.own(Dispatcher.singleton().findSchemaOrThrow("aten::_fused_adamw_", ""));

    private FusedAdamW() {}

    /** Returns whether the devices of all parameters have the kernel. */
    static boolean supports(List<ParameterGroup> groups) {
        return groups.stream()
                .flatMap(group -> group.parameters().stream())
                .allMatch(parameter -> supports(parameter.tensor()));
    }

    private static boolean supports(Tensor tensor) {
        return (tensor.is_cpu() && KERNEL.hasComputedKernelForDispatchKey(DispatchKey.CPU))
                || (tensor.is_cuda() && KERNEL.hasComputedKernelForDispatchKey(DispatchKey.CUDA));
    }

    /** Changes weights, means and squares; the steps are counted already. */
    static void update(List<AdamW.Slot> slots, AdamWSpec spec, double eta, double lambda) {
        IValueVector arguments = new IValueVector(
                list(slots, AdamW.Slot::w),
                list(slots, AdamW.Slot::g),
                list(slots, AdamW.Slot::m),
                list(slots, AdamW.Slot::v),
                list(List.of(), AdamW.Slot::v), // largest squares so far, of AMSGrad only
                list(slots, AdamW.Slot::t),
                new IValue(eta),
                new IValue(spec.beta1()),
                new IValue(spec.beta2()),
                new IValue(lambda),
                new IValue(spec.epsilon()),
                new IValue(false), // amsgrad
                new IValue(false), // maximize
                new IValue(), // grad_scale
                new IValue()); // found_inf
        // the kernel for CPUs opens a parallel region per tensor, however small: 200 barriers a step, each as slow as
        // the machine is busy, for work that takes one thread a millisecond
        int threads = torch.get_num_threads();
        torch.set_num_threads(1);
        try {
            KERNEL.callBoxed(arguments);
        } finally {
            torch.set_num_threads(threads);
        }
    }

    private static IValue list(List<AdamW.Slot> slots, Function<AdamW.Slot, Tensor> part) {
        GenericList list = new GenericList(new Type.TypePtr(TensorType.get()));
        for (AdamW.Slot slot : slots) {
            list.push_back(new IValue(part.apply(slot)));
        }
        return new IValue(list);
    }
}
