// SPDX-License-Identifier: Apache-2.0
#include "core/connections/http_request.h"

#include <algorithm>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype maxSizeDigits = 9;
constexpr qsizetype maxChunkLine = 256;

bool isTokenCharacter(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           QByteArrayView("!#$%&'*+-.^_`|~").contains(c);
}

bool isToken(QByteArrayView text)
{
    return !text.isEmpty() && std::all_of(text.begin(), text.end(), isTokenCharacter);
}

/// Visible bytes, spaces and tabs, and whatever is beyond ASCII.
bool isFieldText(QByteArrayView text)
{
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
    });
}

bool sameName(QByteArrayView left, QByteArrayView right)
{
    return left.compare(right, Qt::CaseInsensitive) == 0;
}

} // namespace

int HttpRequest::count(QByteArrayView name) const
{
    return static_cast<int>(
        std::count_if(headers.begin(), headers.end(), [&](const Header &one) { return sameName(one.first, name); }));
}

std::optional<QByteArray> HttpRequest::header(QByteArrayView name) const
{
    if (count(name) != 1) {
        return std::nullopt;
    }
    return std::find_if(headers.begin(), headers.end(), [&](const Header &one) { return sameName(one.first, name); })
        ->second;
}

bool HttpRequest::accepts(QByteArrayView type) const
{
    bool isSaid = false;
    const QByteArrayView family = type.first(type.indexOf('/') + 1);
    for (const auto &[name, value] : headers) {
        if (!sameName(name, "accept")) {
            continue;
        }
        isSaid = true;
        for (const QByteArray &range : value.split(',')) {
            const QByteArray wanted = range.split(';').constFirst().trimmed().toLower();
            if (wanted == type || wanted == "*/*" || wanted == family.toByteArray() + '*') {
                return true;
            }
        }
    }
    return !isSaid;
}

bool HttpRequestReader::refuse(int status, const QString &why)
{
    m_refusal = Refusal{status, why};
    m_buffer.clear();
    m_offset = 0;
    return false;
}

std::optional<HttpRequest> HttpRequestReader::next()
{
    m_whole = false;
    while (!m_refusal && !m_whole && step()) {}
    if (m_offset > 0) {
        m_buffer.remove(0, m_offset);
        m_offset = 0;
    }
    if (!m_whole || m_refusal) {
        return std::nullopt;
    }
    m_stage = Stage::Head;
    m_expectsContinue = false;
    return std::exchange(m_request, {});
}

bool HttpRequestReader::step()
{
    switch (m_stage) {
    case Stage::Head:
        return readHead();
    case Stage::Body:
        if (!take(m_missing)) {
            return false;
        }
        m_whole = true;
        return true;
    case Stage::ChunkSize:
        return readChunkSize();
    case Stage::ChunkData:
        if (!take(m_missing)) {
            return false;
        }
        m_stage = Stage::ChunkEnd;
        return true;
    case Stage::ChunkEnd: {
        const std::optional<QByteArray> line = takeLine(maxChunkLine);
        if (!line) {
            return false;
        }
        m_stage = Stage::ChunkSize;
        return line->isEmpty() || refuse(400, u"A chunk is longer than it says."_s);
    }
    case Stage::Trailers:
        return readTrailers();
    }
    return false;
}

/// Moves what is there of \p count bytes into the body; true once that is all of them.
bool HttpRequestReader::take(qsizetype count)
{
    const qsizetype there = std::min(count, m_buffer.size() - m_offset);
    m_request.body.append(m_buffer.constData() + m_offset, there);
    m_offset += there;
    m_missing -= there;
    return m_missing == 0;
}

/// The next line without its end, once it is there.
std::optional<QByteArray> HttpRequestReader::takeLine(qsizetype mostBytes)
{
    const qsizetype feed = m_buffer.indexOf('\n', m_offset);
    if (feed < 0 ? m_buffer.size() - m_offset > mostBytes : feed - m_offset > mostBytes) {
        refuse(400, u"A line is too long."_s);
        return std::nullopt;
    }
    if (feed < 0) {
        return std::nullopt;
    }
    if (feed == m_offset || m_buffer[feed - 1] != '\r') {
        refuse(400, u"A line does not end as HTTP has it."_s);
        return std::nullopt;
    }
    QByteArray line = m_buffer.mid(m_offset, feed - 1 - m_offset);
    m_offset = feed + 1;
    return line;
}

bool HttpRequestReader::readHead()
{
    while (m_buffer.size() - m_offset >= 2 && m_buffer[m_offset] == '\r' && m_buffer[m_offset + 1] == '\n') {
        m_offset += 2; // RFC 9112 section 2.2: blank lines before a request mean nothing.
    }
    const qsizetype end = m_buffer.indexOf("\r\n\r\n", m_offset);
    const qsizetype size = (end < 0 ? m_buffer.size() : end) - m_offset;
    if (size > m_limits.headBytes) {
        return refuse(431, u"The head of the request is too large."_s);
    }
    if (end < 0) {
        return false;
    }
    const QByteArray head = m_buffer.mid(m_offset, size);
    m_offset = end + 4;
    m_request = {};
    bool isFirst = true;
    for (qsizetype start = 0; start <= head.size();) {
        const qsizetype found = head.indexOf("\r\n", start);
        const qsizetype stop = found < 0 ? head.size() : found;
        const QByteArrayView line = QByteArrayView(head).sliced(start, stop - start);
        start = stop + 2;
        if (line.contains('\r') || line.contains('\n') || line.contains('\0')) {
            return refuse(400, u"There is a control character in the head of the request."_s);
        }
        if (isFirst ? !readRequestLine(line) : !readHeader(line)) {
            return false;
        }
        isFirst = false;
    }
    return readFraming();
}

