// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <QtCore/QByteArray>
#include <QtCore/QByteArrayList>

#include <optional>
#include <vector>

namespace countersign {

/// One request as it came, its body whole. Names of headers keep their letters; they are compared without case.
struct HttpRequest {
    using Header = std::pair<QByteArray, QByteArray>;
    QByteArray method;
    QByteArray path;  ///< As sent, without the query.
    QByteArray query; ///< Behind the question mark, as sent.
    std::vector<Header> headers;
    QByteArray body;
    bool keepsAlive = true;

    /// The value of the only header of this name; absent when there is none or there are several.
    std::optional<QByteArray> header(QByteArrayView name) const;
    int count(QByteArrayView name) const;
    /// Does the Accept header take \p type ("application/json")? Also by `*/*` and `application/*`; without one: yes.
    bool accepts(QByteArrayView type) const;
};

/// What a request may be.
struct HttpRequestLimits {
    qsizetype headBytes = 32 * 1024;
    int headers = 100;
    qsizetype bodyBytes = 64 * 1024 * 1024;
};

/// Reads HTTP/1.1 requests out of the bytes of one connection. Strict where two readers could read two requests: one
/// length or chunks but not both, no folded lines, no bare carriage returns, no spaces before colons.
class HttpRequestReader
{
public:
    /// What is wrong with what came: the connection is of no more use.
    struct Refusal {
        int status = 400;
        QString why;
    };

    explicit HttpRequestReader(HttpRequestLimits limits = {})
        : m_limits(limits)
    {}

    void add(QByteArrayView bytes) { m_buffer.append(bytes.data(), bytes.size()); }
    /// The next request once all of it is there.
    std::optional<HttpRequest> next();
    const std::optional<Refusal> &refusal() const { return m_refusal; }
    /// Is there a piece of a request that is not whole?
    bool hasBegun() const { return m_stage != Stage::Head || !m_buffer.isEmpty(); }
    /// The head is there, the body is not.
    bool isInBody() const { return m_stage != Stage::Head; }
    const HttpRequest &head() const { return m_request; } ///< While isInBody().
    /// The head is there, the body is not, and the client waits for a word before it sends it. Tells so once.
    bool takeExpectsContinue() { return std::exchange(m_expectsContinue, false); }
    qsizetype bufferedBytes() const { return m_buffer.size() + m_request.body.size(); }

private:
    enum class Stage { Head, Body, ChunkSize, ChunkData, ChunkEnd, Trailers };

    bool step();
    bool readHead();
    bool readRequestLine(QByteArrayView line);
    bool readHeader(QByteArrayView line);
    bool readFraming();
    bool readChunkSize();
    bool readTrailers();
    std::optional<QByteArray> takeLine(qsizetype mostBytes);
    bool take(qsizetype count);
    bool refuse(int status, const QString &why);

    HttpRequestLimits m_limits;
    QByteArray m_buffer;
    qsizetype m_offset = 0; ///< What is before it was read.
    Stage m_stage = Stage::Head;
    HttpRequest m_request;
    qsizetype m_missing = 0; ///< Of the body, or of the chunk.
    qsizetype m_trailerBytes = 0;
    bool m_whole = false;
    bool m_expectsContinue = false;
    std::optional<Refusal> m_refusal;
};

} // namespace countersign
