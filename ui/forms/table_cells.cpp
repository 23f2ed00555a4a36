// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/table_cells.h"

#include "core/base/json_reader.h"
#include "core/base/visible_text.h"
#include "ui/forms/choice_model.h"
#include "ui/forms/date_time_text.h"
#include "ui/forms/number_text.h"

#include <QtCore/QCoreApplication>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int longestQuote = 60;
constexpr qsizetype mostColumns = 1000;

QString trTable(const char *text)
{
    return QCoreApplication::translate("countersign::ui::TableEditor", text);
}

QString quoted(const QString &typed)
{
    return shortened(displayText(typed).text, longestQuote);
}

CellInput readNumber(const QString &typed, const QLocale &locale)
{
    TypedNumber read = readTypedNumber(typed, locale);
    switch (read.state) {
    case TypedNumber::State::Number:
        return {JsonValue::fromNumberText(std::move(read.number)), {}};
    case TypedNumber::State::Unfinished:
        return {{}, read.why};
    case TypedNumber::State::Empty:
        break;
    }
    return {};
}

CellInput readSwitch(const QString &typed)
{
    const QString word = typed.trimmed().toLower();
    if (word == u"true" || word == u"false") {
        return {JsonValue::fromBool(word == u"true"), {}};
    }
    return {{}, trTable("“%1” is neither true nor false.").arg(quoted(typed))};
}

CellInput readOption(const FormField &cell, const QString &typed)
{
    const FieldOption *found = nullptr;
    for (const FieldOption &option : cell.options) {
        const bool isValue = option.value.isString() ? option.value.toString() == typed
                                                     : QString::fromUtf8(writeJson(option.value)) == typed;
        if (isValue) {
            return {option.value, {}}; // What is sent goes before what it is called.
        }
        if (option.title == typed) {
            if (found) {
                return {{}, trTable("“%1” is the name of several options: pick one.").arg(quoted(typed))};
            }
            found = &option;
        }
    }
    return found ? CellInput{found->value, {}}
                 : CellInput{{}, trTable("“%1” is not one of the options.").arg(quoted(typed))};
}

} // namespace

CellInput readCell(const FormField &cell, const QString &typed, const QLocale &locale)
{
    const bool isText = cell.kind == FieldKind::Text || cell.kind == FieldKind::LongText ||
                        cell.kind == FieldKind::Secret || cell.kind == FieldKind::Colour ||
                        cell.kind == FieldKind::File;
    if (typed.isEmpty()) {
        // As in a field of its own: where there was a text, an empty text is one too.
        const bool emptyIsText = isText && cell.presence == Presence::Value && cell.bounds.minLength.value_or(0) == 0 &&
                                 cell.bounds.format.isEmpty();
        return emptyIsText ? CellInput{JsonValue::fromString({}), {}} : CellInput{};
    }
    if (cell.nullable && !isText && typed.trimmed() == u"null") {
        return {JsonValue(), {}};
    }
    switch (cell.kind) {
    case FieldKind::Number:
    case FieldKind::Integer:
        return readNumber(typed, locale);
    case FieldKind::Switch:
        return readSwitch(typed);
    case FieldKind::Choice:
        return readOption(cell, typed);
    case FieldKind::Date:
    case FieldKind::Time:
    case FieldKind::DateTime:
    case FieldKind::Duration: {
        const QString why = dateTimeProblem(cell.kind, typed);
        return why.isEmpty() ? CellInput{JsonValue::fromString(typed), {}} : CellInput{{}, why};
    }
    case FieldKind::Null:
        return typed.trimmed() == u"null" ? CellInput{JsonValue(), {}}
                                          : CellInput{{}, trTable("Only null can stand here.")};
    case FieldKind::RawJson: {
        const Result<JsonValue> read = readJson(typed.toUtf8());
        return read ? CellInput{*read, {}} : CellInput{{}, read.error().message};
    }
    default:
        return {JsonValue::fromString(typed), {}};
    }
}

QString cellText(const FormField *cell, const JsonValue *value)
{
    if (!value) {
        return {};
    }
    if (cell && cell->kind == FieldKind::Choice) {
        const int option = optionOf(cell->options, *value);
        if (option >= 0 && value->isString()) {
            return value->toString();
        }
    }
    return value->isString() ? value->toString() : QString::fromUtf8(writeJson(*value));
}

std::vector<QStringList> readTabSeparated(const QString &text, qsizetype mostRows)
{
    std::vector<QStringList> rows;
    QStringList row;
    QString cell;
    bool inQuotes = false;
    bool cellBegins = true;
    const auto endCell = [&] {
        if (row.size() < mostColumns) {
            row += cell;
        }
        cell.clear();
        cellBegins = true;
    };
    const auto endRow = [&] {
        endCell();
        rows.push_back(std::exchange(row, {}));
    };
    qsizetype i = 0;
    for (; i < text.size() && static_cast<qsizetype>(rows.size()) < mostRows; ++i) {
        const QChar c = text.at(i);
        if (inQuotes) {
            const bool doubled = c == u'"' && i + 1 < text.size() && text.at(i + 1) == u'"';
            if (c == u'"' && !doubled) {
                inQuotes = false;
            } else {
                cell += c;
                i += doubled ? 1 : 0;
            }
        } else if (c == u'"' && cellBegins && text.indexOf(u'"', i + 1) > 0) {
            inQuotes = true;
            cellBegins = false;
        } else if (c == u'\t') {
            endCell();
        } else if (c == u'\n' || c == u'\r') {
            i += c == u'\r' && i + 1 < text.size() && text.at(i + 1) == u'\n' ? 1 : 0;
            endRow();
        } else {
            cell += c;
            cellBegins = false;
        }
    }
    const bool open = !row.isEmpty() || !cell.isEmpty() || !cellBegins;
    if (open && static_cast<qsizetype>(rows.size()) < mostRows) {
        endRow();
    }
    return rows;
}

QString writeTabSeparated(const std::vector<QStringList> &rows)
{
    QString text;
    for (const QStringList &row : rows) {
        for (qsizetype i = 0; i < row.size(); ++i) {
            QString cell = row[i];
            const bool quotes =
                cell.contains(u'\t') || cell.contains(u'\n') || cell.contains(u'\r') || cell.startsWith(u'"');
            text += i > 0 ? u"\t"_s : QString();
            text += quotes ? u'"' + cell.replace(u'"', u"\"\""_s) + u'"' : cell;
        }
        text += u'\n';
    }
    return text;
}

} // namespace countersign::ui
