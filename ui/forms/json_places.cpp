// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/json_places.h"

#include "core/base/json_reader.h"
#include "core/base/visible_text.h"

#include <functional>
#include <vector>

namespace countersign::ui {

namespace {

struct Frame {
    bool isObject = false;
    qint64 index = 0;
    std::string key;
    bool hasKey = false;
};

std::string keyText(QStringView quoted)
{
    const Result<JsonValue> key = readJson(originalText(quoted).toUtf8());
    return key && key->isString() ? std::string(key->utf8()) : std::string();
}

/// Goes through the tokens of JSON text that may be broken and knows the place of each.
class Scanner
{
public:
    explicit Scanner(QStringView json)
        : m_json(json)
    {}

    /// \p started is asked at the beginning of every token; true stops.
    void run(const std::function<bool(qsizetype, bool)> &started)
    {
        while (m_at < m_json.size()) {
            const QChar c = m_json[m_at];
            if (c.isSpace()) {
                ++m_at;
                continue;
            }
            const bool isKey = c == u'"' && !m_frames.empty() && m_frames.back().isObject && !m_frames.back().hasKey;
            const bool isValue = !isKey && !QStringView(u"}],:").contains(c);
            if (started(m_at, isValue)) {
                return;
            }
            readToken(c, isKey);
        }
    }

    std::string pointer() const
    {
        std::string pointer;
        for (const Frame &frame : m_frames) {
            if (!frame.isObject) {
                pointer += '/' + std::to_string(frame.index);
            } else if (frame.hasKey) {
                pointer += '/' + pointerToken(frame.key);
            }
        }
        return pointer;
    }

private:
    void readToken(QChar c, bool isKey)
    {
        const qsizetype start = m_at++;
        if (c == u'{' || c == u'[') {
            m_frames.push_back({.isObject = c == u'{', .index = 0, .key = {}, .hasKey = false});
        } else if (c == u'}' || c == u']') {
            if (!m_frames.empty()) {
                m_frames.pop_back();
            }
        } else if (c == u',') {
            if (!m_frames.empty()) {
                ++m_frames.back().index;
                m_frames.back().hasKey = false;
            }
        } else if (c == u'"') {
            while (m_at < m_json.size() && m_json[m_at] != u'"' && m_json[m_at] != u'\n') {
                m_at += m_json[m_at] == u'\\' ? 2 : 1;
            }
            m_at = std::min(m_at + 1, m_json.size());
            if (isKey) {
                m_frames.back().key = keyText(m_json.mid(start, m_at - start));
                m_frames.back().hasKey = true;
            }
        } else if (c != u':') {
            while (m_at < m_json.size() && !m_json[m_at].isSpace() &&
                   !QStringView(u"{}[],:\"").contains(m_json[m_at])) {
                ++m_at;
            }
        }
    }

    QStringView m_json;
    qsizetype m_at = 0;
    std::vector<Frame> m_frames;
};

} // namespace

std::string pointerAt(QStringView json, qsizetype offset)
{
    Scanner scanner(json);
    scanner.run([offset](qsizetype at, bool) { return at >= offset; });
    return scanner.pointer();
}

qsizetype offsetOf(QStringView json, std::string_view pointer)
{
    Scanner scanner(json);
    qsizetype found = -1;
    scanner.run([&](qsizetype at, bool isValue) {
        if (isValue && scanner.pointer() == pointer) {
            found = at;
            return true;
        }
        return false;
    });
    return found;
}

} // namespace countersign::ui
