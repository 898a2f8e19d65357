// Attention and its gradients against sums in double precision.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <vector>

#include "inlay_kernels.h"
#include "reference.h"

namespace {

int failures = 0;

struct Sizes {
    int64_t images, queries, keys, heads, headDim;

    int64_t width() const { return heads * headDim; }
};

void expect(bool holds, const char* what, const Sizes& s, int32_t type) {
    if (!holds) {
        failures++;
        std::printf("FAILED %s: type %d, %lld images, %lld queries, %lld keys, %lld heads of %lld\n", what, type,
                    (long long)s.images, (long long)s.queries, (long long)s.keys, (long long)s.heads, (long long)s.headDim);
    }
}

uint32_t bitsOf(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

// Elements of a type, on the way from and to double precision.
struct Float32 {
    using Element = float;
    static constexpr int32_t type = INLAY_FLOAT32;
    static constexpr double tolerance = 2e-6;
    static float of(float value) { return value; }
    static double value(float element) { return element; }
};

struct Bf16 {
    using Element = uint16_t;
    static constexpr int32_t type = INLAY_BF16;
    static constexpr double tolerance = 1.5e-2;
    static uint16_t of(float value) { return static_cast<uint16_t>(bitsOf(value) >> 16); }
    static double value(uint16_t element) { return reference::widened(element); }
};

// Tokens that are further apart than they are wide, as those of a fused product; what lies between them stays as it is.
template <class T>
struct Tokens {
    using Element = typename T::Element;
    int64_t images, tokens, width, stride, gap;
    std::vector<Element> elements;

    Tokens(int64_t images, int64_t tokens, int64_t width, int64_t more)
        : images(images), tokens(tokens), width(width), stride(width + more), gap(more == 0 ? 0 : 7 * stride),
          elements(images * imageStride(), T::of(77)) {}

    int64_t imageStride() const { return tokens * stride + gap; }

    Element& at(int64_t image, int64_t token, int64_t column) { return elements[image * imageStride() + token * stride + column]; }

    double value(int64_t image, int64_t token, int64_t column) const {
        return T::value(elements[image * imageStride() + token * stride + column]);
    }

    void draw(reference::Random& random, float scale) {
        for (int64_t i = 0; i < images; i++) {
            for (int64_t t = 0; t < tokens; t++) {
                for (int64_t c = 0; c < width; c++) {
                    at(i, t, c) = T::of(scale * random.value());
                }
            }
        }
    }

    bool isKeptBetween() const {
        for (int64_t e = 0; e < (int64_t)elements.size(); e++) {
            const int64_t token = e % imageStride() / stride;
            if ((token >= tokens || e % imageStride() % stride >= width) && elements[e] != T::of(77)) {
                return false;
            }
        }
        return true;
    }

    inlay_tokens view() { return {elements.data(), imageStride(), stride}; }
};

template <class T>
struct Case {
    Sizes sizes;
    Tokens<T> q, k, v, out, outGradient, qGradient, kGradient, vGradient;
    std::vector<float> lse;

    Case(const Sizes& s, int64_t more, float scale)
        : sizes(s), q(queries(s, more)), k(keys(s, more)), v(keys(s, more)), out(queries(s, more)), outGradient(queries(s, more)),
          qGradient(queries(s, more)), kGradient(keys(s, more)), vGradient(keys(s, more)),
          lse(s.images * s.heads * s.queries, std::numeric_limits<float>::quiet_NaN()) {
        reference::Random random(s.queries * 31 + s.keys * 7 + s.headDim + s.heads);
        q.draw(random, scale);
        k.draw(random, scale);
        v.draw(random, 1);
        outGradient.draw(random, 1);
    }

    static Tokens<T> queries(const Sizes& s, int64_t more) { return Tokens<T>(s.images, s.queries, s.width(), more); }

    static Tokens<T> keys(const Sizes& s, int64_t more) { return Tokens<T>(s.images, s.keys, s.width(), more); }

    int32_t forward(int32_t threads, bool gradient = true) {
        const inlay_tokens tensors[] = {q.view(), k.view(), v.view(), out.view()};
        return inlay_attention(tensors, gradient ? lse.data() : nullptr, sizes.images, sizes.queries, sizes.keys, sizes.heads,
                               sizes.headDim, T::type, threads);
    }

    int32_t backward(int32_t threads, bool ofQ = true, bool ofK = true, bool ofV = true) {
        const inlay_tokens none = {nullptr, 0, 0};
        const inlay_tokens tensors[] = {q.view(), k.view(), v.view(), out.view(), outGradient.view(),
                                        ofQ ? qGradient.view() : none, ofK ? kGradient.view() : none, ofV ? vGradient.view() : none};
        return inlay_attention_backward(tensors, lse.data(), sizes.images, sizes.queries, sizes.keys, sizes.heads, sizes.headDim,
                                        T::type, threads);
    }
};

// Sums and the magnitudes of their terms, which rounding is relative to.
struct Sums {
    std::vector<double> values, magnitudes;

    explicit Sums(int64_t count) : values(count, 0), magnitudes(count, 0) {}

    void add(int64_t i, double term) { add(i, term, std::fabs(term)); }

    void add(int64_t i, double term, double magnitude) {
        values[i] += term;
        magnitudes[i] += magnitude;
    }
};

template <class T>
bool isClose(const Sums& sums, double steepness, const Tokens<T>& tokens, int64_t image, int64_t head, int64_t headDim) {
    for (int64_t t = 0; t < tokens.tokens; t++) {
        for (int64_t c = 0; c < headDim; c++) {
            const double found = tokens.value(image, t, head * headDim + c);
            const int64_t i = t * headDim + c;
            if (!(std::fabs(found - sums.values[i]) <= T::tolerance * steepness * sums.magnitudes[i])) {
                std::printf("  token %lld, column %lld: %g, expected %g, of magnitude %g\n", (long long)t, (long long)c, found,
                            sums.values[i], sums.magnitudes[i]);
                return false;
            }
        }
    }
    return true;
}

template <class T>
void agrees(const Case<T>& c, int64_t image, int64_t head) {
    const Sizes& s = c.sizes;
    const int64_t d = s.headDim;
    const double scale = 1 / std::sqrt((double)d);
    Sums out(s.queries * d), qGradient(s.queries * d), kGradient(s.keys * d), vGradient(s.keys * d);
    const auto at = [&](const Tokens<T>& tokens, int64_t token, int64_t column) { return tokens.value(image, token, head * d + column); };
    bool lse = true;
    double steepness = 1;  // the rounding of a score, which is relative to its terms, is the relative one of a probability
    for (int64_t i = 0; i < s.queries; i++) {
        std::vector<double> p(s.keys), dp(s.keys), dpMagnitudes(s.keys);
        double most = -INFINITY, sum = 0, delta = 0, deltaMagnitude = 0;
        for (int64_t j = 0; j < s.keys; j++) {
            double magnitude = 0;
            for (int64_t e = 0; e < d; e++) {
                p[j] += scale * at(c.q, i, e) * at(c.k, j, e);
                magnitude += scale * std::fabs(at(c.q, i, e) * at(c.k, j, e));
                dp[j] += at(c.outGradient, i, e) * at(c.v, j, e);
                dpMagnitudes[j] += std::fabs(at(c.outGradient, i, e) * at(c.v, j, e));
            }
            most = std::max(most, p[j]);
            steepness = std::max(steepness, magnitude / 8);
        }
        for (double& value : p) {
            value = std::exp(value - most);
            sum += value;
        }
        const double expected = (most + std::log(sum)) / std::log(2.0);
        lse = lse && std::fabs(c.lse[(image * s.heads + head) * s.queries + i] - expected) <= T::tolerance * (1 + std::fabs(expected));
        for (int64_t j = 0; j < s.keys; j++) {
            p[j] /= sum;
            delta += p[j] * dp[j];
            deltaMagnitude += p[j] * dpMagnitudes[j];
            for (int64_t e = 0; e < d; e++) {
                out.add(i * d + e, p[j] * at(c.v, j, e));
                vGradient.add(j * d + e, p[j] * at(c.outGradient, i, e));
            }
        }
        for (int64_t j = 0; j < s.keys; j++) {
            const double gradient = scale * p[j] * (dp[j] - delta);
            const double magnitude = scale * p[j] * (dpMagnitudes[j] + deltaMagnitude);
            for (int64_t e = 0; e < d; e++) {
                qGradient.add(i * d + e, gradient * at(c.k, j, e), magnitude * std::fabs(at(c.k, j, e)));
                kGradient.add(j * d + e, gradient * at(c.q, i, e), magnitude * std::fabs(at(c.q, i, e)));
            }
        }
    }
    expect(lse, "the logarithms", s, T::type);
    expect(isClose(out, steepness, c.out, image, head, d), "the result", s, T::type);
    expect(isClose(qGradient, steepness, c.qGradient, image, head, d), "the gradient of the queries", s, T::type);
    expect(isClose(kGradient, steepness, c.kGradient, image, head, d), "the gradient of the keys", s, T::type);
    expect(isClose(vGradient, steepness, c.vGradient, image, head, d), "the gradient of the values", s, T::type);
}

template <class T>
void agreesWithTheReference(const Sizes& s, int64_t more = 0, float scale = 2) {
    Case<T> c(s, more, scale);
    expect(c.forward(1) == INLAY_OK && c.backward(1) == INLAY_OK, "the call", s, T::type);
    for (int64_t image = 0; image < s.images; image++) {
        for (int64_t head = 0; head < s.heads; head++) {
            agrees(c, image, head);
        }
    }
    for (const Tokens<T>* written : {&c.out, &c.qGradient, &c.kGradient, &c.vGradient}) {
        expect(written->isKeptBetween(), "nothing else is written", s, T::type);
    }
    Case<T> unasked(s, more, scale);
    unasked.forward(1, false);
    expect(unasked.out.elements == c.out.elements, "equal bits without the logarithms", s, T::type);
    for (int32_t asked = 0; asked < 8; asked++) {
        Case<T> some = unasked;
        some.lse = c.lse;
        expect(some.backward(1, asked & 1, asked & 2, asked & 4) == INLAY_OK, "the call for some gradients", s, T::type);
        const auto has = [](const Tokens<T>& a, const Tokens<T>& b) { return a.elements == b.elements; };
        expect(has(some.qGradient, asked & 1 ? c.qGradient : unasked.qGradient)
                   && has(some.kGradient, asked & 2 ? c.kGradient : unasked.kGradient)
                   && has(some.vGradient, asked & 4 ? c.vGradient : unasked.vGradient),
               "the gradients that are asked for, and no other", s, T::type);
    }
}

template <class T>
void threads(const Sizes& s) {
    Case<T> one(s, 0, 2);
    one.forward(1);
    one.backward(1);
    for (int32_t threads : {2, 5, 64}) {
        Case<T> other(s, 0, 2);
        expect(other.forward(threads) == INLAY_OK && other.backward(threads) == INLAY_OK, "the call on more threads", s, T::type);
        expect(std::memcmp(one.lse.data(), other.lse.data(), one.lse.size() * sizeof(float)) == 0
                   && one.out.elements == other.out.elements && one.qGradient.elements == other.qGradient.elements
                   && one.kGradient.elements == other.kGradient.elements && one.vGradient.elements == other.vGradient.elements,
               "equal bits with more threads", s, T::type);
    }
}

template <class T>
void sizes() {
    // every remainder of queries by a tile and of keys by a vector; one block and many
    for (int64_t queries = 1; queries <= 14; queries++) {
        agreesWithTheReference<T>({1, queries, 21, 1, 16});
    }
    for (int64_t keys = 1; keys <= 34; keys++) {
        agreesWithTheReference<T>({1, 5, keys, 1, 32});
    }
    for (int64_t keys : {63, 64, 65, 97, 129, 197, 240, 255, 256, 257}) {
        agreesWithTheReference<T>({1, 9, keys, 2, 64});
    }
    for (int64_t queries : {47, 48, 49, 95, 96, 97, 197}) {
        agreesWithTheReference<T>({1, queries, 37, 1, 64});
    }
    for (int64_t headDim = 16; headDim <= 128; headDim += 16) {
        agreesWithTheReference<T>({2, 7, 33, 3, headDim}, 0);
        agreesWithTheReference<T>({2, 33, 7, 2, headDim}, 2 * 3 * headDim);
    }
    agreesWithTheReference<T>({2, 197, 197, 3, 64}, 2 * 3 * 64);
    agreesWithTheReference<T>({2, 1, 197, 3, 64}, 5);
    // blocks of the least size
    agreesWithTheReference<T>({1, 31, 6001, 1, 32});
    // queries that see one key alone, and scores that would overflow without their largest one being taken off
    agreesWithTheReference<T>({1, 19, 40, 1, 64}, 0, 12);
    agreesWithTheReference<T>({1, 19, 40, 1, 64}, 0, 0);
    threads<T>({3, 130, 97, 5, 64});
    threads<T>({40, 33, 21, 4, 128});
}

// Scores of any size give probabilities: the gradient of a query that sees one key alone is zero.
template <class T>
void extremes() {
    Case<T> c({1, 3, 20, 1, 16}, 0, 1);
    for (auto* tokens : {&c.q, &c.k}) {
        for (auto& element : tokens->elements) {
            element = T::of(T::value(element) > 0 ? 1e15f : -1e15f);
        }
    }
    expect(c.forward(1) == INLAY_OK && c.backward(1) == INLAY_OK, "the call of large scores", c.sizes, T::type);
    bool finite = true;
    for (const auto* tokens : {&c.out, &c.qGradient, &c.kGradient, &c.vGradient}) {
        for (const auto element : tokens->elements) {
            finite = finite && std::isfinite(T::value(element));
        }
    }
    expect(finite, "finite results of large scores", c.sizes, T::type);
}

template <class T>
void refusals() {
    const Sizes valid = {2, 3, 4, 2, 16};
    Case<T> c(valid, 0, 1);
    const auto before = c.out.elements;
    const auto refused = [&](const char* what, const Sizes& s, int32_t threads = 1) {
        c.sizes = s;
        expect(c.forward(threads) == INLAY_BAD_ARGUMENT && c.backward(threads) == INLAY_BAD_ARGUMENT, what, s, T::type);
        c.sizes = valid;
    };
    refused("no thread", valid, 0);
    refused("no keys", {2, 3, 0, 2, 16});
    refused("a negative number of images", {-1, 3, 4, 2, 16});
    refused("a negative number of queries", {2, -3, 4, 2, 16});
    refused("a negative number of heads", {2, 3, 4, -2, 16});
    for (int64_t headDim : {0, 8, 17, 144}) {
        refused("a width of heads that is not taken", {2, 3, 4, 2, headDim});
    }
    const inlay_tokens lacking[] = {c.q.view(), c.k.view(), {nullptr, 0, 0}, c.out.view(), c.outGradient.view(),
                                    c.qGradient.view(), c.kGradient.view(), c.vGradient.view()};
    expect(inlay_attention(lacking, nullptr, 2, 3, 4, 2, 16, T::type, 1) == INLAY_BAD_ARGUMENT, "no values", valid, T::type);
    expect(inlay_attention_backward(lacking, c.lse.data(), 2, 3, 4, 2, 16, T::type, 1) == INLAY_BAD_ARGUMENT, "no values", valid, T::type);
    expect(inlay_attention(nullptr, nullptr, 2, 3, 4, 2, 16, T::type, 1) == INLAY_BAD_ARGUMENT, "no tensors", valid, T::type);
    expect(c.out.elements == before, "nothing written", valid, T::type);
    c.sizes = {0, 3, 4, 2, 16};
    expect(c.forward(1) == INLAY_OK && c.backward(1) == INLAY_OK, "no images", c.sizes, T::type);
}

template <class T>
void all(const char* name) {
    if ((inlay_attention_types() & T::type) == 0) {
        Case<T> c({1, 1, 1, 1, 16}, 0, 1);
        expect(c.forward(1) == INLAY_BAD_ARGUMENT, "a type that is not there", c.sizes, T::type);
        std::printf("SKIPPED %s: this processor or build does not have it\n", name);
        return;
    }
    sizes<T>();
    extremes<T>();
    refusals<T>();
    std::printf("%s: done\n", name);
}

}  // namespace

int main() {
    all<Float32>("float32");
    all<Bf16>("bf16");
    Case<Float32> c({1, 1, 1, 1, 16}, 0, 1);
    const inlay_tokens tensors[] = {c.q.view(), c.k.view(), c.v.view(), c.out.view()};
    for (int32_t type : {-1, 0, 3, 4}) {
        expect(inlay_attention(tensors, nullptr, 1, 1, 1, 1, 16, type, 1) == INLAY_BAD_ARGUMENT, "an unknown type", c.sizes, type);
    }
    std::printf("%d failures\n", failures);
    return failures == 0 ? 0 : 1;
}
