// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/sse_parser.h"

namespace countersign::mcp {

namespace {

constexpr qsizetype maxIdBytesInHeader = 4096;
constexpr qsizetype maxTypeBytes = 256;
constexpr qsizetype maxRetryDigits = 12;

bool fitsHeader(QByteArrayView id)
{
    return id.size() <= maxIdBytesInHeader &&
           std::all_of(id.begin(), id.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; });
}

bool isAllDigits(QByteArrayView text)
{
    return !text.isEmpty() && text.size() <= maxRetryDigits &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

bool SseParser::feed(QByteArrayView bytes, const std::function<void(SseEvent event)> &take)
{
    const auto isEnd = [](char c) { return c == '\n' || c == '\r'; };
    const char *at = bytes.begin();
    while (at != bytes.end() && !m_isBroken) {
        if (std::exchange(m_skipLineFeed, false) && *at == '\n') {
            ++at;
            continue;
        }
        const char *end = std::find_if(at, bytes.end(), isEnd);
        m_isBroken = m_line.size() + (end - at) + m_data.size() > m_maxEventBytes;
        if (m_isBroken) {
            break;
        }
        if (end == bytes.end()) {
            m_line.append(at, end - at);
            break;
        }
        m_skipLineFeed = *end == '\r';
        if (m_line.isEmpty()) {
            takeLine(QByteArrayView(at, end - at), take);
        } else {
            m_line.append(at, end - at);
            const QByteArray line = std::exchange(m_line, {});
            takeLine(line, take);
        }
        at = end + 1;
    }
    if (m_isBroken) {
        m_line.clear();
        m_data.clear();
    }
    return !m_isBroken;
}

void SseParser::beginStream()
{
    m_line.clear();
    m_isFirstLine = true;
    m_skipLineFeed = false;
    m_type.clear();
    m_data.clear();
    m_hasData = false;
    m_hasFields = false;
    m_id.reset();
}

void SseParser::takeLine(QByteArrayView line, const std::function<void(SseEvent event)> &take)
{
    if (std::exchange(m_isFirstLine, false) && line.startsWith("\xEF\xBB\xBF")) {
        line = line.sliced(3);
    }
    if (line.isEmpty()) {
        endEvent(take);
        return;
    }
    const qsizetype colon = line.indexOf(':');
    if (colon == 0) {
        return; // A comment.
    }
    if (colon < 0) {
        takeField(line, {});
        return;
    }
    QByteArrayView value = line.sliced(colon + 1);
    if (value.startsWith(' ')) {
        value = value.sliced(1);
    }
    takeField(line.first(colon), value);
}

void SseParser::takeField(QByteArrayView name, QByteArrayView value)
{
    m_hasFields = true;
    if (name == "data") {
        if (std::exchange(m_hasData, true)) {
            m_data.append('\n');
        }
        m_data.append(value.data(), value.size());
    } else if (name == "event" && value.size() <= maxTypeBytes) {
        m_type = value.toByteArray();
    } else if (name == "id" && fitsHeader(value)) {
        m_id = value.toByteArray();
    } else if (name == "retry" && isAllDigits(value)) {
        m_retry = std::chrono::milliseconds(value.toByteArray().toLongLong());
    }
}

void SseParser::endEvent(const std::function<void(SseEvent event)> &take)
{
    if (m_id) {
        m_lastEventId = *std::exchange(m_id, std::nullopt);
    }
    if (std::exchange(m_hasFields, false)) {
        ++m_eventCount;
    }
    SseEvent event{std::exchange(m_type, {}), std::exchange(m_data, {})};
    m_hasData = false;
    // An event without data only sets the place to resume from (a priming event).
    if (!event.data.isEmpty()) {
        take(std::move(event));
    }
}

} // namespace countersign::mcp
