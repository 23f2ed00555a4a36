// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/oauth_metadata.h"

namespace countersign::mcp::oauth {

namespace {

constexpr qsizetype maxHeaderBytes = 16 * 1024;
constexpr qsizetype maxTextLength = 8 * 1024;

bool isTokenCharacter(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           QByteArrayView("!#$%&'*+-.^_`|~").contains(c);
}

/// Reads `name=value` and `name="value"` pairs from \p at on; stops where a new challenge begins.
class ChallengeReader
{
public:
    explicit ChallengeReader(const QByteArray &text)
        : m_text(text)
    {}

    Challenge read()
    {
        while (m_at < m_text.size() && !m_found) {
            skip(" \t,");
            const QByteArray word = token();
            if (word.isEmpty()) {
                ++m_at; // Nothing that a challenge begins with.
                continue;
            }
            readParameters(word.toLower() == "bearer");
        }
        return m_challenge;
    }

private:
    void skip(QByteArrayView characters)
    {
        while (m_at < m_text.size() && characters.contains(m_text[m_at])) {
            ++m_at;
        }
    }
    QByteArray token()
    {
        const qsizetype start = m_at;
        while (m_at < m_text.size() && isTokenCharacter(m_text[m_at])) {
            ++m_at;
        }
        return m_text.mid(start, m_at - start);
    }
    QByteArray quoted()
    {
        QByteArray value;
        for (++m_at; m_at < m_text.size() && m_text[m_at] != '"'; ++m_at) {
            if (m_text[m_at] == '\\' && m_at + 1 < m_text.size()) {
                ++m_at;
            }
            value += m_text[m_at];
        }
        ++m_at;
        return value;
    }
    void readParameters(bool isBearer)
    {
        m_found = isBearer;
        for (;;) {
            skip(" \t,");
            const qsizetype before = m_at;
            const QByteArray name = token().toLower();
            skip(" \t");
            if (name.isEmpty() || m_at >= m_text.size() || m_text[m_at] != '=') {
                m_at = name.isEmpty() && m_at < m_text.size() ? m_at + 1 : before; // Another scheme, or rubbish.
                return;
            }
            ++m_at;
            skip(" \t");
            const bool isQuoted = m_at < m_text.size() && m_text[m_at] == '"';
            const QByteArray value = isQuoted ? quoted() : token();
            if (isBearer) {
                keep(name, QString::fromUtf8(value));
            }
        }
    }
    void keep(const QByteArray &name, const QString &value)
    {
        QString *place = name == "resource_metadata" ? &m_challenge.resourceMetadata
                         : name == "scope"           ? &m_challenge.scope
                         : name == "error"           ? &m_challenge.error
                                                     : nullptr;
        if (place && place->isEmpty() && value.size() <= maxTextLength) {
            *place = value;
        }
    }

    const QByteArray &m_text;
    qsizetype m_at = 0;
    bool m_found = false;
    Challenge m_challenge;
};

} // namespace

Challenge readChallenge(const QByteArray &wwwAuthenticate)
{
    const QByteArray bounded = wwwAuthenticate.left(maxHeaderBytes);
    return ChallengeReader(bounded).read();
}

} // namespace countersign::mcp::oauth
