// SPDX-License-Identifier: Apache-2.0
#include "core/schema/uri_reference.h"

namespace countersign::schema {

namespace {

bool isSchemeText(std::string_view text)
{
    if (text.empty() || !((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'))) {
        return false;
    }
    for (const char c : text) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '+' && c != '-' && c != '.') {
            return false;
        }
    }
    return true;
}

void dropLastSegment(std::string &path)
{
    const size_t slash = path.rfind('/');
    path.erase(slash == std::string::npos ? 0 : slash);
}

/// RFC 3986 section 5.2.4.
std::string withoutDotSegments(std::string_view input)
{
    std::string output;
    while (!input.empty()) {
        if (input.starts_with("../")) {
            input.remove_prefix(3);
        } else if (input.starts_with("./")) {
            input.remove_prefix(2);
        } else if (input.starts_with("/./")) {
            input.remove_prefix(2);
        } else if (input == "/.") {
            input = "/";
        } else if (input.starts_with("/../")) {
            input.remove_prefix(3);
            dropLastSegment(output);
        } else if (input == "/..") {
            input = "/";
            dropLastSegment(output);
        } else if (input == "." || input == "..") {
            input = {};
        } else {
            const size_t end = input.find('/', 1);
            output.append(input.substr(0, end));
            input.remove_prefix(end == std::string_view::npos ? input.size() : end);
        }
    }
    return output;
}

std::string mergedPath(const UriParts &base, const std::string &path)
{
    if (base.authority && base.path.empty()) {
        return '/' + path;
    }
    const size_t slash = base.path.rfind('/');
    return slash == std::string::npos ? path : base.path.substr(0, slash + 1) + path;
}

int hexDigit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

} // namespace

std::string UriParts::text() const
{
    std::string uri;
    if (scheme) {
        uri.append(*scheme).append(":");
    }
    if (authority) {
        uri.append("//").append(*authority);
    }
    uri.append(path);
    if (query) {
        uri.append("?").append(*query);
    }
    if (fragment) {
        uri.append("#").append(*fragment);
    }
    return uri;
}

UriParts cutUri(std::string_view rest)
{
    UriParts parts;
    if (const size_t hash = rest.find('#'); hash != std::string_view::npos) {
        parts.fragment = rest.substr(hash + 1);
        rest = rest.substr(0, hash);
    }
    if (const size_t mark = rest.find('?'); mark != std::string_view::npos) {
        parts.query = rest.substr(mark + 1);
        rest = rest.substr(0, mark);
    }
    const size_t colon = rest.find(':');
    if (colon != std::string_view::npos && isSchemeText(rest.substr(0, colon))) {
        parts.scheme = rest.substr(0, colon);
        rest.remove_prefix(colon + 1);
    }
    if (rest.starts_with("//")) {
        rest.remove_prefix(2);
        const std::string_view authority = rest.substr(0, rest.find('/'));
        parts.authority = authority;
        rest.remove_prefix(authority.size());
    }
    parts.path = rest;
    return parts;
}

std::string resolvedUri(std::string_view baseUri, std::string_view reference)
{
    const UriParts base = cutUri(baseUri);
    UriParts parts = cutUri(reference);
    if (parts.scheme) {
        parts.path = withoutDotSegments(parts.path);
        return parts.text();
    }
    parts.scheme = base.scheme;
    if (parts.authority) {
        parts.path = withoutDotSegments(parts.path);
        return parts.text();
    }
    parts.authority = base.authority;
    if (parts.path.empty()) {
        parts.path = base.path;
        if (!parts.query) {
            parts.query = base.query;
        }
    } else if (parts.path.front() == '/') {
        parts.path = withoutDotSegments(parts.path);
    } else {
        parts.path = withoutDotSegments(mergedPath(base, parts.path));
    }
    return parts.text();
}

SplitUri splitFragment(std::string_view uri)
{
    const size_t hash = uri.find('#');
    if (hash == std::string_view::npos) {
        return {std::string(uri), {}};
    }
    return {std::string(uri.substr(0, hash)), std::string(uri.substr(hash + 1))};
}

std::optional<std::string> percentDecoded(std::string_view text)
{
    std::string decoded;
    decoded.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        const int high = i + 1 < text.size() ? hexDigit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hexDigit(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return {};
        }
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

} // namespace countersign::schema
