// SPDX-License-Identifier: Apache-2.0
#include "core/base/sha256_blocks.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace countersign {

#if defined(__x86_64__)

namespace {

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4 section 4.2.2).
alignas(16) constexpr std::uint32_t roundConstants[64]{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

} // namespace

bool hasSha256Instructions()
{
    static const bool has = [] {
        unsigned int a = 0;
        unsigned int b = 0;
        unsigned int c = 0;
        unsigned int d = 0;
        constexpr unsigned int extendedFeatures = 7;
        return __get_cpuid_count(extendedFeatures, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0 &&
               __builtin_cpu_supports("sse4.1") != 0;
    }();
    return has;
}

__attribute__((target("sha,sse4.1"))) void addSha256Blocks(Sha256State &state, const unsigned char *blocks,
                                                           std::size_t count)
{
    const __m128i bigEndian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    // The instructions want the words as ABEF and CDGH.
    const __m128i abcd = _mm_loadu_si128(reinterpret_cast<const __m128i *>(state.data()));
    const __m128i efgh = _mm_loadu_si128(reinterpret_cast<const __m128i *>(state.data() + 4));
    const __m128i badc = _mm_shuffle_epi32(abcd, 0xb1);
    const __m128i hgfe = _mm_shuffle_epi32(efgh, 0x1b);
    __m128i abef = _mm_alignr_epi8(badc, hgfe, 8);
    __m128i cdgh = _mm_blend_epi16(hgfe, badc, 0xf0);
    for (; count > 0; --count, blocks += 64) {
        const __m128i abefBefore = abef;
        const __m128i cdghBefore = cdgh;
        __m128i words[4];
        for (int i = 0; i < 4; ++i) {
            words[i] = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i *>(blocks + 16 * i)), bigEndian);
        }
        for (int step = 0; step < 16; ++step) { // Four rounds each.
            __m128i &now = words[step % 4];
            if (step >= 4) {
                const __m128i last = words[(step + 3) % 4];
                const __m128i sums = _mm_add_epi32(_mm_sha256msg1_epu32(now, words[(step + 1) % 4]),
                                                   _mm_alignr_epi8(last, words[(step + 2) % 4], 4));
                now = _mm_sha256msg2_epu32(sums, last);
            }
            const __m128i constants = _mm_load_si128(reinterpret_cast<const __m128i *>(roundConstants + 4 * step));
            const __m128i added = _mm_add_epi32(now, constants);
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, added);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(added, 0x0e));
        }
        abef = _mm_add_epi32(abef, abefBefore);
        cdgh = _mm_add_epi32(cdgh, cdghBefore);
    }
    const __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
    const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128(reinterpret_cast<__m128i *>(state.data()), _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128(reinterpret_cast<__m128i *>(state.data() + 4), _mm_alignr_epi8(dchg, feba, 8));
}

#else

bool hasSha256Instructions()
{
    return false;
}

void addSha256Blocks(Sha256State &, const unsigned char *, std::size_t)
{
    __builtin_unreachable(); // Nobody calls it without the instructions.
}

#endif

} // namespace countersign
