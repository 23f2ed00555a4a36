// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/row_words.h"

#include "core/base/visible_text.h"
#include "ui/detail/counted.h"

#include <QtCore/QCoreApplication>

namespace countersign::ui {

using namespace Qt::StringLiterals;
using Look = PieceLabel::Look;

namespace {

struct RowWords {
    Q_DECLARE_TR_FUNCTIONS(countersign::ui::RowWords)
};

QString tr(const char *text)
{
    return RowWords::tr(text);
}

QString number(const std::string &text)
{
    return QString::fromLatin1(text.data(), static_cast<qsizetype>(text.size()));
}

QString rangeOfNumbers(const FieldBounds &bounds)
{
    QStringList words;
    const bool both = !bounds.minimum.empty() && !bounds.maximum.empty();
    if (both && !bounds.exclusiveMinimum && !bounds.exclusiveMaximum) {
        words += tr("%1 to %2").arg(number(bounds.minimum), number(bounds.maximum));
    } else {
        if (!bounds.minimum.empty()) {
            words += (bounds.exclusiveMinimum ? tr("more than %1") : tr("at least %1")).arg(number(bounds.minimum));
        }
        if (!bounds.maximum.empty()) {
            words += (bounds.exclusiveMaximum ? tr("less than %1") : tr("at most %1")).arg(number(bounds.maximum));
        }
    }
    if (!bounds.multipleOf.empty() && bounds.multipleOf != "1") {
        words += tr("a multiple of %1").arg(number(bounds.multipleOf));
    }
    return words.join(u", "_s);
}

/// "1 to 5 items"; \p one, \p many with %1 for the count(s).
QString rangeOfCounts(std::optional<qint64> from, std::optional<qint64> to, const QString &unit)
{
    if (from.value_or(0) <= 0) {
        from.reset();
    }
    if (from && to) {
        const QString units = counted(unit, *to == 1 ? 1 : 2);
        return *from == *to ? tr("exactly %1 %2").arg(QString::number(*from), units)
                            : tr("%1 to %2 %3").arg(QString::number(*from), QString::number(*to), units);
    }
    if (from) {
        return tr("at least %1 %2").arg(QString::number(*from), counted(unit, *from == 1 ? 1 : 2));
    }
    return to ? tr("at most %1 %2").arg(QString::number(*to), counted(unit, *to == 1 ? 1 : 2)) : QString();
}

QString formatWords(const QString &format)
{
    static const std::pair<QString, const char *> known[] = {
        {u"email"_s, QT_TRANSLATE_NOOP("RowWords", "e-mail address")},
        {u"idn-email"_s, QT_TRANSLATE_NOOP("RowWords", "e-mail address")},
        {u"hostname"_s, QT_TRANSLATE_NOOP("RowWords", "host name")},
        {u"idn-hostname"_s, QT_TRANSLATE_NOOP("RowWords", "host name")},
        {u"ipv4"_s, QT_TRANSLATE_NOOP("RowWords", "IPv4 address")},
        {u"ipv6"_s, QT_TRANSLATE_NOOP("RowWords", "IPv6 address")},
        {u"uri"_s, QT_TRANSLATE_NOOP("RowWords", "web address or other URI")},
        {u"iri"_s, QT_TRANSLATE_NOOP("RowWords", "web address or other IRI")},
        {u"uri-reference"_s, QT_TRANSLATE_NOOP("RowWords", "URI or relative reference")},
        {u"uuid"_s, QT_TRANSLATE_NOOP("RowWords", "UUID")},
        {u"regex"_s, QT_TRANSLATE_NOOP("RowWords", "regular expression")},
        {u"json-pointer"_s, QT_TRANSLATE_NOOP("RowWords", "JSON pointer")},
        {u"date"_s, QT_TRANSLATE_NOOP("RowWords", "date")},
        {u"time"_s, QT_TRANSLATE_NOOP("RowWords", "time of day with zone")},
        {u"date-time"_s, QT_TRANSLATE_NOOP("RowWords", "date and time with zone")},
        {u"duration"_s, QT_TRANSLATE_NOOP("RowWords", "duration")},
        {u"password"_s, QT_TRANSLATE_NOOP("RowWords", "secret")},
        {u"color"_s, QT_TRANSLATE_NOOP("RowWords", "colour")},
        {u"colour"_s, QT_TRANSLATE_NOOP("RowWords", "colour")},
    };
    for (const auto &[name, words] : known) {
        if (name == format) {
            return tr(words);
        }
    }
    return tr("format %1").arg(displayText(format).text);
}

QString textBounds(const FormField &field)
{
    const FieldBounds &bounds = field.bounds;
    QStringList words;
    if (!bounds.format.isEmpty()) {
        words += formatWords(bounds.format);
    }
    if (const QString range = rangeOfCounts(bounds.minLength, bounds.maxLength, tr("character(s)")); !range.isEmpty()) {
        words += range;
    }
    if (!bounds.pattern.isEmpty()) {
        words += tr("matches %1").arg(shortened(displayText(bounds.pattern).text, 120));
    }
    if (!bounds.contentMediaType.isEmpty()) {
        words += displayText(bounds.contentMediaType).text;
    }
    return words.join(u" · "_s);
}

bool isSecret(const FormField &field)
{
    return field.kind == FieldKind::Secret;
}

bool isContainer(const FormField &field)
{
    switch (field.kind) {
    case FieldKind::Group:
    case FieldKind::Map:
    case FieldKind::List:
    case FieldKind::Tuple:
    case FieldKind::Table:
        return true;
    default:
        return false;
    }
}

/// "Due date" and "due_date" say the same.
QString lettersOf(const QString &text)
{
    QString letters;
    for (const QChar c : text) {
        if (!c.isSpace() && c != u'_' && c != u'-') {
            letters += c.toCaseFolded();
        }
    }
    return letters;
}

class Notes
{
public:
    void add(const QString &ours, Look look = Look::Dim) { add(PieceLabel::ours(ours, look)); }
    void add(PieceLabel::Piece piece)
    {
        if (piece.text.text.isEmpty()) {
            return;
        }
        if (!m_pieces.empty()) {
            const bool tagged = piece.look == Look::Tag || m_pieces.back().look == Look::Tag;
            m_pieces.push_back(PieceLabel::ours(m_breaks ? u"\n"_s : tagged ? u"  "_s : u" · "_s));
        }
        m_breaks = false;
        m_pieces.push_back(std::move(piece));
    }
    void breakLine() { m_breaks = !m_pieces.empty(); }
    std::vector<PieceLabel::Piece> take() { return std::move(m_pieces); }

private:
    std::vector<PieceLabel::Piece> m_pieces;
    bool m_breaks = false;
};

void addDefault(Notes &notes, const FormModel &model, const FormField &field)
{
    if (isSecret(field) || field.kind == FieldKind::Constant) {
        return;
    }
    if (field.isDefault) {
        notes.add(u"\u00A0\u00A0"_s + tr("default") + u"\u00A0\u00A0"_s, Look::Tag);
        return;
    }
    if (!field.defaultValue || isContainer(field)) {
        return;
    }
    const QString words = tr("default %1").arg(valueWords(*field.defaultValue));
    const JsonValue *value = model.valueOf(field.id);
    if (field.presence == Presence::Absent) {
        notes.add(tr("%1 when not set").arg(words));
    } else if (value && *value == *field.defaultValue) {
        notes.add(tr("the default"));
    } else if (model.isChanged(field.id) || model.mode() == FormMode::Answer) {
        notes.add(tr("%1, changed by you").arg(words));
    } else {
        notes.add(words);
    }
}

void addChange(Notes &notes, const FormModel &model, const FormField &field)
{
    if (model.mode() != FormMode::Edit || !model.isChanged(field.id) || isContainer(field)) {
        return;
    }
    notes.add(tr("changed by you"), Look::Warn);
}

} // namespace

QString valueWords(const JsonValue &value, int length)
{
    if (value.isString()) {
        const QString text = displayText(value.toString()).text;
        return text.isEmpty() ? tr("empty text") : shortened(text, length);
    }
    return shortened(displayText(QString::fromUtf8(writeJson(value))).text, length);
}

QString titleOf(const FormModel &model, const FormField &field)
{
    const QString key = QString::fromStdString(field.key);
    const FormField *parent = model.field(field.parent);
    const bool isItem = parent && (parent->kind == FieldKind::List || parent->kind == FieldKind::Tuple ||
                                   parent->kind == FieldKind::Table);
    if (isItem) {
        const QString place = QString::number(key.toLongLong() + 1);
        return field.title.isEmpty() || field.title == key
                   ? tr("Item %1").arg(place)
                   : displayText(field.title).text + (parent->kind == FieldKind::Tuple ? QString() : u' ' + place);
    }
    const QString title = field.title.isEmpty() ? key : field.title;
    return title.isEmpty() ? (field.parent == noField ? tr("Value") : tr("(empty name)")) : displayText(title).text;
}

std::vector<PieceLabel::Piece> titlePieces(const FormModel &model, const FormField &field, Look look)
{
    std::vector<PieceLabel::Piece> pieces;
    const QString key = QString::fromStdString(field.key);
    const QString title = titleOf(model, field);
    VisibleText visible = displayText(field.title.isEmpty() ? key : field.title);
    const bool asWritten = visible.text == title;
    pieces.push_back({asWritten ? visible : PieceLabel::ours(title).text, field.deprecated ? Look::Struck : look});
    if (field.required && field.parent != noField && field.kind != FieldKind::Constant) {
        pieces.push_back(PieceLabel::ours(u" *"_s, Look::Bad));
    }
    if (asWritten && !key.isEmpty() && lettersOf(field.title) != lettersOf(key) && !field.title.isEmpty()) {
        pieces.push_back(PieceLabel::ours(u"  "_s));
        pieces.push_back({displayText(key), Look::Key});
    }
    return pieces;
}

QString boundsWords(const FormField &field)
{
    switch (field.kind) {
    case FieldKind::Number:
    case FieldKind::Integer: {
        const QString range = rangeOfNumbers(field.bounds);
        return !range.isEmpty() ? range : field.kind == FieldKind::Integer ? tr("whole number") : QString();
    }
    case FieldKind::Map:
        return rangeOfCounts(field.bounds.minItems, field.bounds.maxItems, tr("member(s)"));
    case FieldKind::List:
    case FieldKind::Tuple:
    case FieldKind::Table: {
        QString words = rangeOfCounts(field.bounds.minItems, field.bounds.maxItems, tr("item(s)"));
        if (field.bounds.uniqueItems) {
            words += (words.isEmpty() ? QString() : u", "_s) + tr("all different");
        }
        return words;
    }
    case FieldKind::Group:
    case FieldKind::MultiChoice: // The editor counts them itself.
    case FieldKind::Choice:
    case FieldKind::Switch:
    case FieldKind::Constant:
    case FieldKind::Null:
    case FieldKind::RawJson:
        return {};
    default:
        return textBounds(field);
    }
}

std::vector<PieceLabel::Piece> notePieces(const FormModel &model, const FormField &field)
{
    constexpr qsizetype shortHelp = 70;
    Notes notes;
    if (field.notSent) {
        notes.add(tr("will not be sent: other answers took this field away"), Look::Warn);
    }
    if (!field.neededBecause.isEmpty()) {
        notes.add(tr("needed because %1 is set").arg(displayText(field.neededBecause).text), Look::Warn);
    }
    if (!field.help.isEmpty()) {
        notes.breakLine();
        notes.add({displayText(field.help, TextShape::Lines), Look::Dim});
        if (field.help.size() > shortHelp || field.help.contains(u'\n')) {
            notes.breakLine();
        }
    }
    notes.add(boundsWords(field));
    if (field.kind == FieldKind::Constant) {
        notes.add(tr("fixed by the schema"));
    } else if (field.readOnly) {
        notes.add(tr("read-only"));
    }
    if (field.deprecated) {
        notes.add(tr("deprecated: leave it out if you can"), Look::Warn);
    }
    if (field.extra && !isContainer(field)) {
        const FormField *parent = model.field(field.parent);
        if (parent && parent->kind == FieldKind::Group) {
            notes.add(tr("not named by the schema"));
        }
    }
    addDefault(notes, model, field);
    addChange(notes, model, field);
    return notes.take();
}

QString secretWarning(const FormField &field)
{
    return field.asksForSecret || isSecret(field)
               ? tr("This seems to ask for a secret. Whoever asks can read what you type: never give a password, a key "
                    "or a card number here.")
               : QString();
}

QString problemText(const FormModel &model, FieldId id)
{
    QStringList sentences;
    for (const FieldProblem *problem : model.problemsOf(id)) {
        const QString sentence = displayText(problem->message, TextShape::Lines).text;
        if (!sentences.contains(sentence)) {
            sentences += sentence;
        }
    }
    return sentences.join(u'\n');
}

QString tableProblemText(const FormModel &model, const FormField &table)
{
    constexpr int mostShown = 4;
    const std::string within = table.pointer + '/';
    QStringList sentences;
    if (const QString own = problemText(model, table.id); !own.isEmpty()) {
        sentences += own;
    }
    int more = 0;
    for (const FieldProblem &problem : model.problems()) {
        if (!problem.pointer.starts_with(within)) {
            continue;
        }
        if (sentences.size() >= mostShown) {
            ++more;
            continue;
        }
        const QString place = QString::fromStdString(problem.pointer.substr(within.size()));
        const QString row = QString::number(place.section(u'/', 0, 0).toLongLong() + 1);
        const FormField *cell = model.field(problem.field);
        const bool hasColumn = cell && cell->parent != table.id && cell->id != table.id;
        const QString message = displayText(problem.message).text;
        sentences += hasColumn ? tr("Row %1, %2: %3").arg(row, titleOf(model, *cell), message)
                               : tr("Row %1: %2").arg(row, message);
    }
    if (more > 0) {
        sentences += counted(RowWords::tr("and %n more problem(s) in this table", nullptr, more), more);
    }
    return sentences.join(u'\n');
}

QString spokenName(const FormModel &model, const FormField &field)
{
    QString name = titleOf(model, field);
    if (field.required && field.parent != noField) {
        name += tr(", required");
    }
    if (field.notSent) {
        name += tr(", will not be sent");
    }
    return name;
}

QString spokenDescription(const FormModel &model, const FormField &field, bool withProblem)
{
    QStringList words;
    const QString problem = !withProblem                     ? QString()
                            : field.kind == FieldKind::Table ? tableProblemText(model, field)
                                                             : problemText(model, field.id);
    if (!problem.isEmpty()) {
        words += tr("Problem: %1").arg(problem);
    }
    words += secretWarning(field);
    QString notes;
    for (const PieceLabel::Piece &piece : notePieces(model, field)) {
        notes += piece.text.text;
    }
    words += notes;
    words.removeAll(QString());
    return words.join(u'\n');
}

bool canReset(const FormModel &model, const FormField &field)
{
    if (!field.defaultValue || field.isDefault || field.readOnly || field.kind == FieldKind::Constant) {
        return false;
    }
    const JsonValue *value = model.valueOf(field.id);
    return !value || !(*value == *field.defaultValue);
}

bool canRevert(const FormModel &model, const FormField &field)
{
    return model.mode() == FormMode::Edit && model.isChanged(field.id);
}

} // namespace countersign::ui
