// SPDX-License-Identifier: Apache-2.0
#include "ui/tools/tool_result.h"

#include "core/base/json_reader.h"
#include "core/connections/json_slices.h"

#include <QtCore/QBuffer>
#include <QtCore/QCoreApplication>
#include <QtCore/QLocale>
#include <QtGui/QImageReader>

#include <set>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

constexpr qsizetype longestText = 4 * 1024 * 1024;
constexpr qsizetype largestPicture = 24 * 1024 * 1024; ///< Encoded.
constexpr size_t mostBlocks = 1000;
constexpr size_t mostPictures = 8;
constexpr size_t mostRows = 5000;
constexpr int mostColumns = 50;
constexpr int longestCell = 300;
constexpr int largestSide = 12'000;
constexpr int shownSide = 2'000;
constexpr int pictureMegabytes = 192;

QString words(const char *text)
{
    return QCoreApplication::translate("countersign::ui::ToolResult", text);
}

QString sizeWords(qint64 bytes)
{
    return QLocale().formattedDataSize(bytes, 1, QLocale::DataSizeTraditionalFormat);
}

/// Takes the blocks of a result one after the other.
class ResultReader
{
public:
    explicit ResultReader(ToolResult &result)
        : m_result(result)
    {}

    void take(QByteArrayView block)
    {
        const Result<JsonSlices> members = JsonSlices::ofObject(block);
        const QString type = members ? members->text(u"type") : QString();
        if (type == "text"_L1) {
            takeText(members->text(u"text"));
        } else if (type == "image"_L1) {
            takePicture(*members);
        } else if (type == "resource_link"_L1) {
            addOwnRow(m_result.text, {}, words("— a link; it was not opened —"), true);
            takeText(members->text(u"uri"));
        } else if (type == "resource"_L1) {
            takeResource(members->value(u"resource"));
        } else if (type == "audio"_L1) {
            addOwnRow(m_result.text, {},
                      words("— sound of %1; it is not played —").arg(sizeWords(members->value(u"data").size() * 3 / 4)),
                      true);
        } else {
            addOwnRow(m_result.text, {}, words("— something that is not known here, as it came —"), true);
            append(block.toByteArray());
        }
    }

    void takeText(const QString &text) { append(text.toUtf8()); }

    void say(const QString &sentence)
    {
        if (!m_said.contains(sentence)) {
            m_said.append(sentence);
            m_result.note = m_said.join(u' ');
        }
    }

private:
    void append(const QByteArray &utf8)
    {
        const qsizetype room = std::max<qsizetype>(0, longestText - m_shown);
        PayloadRows rows = textRows(QByteArrayView(utf8).first(std::min(room, utf8.size())));
        m_shown += utf8.size();
        m_result.text.hiddenCharacters += rows.hiddenCharacters;
        m_result.text.mixedScripts += rows.mixedScripts;
        m_result.text.rows.insert(m_result.text.rows.end(), std::make_move_iterator(rows.rows.begin()),
                                  std::make_move_iterator(rows.rows.end()));
        if (utf8.size() > room) {
            say(words("Only the first %1 of text are shown.").arg(sizeWords(longestText)));
        }
    }

    void takeResource(QByteArrayView resource)
    {
        const Result<JsonSlices> members = JsonSlices::ofObject(resource);
        if (!members) {
            append(resource.toByteArray());
            return;
        }
        addOwnRow(m_result.text, {}, words("— a resource that came with the result —"), true);
        takeText(members->text(u"uri"));
        if (members->find(u"text")) {
            takeText(members->text(u"text"));
        } else {
            addOwnRow(m_result.text, {},
                      words("— %1 that are no text —").arg(sizeWords(members->value(u"blob").size() * 3 / 4)), true);
        }
    }

    void takePicture(const JsonSlices &members)
    {
        if (m_result.pictures.size() >= mostPictures) {
            say(words("Only the first %1 pictures are shown.").arg(mostPictures));
            return;
        }
        const QByteArrayView data = members.value(u"data");
        if (data.size() > largestPicture) {
            m_result.pictures.push_back(
                {{}, words("This picture is not shown: it is larger than %1.").arg(sizeWords(largestPicture))});
            return;
        }
        const auto bytes =
            QByteArray::fromBase64Encoding(members.text(u"data").toLatin1(), QByteArray::AbortOnBase64DecodingErrors);
        m_result.pictures.push_back(bytes ? readPicture(*bytes)
                                          : ToolResult::Picture{{}, words("This picture is not shown: it is broken.")});
    }

    ToolResult &m_result;
    QStringList m_said;
    qsizetype m_shown = 0;
};

QString cellText(const JsonValue *value)
{
    if (!value || value->isNull()) {
        return {};
    }
    const QByteArray text = value->isString() ? value->toString().toUtf8() : writeJson(*value);
    return shortened(displayBytes(text).text, longestCell);
}

