// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_text.h"
#include "core/base/json_value.h"

namespace countersign {

namespace {

/// Writes compact text, or one item per line, indented by two spaces a level.
class Writer
{
public:
    explicit Writer(bool indented)
        : m_indented(indented)
    {}

    void write(const JsonValue &value)
    {
        switch (value.kind()) {
        case JsonValue::Kind::Null:
            m_text += "null";
            break;
        case JsonValue::Kind::Boolean:
            m_text += value.toBool() ? "true" : "false";
            break;
        case JsonValue::Kind::Number:
            m_text += value.numberText();
            break;
        case JsonValue::Kind::String:
            appendJsonString(m_text, value.utf8());
            break;
        case JsonValue::Kind::Array:
            writeArray(value.items());
            break;
        case JsonValue::Kind::Object:
            writeObject(value.members());
            break;
        }
    }

    QByteArray bytes() const { return QByteArray(m_text.data(), static_cast<qsizetype>(m_text.size())); }

private:
    void writeArray(const JsonValue::Array &items)
    {
        if (items.empty()) {
            m_text += "[]";
            return;
        }
        open('[');
        for (size_t i = 0; i < items.size(); ++i) {
            nextItem(i);
            write(items[i]);
        }
        close(']');
    }

    void writeObject(const JsonValue::Object &members)
    {
        if (members.empty()) {
            m_text += "{}";
            return;
        }
        open('{');
        for (size_t i = 0; i < members.size(); ++i) {
            nextItem(i);
            appendJsonString(m_text, members[i].key);
            m_text += m_indented ? ": " : ":";
            write(members[i].value);
        }
        close('}');
    }

    void open(char bracket)
    {
        m_text += bracket;
        ++m_depth;
    }

    void nextItem(size_t index)
    {
        if (index > 0) {
            m_text += ',';
        }
        newLine();
    }

    void close(char bracket)
    {
        --m_depth;
        newLine();
        m_text += bracket;
    }

    void newLine()
    {
        if (m_indented) {
            m_text += '\n';
            m_text.append(2 * m_depth, ' ');
        }
    }

    std::string m_text;
    bool m_indented;
    size_t m_depth = 0;
};

} // namespace

QByteArray writeJson(const JsonValue &value)
{
    Writer writer(false);
    writer.write(value);
    return writer.bytes();
}

QByteArray writeJsonIndented(const JsonValue &value)
{
    Writer writer(true);
    writer.write(value);
    return writer.bytes();
}

} // namespace countersign
