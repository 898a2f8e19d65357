// The sampled product against the dense product of the LibTorch that LIBTORCH_HOME names.
#include <torch/torch.h>

#include <cstdio>

#include "inlay_kernels.h"
#include "reference.h"

int main() {
    const reference::Case c = reference::make(1576, 96, 288, 100, 104, 3000);
    std::vector<float> out(c.count());
    inlay_sampled_product(
        c.g.data(), c.gWidth, c.gStride, c.x.data(), c.xWidth, c.xStride, INLAY_FLOAT32, c.tokens, c.rows.data(),
        c.columns.data(), c.count(), out.data(), 0, 2, INLAY_LEVEL_BEST);

    const auto borrow = [&](const std::vector<float>& values, int64_t width, int64_t stride) {
        return torch::from_blob(const_cast<float*>(values.data()), {c.tokens, width}, {stride, 1}, torch::kFloat32);
    };
    const torch::Tensor dense = at::mm(borrow(c.g, c.gWidth, c.gStride).t(), borrow(c.x, c.xWidth, c.xStride));
    double off = 0;
    for (int64_t i = 0; i < c.count(); i++) {
        off = std::max(off, std::fabs(out[i] - dense[c.rows[i]][c.columns[i]].item<double>()));
    }
    std::printf("LibTorch %s: at most %.2g off, largest %.3g\n", TORCH_VERSION, off, dense.abs().max().item<double>());
    return off <= 1e-5 * dense.abs().max().item<double>() ? 0 : 1;
}
