// The sampled product on a CUDA device against sums in double precision; exit code 77, a skip, where there is none.
#include <cuda_runtime.h>

#include <cstdio>
#include <cstring>

#include "inlay_kernels.h"
#include "reference.h"

namespace {

using reference::Case;

template <class T>
class OnDevice {
public:
    explicit OnDevice(const std::vector<T>& values) : bytes_(values.size() * sizeof(T)) {
        cudaMalloc(reinterpret_cast<void**>(&data_), bytes_ + 1);
        cudaMemcpy(data_, values.data(), bytes_, cudaMemcpyHostToDevice);
    }
    ~OnDevice() { cudaFree(data_); }
    OnDevice(const OnDevice&) = delete;
    OnDevice& operator=(const OnDevice&) = delete;

    T* data() const { return data_; }

    std::vector<T> read() const {
        std::vector<T> values(bytes_ / sizeof(T));
        cudaMemcpy(values.data(), data_, bytes_, cudaMemcpyDeviceToHost);
        return values;
    }

private:
    size_t bytes_;
    T* data_ = nullptr;
};

std::vector<float> run(const Case& c, const std::vector<float>& before, int32_t accumulate, cudaStream_t stream) {
    const OnDevice<float> g(c.g), x(c.x), out(before);
    const OnDevice<int32_t> rows(c.rows), columns(c.columns);
    const int32_t code = inlay_sampled_product_cuda(
        g.data(), c.gStride, x.data(), c.xStride, c.tokens, rows.data(), columns.data(), c.count(), out.data(),
        accumulate, 0, stream);
    if (code != INLAY_OK || cudaStreamSynchronize(stream) != cudaSuccess) {
        std::printf("FAILED call: %d, %s\n", code, cudaGetErrorString(cudaGetLastError()));
        return {};
    }
    return out.read();
}

bool agrees(const Case& c, cudaStream_t stream) {
    const std::vector<float> out = run(c, std::vector<float>(c.count(), 7.0f), 0, stream);
    const std::vector<float> again = run(c, std::vector<float>(c.count(), 8.0f), 0, stream);
    const std::vector<float> added = run(c, out, 1, stream);
    bool holds = out.size() == c.rows.size() && again.size() == out.size() && added.size() == out.size();
    for (int64_t i = 0; holds && i < c.count(); i++) {
        const reference::Sum sum = reference::sum(c, i);
        holds = std::fabs(out[i] - sum.value) <= reference::kTolerance * sum.magnitude
            && std::fabs(added[i] - 2.0 * out[i]) <= 1e-6 * (1 + std::fabs(2.0 * out[i]))
            && std::memcmp(&out[i], &again[i], sizeof(float)) == 0;
    }
    if (!holds) {
        std::printf("FAILED %lld tokens, %lld entries\n", (long long)c.tokens, (long long)c.count());
    }
    return holds;
}

}  // namespace

int main() {
    int devices = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
        std::printf("SKIPPED: no CUDA device\n");
        return 77;
    }
    cudaStream_t stream;
    cudaStreamCreate(&stream);
    bool holds = true;
    for (int64_t tokens : {0, 1, 7, 8, 9, 255, 256, 257, 511, 513, 1576, 20000}) {
        holds = agrees(reference::make(tokens, 19, 23, 37, 41, 75), stream) && holds;
    }
    for (int64_t count : {0, 1, 31, 32, 33, 5000}) {
        holds = agrees(reference::make(300, 48, 144, 50, 53, count), stream) && holds;
    }
    cudaStreamDestroy(stream);
    return holds ? 0 : 1;
}
