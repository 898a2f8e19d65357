// The sampled dense-dense product on a CUDA device.
//
// The tokens are cut into pieces whose number depends on the sizes alone. In a piece a block of threads sees 32
// neighbouring entries, a warp's lanes one each, so that entries of one row read the same number and near columns the
// same line; its warps take turns at the tokens. Sums are added up in a fixed order: equal inputs give equal bits.
#include <cuda_runtime.h>

#include <algorithm>

#include "inlay_kernels.h"

namespace {

constexpr int kEntries = 32;
constexpr int kWarps = 8;
constexpr int64_t kPieceTokens = 256;
constexpr int64_t kMostPieces = 64;

__global__ void sumPieces(
    const float* __restrict__ g, int64_t gStride, const float* __restrict__ x, int64_t xStride, int64_t tokens,
    int64_t pieceTokens, const int32_t* __restrict__ rows, const int32_t* __restrict__ columns, int64_t count,
    float* __restrict__ sums) {
    __shared__ float partial[kWarps][kEntries];
    const int64_t entry = static_cast<int64_t>(blockIdx.x) * kEntries + threadIdx.x;
    const int64_t begin = blockIdx.y * pieceTokens;
    const int64_t end = min(begin + pieceTokens, tokens);
    float sum = 0;
    if (entry < count) {
        const float* gColumn = g + rows[entry];
        const float* xColumn = x + columns[entry];
        for (int64_t t = begin + threadIdx.y; t < end; t += kWarps) {
            sum = fmaf(gColumn[t * gStride], xColumn[t * xStride], sum);
        }
    }
    partial[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y == 0 && entry < count) {
        for (int warp = 1; warp < kWarps; warp++) {
            sum += partial[warp][threadIdx.x];
        }
        sums[blockIdx.y * count + entry] = sum;
    }
}

__global__ void addPieces(const float* __restrict__ sums, int64_t pieces, int64_t count, float* out, bool accumulate) {
    const int64_t entry = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (entry < count) {
        float sum = accumulate ? out[entry] : 0;
        for (int64_t piece = 0; piece < pieces; piece++) {
            sum += sums[piece * count + entry];
        }
        out[entry] = sum;
    }
}

// Makes a device the calling thread's for as long as it lives.
class OnDevice {
public:
    explicit OnDevice(int device) : set_(cudaGetDevice(&before_) == cudaSuccess && cudaSetDevice(device) == cudaSuccess) {}
    ~OnDevice() { cudaSetDevice(before_); }
    OnDevice(const OnDevice&) = delete;
    OnDevice& operator=(const OnDevice&) = delete;

    bool isSet() const { return set_; }

private:
    int before_ = 0;
    bool set_;
};

}  // namespace

int32_t inlay_kernels_cuda_version() {
    return INLAY_KERNELS_VERSION;
}

int32_t inlay_sampled_product_cuda(
    const float* g, int64_t gStride, const float* x, int64_t xStride, int64_t tokens,
    const int32_t* rows, const int32_t* columns, int64_t count,
    float* out, int32_t accumulate, int32_t device, void* stream) {
    if (device < 0 || tokens < 0 || count < 0 || gStride < 0 || xStride < 0) {
        return INLAY_BAD_ARGUMENT;
    }
    if (count == 0) {
        return INLAY_OK;
    }
    const OnDevice here(device);
    if (!here.isSet()) {
        return INLAY_CUDA_ERROR;
    }
    const auto queue = static_cast<cudaStream_t>(stream);
    const int64_t pieces = std::min(std::max(tokens / kPieceTokens, int64_t{1}), kMostPieces);
    const int64_t pieceTokens = (tokens + pieces - 1) / pieces;
    float* sums = nullptr;
    if (cudaMallocAsync(&sums, pieces * count * sizeof(float), queue) != cudaSuccess) {
        return INLAY_OUT_OF_MEMORY;
    }
    const dim3 blocks(static_cast<unsigned>((count + kEntries - 1) / kEntries), static_cast<unsigned>(pieces));
    sumPieces<<<blocks, dim3(kEntries, kWarps), 0, queue>>>(
        g, gStride, x, xStride, tokens, pieceTokens, rows, columns, count, sums);
    addPieces<<<static_cast<unsigned>((count + 255) / 256), 256, 0, queue>>>(sums, pieces, count, out, accumulate != 0);
    const cudaError_t launched = cudaPeekAtLastError();
    const cudaError_t freed = cudaFreeAsync(sums, queue);
    return launched == cudaSuccess && freed == cudaSuccess ? INLAY_OK : INLAY_CUDA_ERROR;
}