/// The list of objects in \p value: itself, or its only list.
const JsonValue *listIn(const JsonValue &value)
{
    const JsonValue *list = value.isArray() ? &value : nullptr;
    if (value.isObject()) {
        for (const JsonValue::Member &member : value.members()) {
            if (member.value.isArray() && !member.value.items().empty()) {
                if (list) {
                    return nullptr;
                }
                list = &member.value;
            }
        }
    }
    const bool isTable =
        list && !list->items().empty() &&
        std::all_of(list->items().begin(), list->items().end(), [](const JsonValue &item) { return item.isObject(); });
    return isTable ? list : nullptr;
}

void readTable(ToolResult &result, ResultReader &reader, const JsonValue &value)
{
    const JsonValue *list = listIn(value);
    if (!list) {
        return;
    }
    std::vector<std::string> keys;
    std::set<std::string> known;
    for (const JsonValue &item : list->items()) {
        for (const JsonValue::Member &member : item.members()) {
            if (known.insert(member.key).second) {
                keys.push_back(member.key);
            }
        }
    }
    if (keys.size() > mostColumns) {
        keys.resize(mostColumns);
        reader.say(words("Only the first %1 columns are in the table.").arg(mostColumns));
    }
    for (const std::string &key : keys) {
        result.columns.append(shortened(displayText(QString::fromStdString(key)).text, longestCell));
    }
    for (const JsonValue &item : list->items()) {
        if (result.cells.size() >= mostRows) {
            reader.say(words("Only the first %1 rows are in the table.").arg(mostRows));
            return;
        }
        QStringList &row = result.cells.emplace_back();
        for (const std::string &key : keys) {
            row.append(cellText(item.find(key)));
        }
    }
}

} // namespace

ToolResult::Picture readPicture(const QByteArray &bytes)
{
    QByteArray format;
    if (bytes.startsWith("\x89PNG\r\n\x1a\n")) {
        format = "png";
    } else if (bytes.startsWith("\xff\xd8\xff")) {
        format = "jpeg";
    } else {
        return {{}, words("This picture is not shown: it is neither PNG nor JPEG.")};
    }
    QBuffer buffer;
    buffer.setData(bytes);
    buffer.open(QIODevice::ReadOnly);
    QImageReader::setAllocationLimit(pictureMegabytes);
    QImageReader reader(&buffer, format);
    reader.setAutoDetectImageFormat(false);
    reader.setAutoTransform(true);
    const QSize size = reader.size();
    if (!size.isValid() || size.width() > largestSide || size.height() > largestSide) {
        return {{},
                words("This picture is not shown: it is larger than %1 pixels a side, or broken.").arg(largestSide)};
    }
    QString note = words("%1 × %2 pixels").arg(QString::number(size.width()), QString::number(size.height()));
    if (size.width() > shownSide || size.height() > shownSide) {
        reader.setScaledSize(size.scaled(shownSide, shownSide, Qt::KeepAspectRatio));
        note += words(", shown smaller");
    }
    const QImage image = reader.read();
    return image.isNull() ? ToolResult::Picture{{}, words("This picture is not shown: it is broken.")}
                          : ToolResult::Picture{image, note};
}

ToolResult readToolResult(const QByteArray &result)
{
    ToolResult read;
    ResultReader reader(read);
    const Result<JsonSlices> members = JsonSlices::ofObject(result);
    const QByteArrayView structured = members ? members->value(u"structuredContent") : QByteArrayView();
    if (members) {
        const Result<std::vector<QByteArrayView>> blocks = jsonItems(members->value(u"content"), mostBlocks);
        if (blocks) {
            for (const QByteArrayView block : *blocks) {
                reader.take(block);
            }
        } else if (members->find(u"content")) {
            reader.say(words("Its content is no list of at most %1 parts; the JSON is shown as text.").arg(mostBlocks));
        }
        const Result<JsonValue> value = structured.isEmpty() ? Result<JsonValue>(JsonValue()) : readJson(structured);
        if (value && !value->isNull()) {
            readTable(read, reader, *value);
        } else if (structured.isEmpty() && blocks && blocks->size() == 1) {
            // Servers of the older revisions give their lists as text.
            const Result<JsonSlices> only = JsonSlices::ofObject(blocks->front());
            const Result<JsonValue> inText =
                only ? readJson(only->text(u"text").toUtf8()) : Result<JsonValue>(only.error());
            if (inText) {
                readTable(read, reader, *inText);
            }
        }
    }
    const Result<JsonValue> whole = readJson(result);
    if (whole) {
        read.json = rowsOf(*whole);
    } else {
        read.json = textRows(QByteArrayView(result).first(std::min(result.size(), longestText)));
        reader.say(words("It is too large, or not strict enough, to be shown as a tree: the JSON is shown as text."));
    }
    return read;
}

} // namespace countersign::ui