bool HttpRequestReader::readRequestLine(QByteArrayView line)
{
    const qsizetype first = line.indexOf(' ');
    const qsizetype last = line.lastIndexOf(' ');
    if (first <= 0 || last <= first + 1) {
        return refuse(400, u"The request line is none."_s);
    }
    const QByteArrayView version = line.sliced(last + 1);
    const QByteArrayView target = line.sliced(first + 1, last - first - 1);
    if (version != "HTTP/1.1" && version != "HTTP/1.0") {
        return refuse(505, u"Only HTTP/1.1 is spoken here."_s);
    }
    m_request.method = line.first(first).toByteArray();
    m_request.keepsAlive = version == "HTTP/1.1";
    const bool isPlain = std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (!isToken(m_request.method) || !target.startsWith('/') || !isPlain || target.contains('#')) {
        return refuse(400, u"The request line is none."_s);
    }
    const qsizetype mark = target.indexOf('?');
    m_request.path = (mark < 0 ? target : target.first(mark)).toByteArray();
    m_request.query = mark < 0 ? QByteArray() : target.sliced(mark + 1).toByteArray();
    return true;
}

bool HttpRequestReader::readHeader(QByteArrayView line)
{
    const qsizetype colon = line.indexOf(':');
    if (colon <= 0 || !isToken(line.first(colon))) {
        return refuse(400, u"A header is none."_s); // Also a folded line.
    }
    const QByteArray value = line.sliced(colon + 1).toByteArray().trimmed();
    if (!isFieldText(value)) {
        return refuse(400, u"There is a control character in a header."_s);
    }
    if (m_request.headers.size() >= static_cast<size_t>(m_limits.headers)) {
        return refuse(431, u"The request has too many headers."_s);
    }
    m_request.headers.emplace_back(line.first(colon).toByteArray(), value);
    return true;
}

bool HttpRequestReader::readFraming()
{
    const int codings = m_request.count("transfer-encoding");
    const int lengths = m_request.count("content-length");
    if (codings > 1 || lengths > 1 || (codings > 0 && lengths > 0)) {
        return refuse(400, u"The length of the request is said twice."_s);
    }
    if (const std::optional<QByteArray> connection = m_request.header("connection")) {
        for (const QByteArray &option : connection->toLower().split(',')) {
            m_request.keepsAlive = m_request.keepsAlive && option.trimmed() != "close";
        }
    }
    m_expectsContinue = m_request.header("expect").value_or(QByteArray()).toLower() == "100-continue";
    if (codings > 0) {
        if (m_request.header("transfer-encoding")->toLower() != "chunked") {
            return refuse(501, u"Of the transfer codings only chunked is understood."_s);
        }
        m_stage = Stage::ChunkSize;
        return true;
    }
    const QByteArray length = m_request.header("content-length").value_or(QByteArrayLiteral("0"));
    const bool isNumber = !length.isEmpty() && length.size() <= maxSizeDigits &&
                          std::all_of(length.begin(), length.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!isNumber) {
        return refuse(length.size() > maxSizeDigits ? 413 : 400, u"The length of the request is no number."_s);
    }
    m_missing = length.toLongLong();
    if (m_missing > m_limits.bodyBytes) {
        return refuse(413, u"The body of the request is too large."_s);
    }
    m_stage = Stage::Body;
    return true;
}

bool HttpRequestReader::readChunkSize()
{
    const std::optional<QByteArray> line = takeLine(maxChunkLine);
    if (!line) {
        return false;
    }
    const QByteArray digits = line->split(';').constFirst().trimmed();
    const bool isHex =
        !digits.isEmpty() && digits.size() <= maxSizeDigits && std::all_of(digits.begin(), digits.end(), [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        });
    if (!isHex) {
        return refuse(400, u"The size of a chunk is no number."_s);
    }
    m_missing = digits.toLongLong(nullptr, 16);
    if (m_missing > m_limits.bodyBytes - m_request.body.size()) {
        return refuse(413, u"The body of the request is too large."_s);
    }
    m_trailerBytes = 0;
    m_stage = m_missing == 0 ? Stage::Trailers : Stage::ChunkData;
    return true;
}

bool HttpRequestReader::readTrailers()
{
    const std::optional<QByteArray> line = takeLine(m_limits.headBytes);
    if (!line) {
        return false;
    }
    m_trailerBytes += line->size() + 2;
    if (m_trailerBytes > m_limits.headBytes) {
        return refuse(431, u"The trailers of the request are too large."_s);
    }
    m_whole = line->isEmpty(); // What trailers say is not used.
    return true;
}

} // namespace countersign
