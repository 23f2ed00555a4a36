// SPDX-License-Identifier: Apache-2.0
#include "core/schema/punycode.h"

#include <QtCore/qglobal.h>

#include <algorithm>

namespace countersign::schema {

namespace {

// The parameters of RFC 3492 section 5.
constexpr quint32 base = 36;
constexpr quint32 leastThreshold = 1;
constexpr quint32 mostThreshold = 26;
constexpr quint32 skew = 38;
constexpr quint32 damp = 700;
constexpr quint32 initialBias = 72;
constexpr char32_t firstNonAscii = 128;
constexpr size_t longest = 1000;

quint32 adapted(quint32 delta, quint32 count, bool first)
{
    delta = first ? delta / damp : delta / 2;
    delta += delta / count;
    quint32 k = 0;
    while (delta > ((base - leastThreshold) * mostThreshold) / 2) {
        delta /= base - leastThreshold;
        k += base;
    }
    return k + (base - leastThreshold + 1) * delta / (delta + skew);
}

quint32 threshold(quint32 k, quint32 bias)
{
    return k <= bias ? leastThreshold : std::clamp(k - bias, leastThreshold, mostThreshold);
}

quint32 digitValue(char c)
{
    if (c >= 'a' && c <= 'z') {
        return static_cast<quint32>(c - 'a');
    }
    if (c >= 'A' && c <= 'Z') {
        return static_cast<quint32>(c - 'A');
    }
    return c >= '0' && c <= '9' ? static_cast<quint32>(c - '0') + 26 : base;
}

char digitOf(quint32 value)
{
    return static_cast<char>(value < 26 ? value + 'a' : value - 26 + '0');
}

} // namespace

std::optional<std::u32string> fromPunycode(std::string_view ascii)
{
    std::u32string text;
    const size_t delimiter = ascii.rfind('-');
    if (delimiter != std::string_view::npos) {
        text.assign(ascii.begin(), ascii.begin() + static_cast<std::ptrdiff_t>(delimiter));
        ascii.remove_prefix(delimiter + 1);
    }
    quint64 codePoint = firstNonAscii;
    quint64 position = 0;
    quint32 bias = initialBias;
    while (!ascii.empty()) {
        const quint64 before = position;
        quint64 weight = 1;
        for (quint32 k = base;; k += base) {
            const quint32 digit = ascii.empty() ? base : digitValue(ascii.front());
            if (digit >= base) {
                return {};
            }
            ascii.remove_prefix(1);
            position += digit * weight;
            const quint32 bound = threshold(k, bias);
            if (digit < bound) {
                break;
            }
            weight *= base - bound;
            if (weight > 0xFFFF'FFFF || position > 0xFFFF'FFFF) {
                return {};
            }
        }
        const quint64 length = text.size() + 1;
        bias = adapted(static_cast<quint32>(position - before), static_cast<quint32>(length), before == 0);
        codePoint += position / length;
        position %= length;
        if (codePoint > 0x10'FFFF || (codePoint >= 0xD800 && codePoint <= 0xDFFF) || length > longest) {
            return {};
        }
        text.insert(static_cast<size_t>(position++), 1, static_cast<char32_t>(codePoint));
    }
    return text;
}

std::string toPunycode(std::u32string_view text)
{
    std::string ascii;
    for (const char32_t c : text) {
        if (c < firstNonAscii) {
            ascii += static_cast<char>(c);
        }
    }
    const auto basic = static_cast<quint32>(ascii.size());
    quint32 handled = basic;
    if (basic > 0) {
        ascii += '-';
    }
    char32_t codePoint = firstNonAscii;
    quint32 delta = 0;
    quint32 bias = initialBias;
    while (handled < text.size() && text.size() <= longest) {
        char32_t next = 0x11'0000;
        for (const char32_t c : text) {
            next = c >= codePoint ? std::min(next, c) : next;
        }
        delta += (next - codePoint) * (handled + 1);
        codePoint = next;
        for (const char32_t c : text) {
            delta += c < codePoint ? 1 : 0;
            if (c != codePoint) {
                continue;
            }
            quint32 rest = delta;
            for (quint32 k = base;; k += base) {
                const quint32 bound = threshold(k, bias);
                if (rest < bound) {
                    break;
                }
                ascii += digitOf(bound + (rest - bound) % (base - bound));
                rest = (rest - bound) / (base - bound);
            }
            ascii += digitOf(rest);
            bias = adapted(delta, handled + 1, handled == basic);
            delta = 0;
            ++handled;
        }
        ++delta;
        ++codePoint;
    }
    return ascii;
}

} // namespace countersign::schema
