// Uninitialised floats on the border of a cache line.
#pragma once

#include <cstdint>
#include <new>

namespace inlay {

class Buffer {
public:
    explicit Buffer(int64_t floats)
        : data_(static_cast<float*>(::operator new(floats * sizeof(float), std::align_val_t{64}))) {}
    ~Buffer() { ::operator delete(data_, std::align_val_t{64}); }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    float* at(int64_t floats) const { return data_ + floats; }

private:
    float* data_;
};

}  // namespace inlay
