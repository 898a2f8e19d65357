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

/** PyTorch's formula by LibTorch's fused kernel: one call for all terms. */
record FusedAdamWUpdate(double beta1, double beta2, double epsilon) implements AdamWUpdate {
    private static final OperatorHandle KERNEL =
            Tensors.own(Dispatcher.singleton().findSchemaOrThrow("aten::_fused_adamw_", ""));

    /** True if the device of {@code tensor} has the kernel. */
    static boolean supports(Tensor tensor) {
        return (tensor.is_cpu() && KERNEL.hasComputedKernelForDispatchKey(DispatchKey.CPU))
                || (tensor.is_cuda() && KERNEL.hasComputedKernelForDispatchKey(DispatchKey.CUDA));
    }

    @Override
    public void apply(List<Term> terms, double learningRate, double weightDecay) {
        // the kernel for CPUs opens a parallel region per tensor, however small: 200 barriers a step, each as slow as
        // the machine is busy, for work that takes one thread a millisecond
        int threads = torch.get_num_threads();
        torch.set_num_threads(1);
        try {
            KERNEL.callBoxed(arguments(terms, learningRate, weightDecay));
        } finally {
            torch.set_num_threads(threads);
        }
    }

    private IValueVector arguments(List<Term> terms, double learningRate, double weightDecay) {
        return new IValueVector(
                list(terms, Term::weight),
                list(terms, Term::gradient),
                list(terms, Term::mean),
                list(terms, Term::square),
                list(List.of(), Term::weight), // largest squares so far, of AMSGrad only
                list(terms, Term::steps),
                new IValue(learningRate),
                new IValue(beta1),
                new IValue(beta2),
                new IValue(weightDecay),
                new IValue(epsilon),
                new IValue(false), // amsgrad
                new IValue(false), // maximize
                new IValue(), // grad_scale
                new IValue()); // found_inf
    }

    private static IValue list(List<Term> terms, Function<Term, Tensor> part) {
        GenericList list = new GenericList(new Type.TypePtr(TensorType.get()));
        for (Term term : terms) {
            list.push_back(new IValue(part.apply(term)));
        }
        return new IValue(list);
    }
}
