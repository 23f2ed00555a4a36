// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/json_page.h"

#include "core/base/json_reader.h"
#include "core/base/visible_text.h"
#include "core/schema/form_model.h"
#include "ui/forms/field_editor.h"
#include "ui/forms/json_places.h"
#include "ui/forms/piece_label.h"
#include "ui/forms/row_widget.h"
#include "ui/style/theme.h"

#include <QtCore/QRegularExpression>
#include <QtCore/QUuid>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QPlainTextEdit>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int pauseOfTyping = 350; ///< Milliseconds; one pause is one step of undo.

/// What stands for a secret. The bracket of outside text is shown as a token, so that none can look like it.
const QRegularExpression &anySecretMark()
{
    static const QRegularExpression mark(u"⟨secret (\\d{1,6}), kept⟩"_s);
    return mark;
}

/// Takes the secrets out of \p value and leaves numbered stand-ins.
std::vector<JsonValue> takeSecrets(JsonValue &value, const std::set<std::string> &places, const QString &standIn)
{
    std::vector<JsonValue> taken;
    for (const std::string &place : places) {
        if (JsonValue *secret = value.at(place); secret && !secret->isNull()) {
            JsonValue mark = JsonValue::fromString(standIn.arg(taken.size() + 1));
            taken.push_back(std::exchange(*secret, std::move(mark)));
        }
    }
    return taken;
}

/// Puts the secrets where their marks stand now, which may be elsewhere than before.
void putSecrets(JsonValue &value, const std::unordered_map<std::string, const JsonValue *> &secrets)
{
    if (value.isString()) {
        if (const auto found = secrets.find(std::string(value.utf8())); found != secrets.end()) {
            value = *found->second;
        }
    } else if (value.isArray()) {
        for (JsonValue &item : value.items()) {
            putSecrets(item, secrets);
        }
    } else if (value.isObject()) {
        for (JsonValue::Member &member : value.members()) {
            putSecrets(member.value, secrets);
        }
    }
}

} // namespace

JsonPage::JsonPage(QWidget *parent)
    : QWidget(parent)
    , m_text(new QPlainTextEdit(this))
    , m_state(new PieceLabel(TextSize::Small, this))
    , m_standIn(QUuid::createUuid().toString(QUuid::Id128) + u"-%1-"_s)
{
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(RowWidget::sidePadding(), grid(2), RowWidget::sidePadding(), grid(2));
    rows->setSpacing(grid(1));
    rows->addWidget(m_text, 1);
    rows->addWidget(m_state);
    m_text->setObjectName(u"jsonText"_s);
    m_text->setAccessibleName(tr("The whole value as JSON"));
    m_text->setTabChangesFocus(true);
    m_text->setUndoRedoEnabled(false); // The form has one stack for both.
    m_text->setLineWrapMode(QPlainTextEdit::WidgetWidth);
    m_soon.setSingleShot(true);
    m_soon.setInterval(pauseOfTyping);
    connect(&m_soon, &QTimer::timeout, this, &JsonPage::take);
    connect(m_text, &QPlainTextEdit::textChanged, this, &JsonPage::typed);
}

void JsonPage::setModel(FormModel *model)
{
    m_model = model;
    showValue();
}

void JsonPage::showValue(std::string_view pointer)
{
    m_soon.stop();
    m_pending = false;
    m_problem.clear();
    m_writing = true;
    m_text->setFont(monoFont(TextSize::Small));
    if (m_model) {
        JsonValue shown = m_model->value();
        m_secrets = takeSecrets(shown, m_model->secretPointers(), m_standIn);
        QString json = displayText(QString::fromUtf8(writeJsonIndented(shown)), TextShape::Lines).text;
        if (!m_secrets.empty()) {
            const QRegularExpression standIn(m_standIn.arg(u"(\\d+)"_s));
            json.replace(standIn, u"⟨secret \\1, kept⟩"_s);
        }
        m_text->setPlainText(json);
        const qsizetype at = offsetOf(json, pointer);
        QTextCursor caret = m_text->textCursor();
        caret.setPosition(static_cast<int>(std::max<qsizetype>(at, 0)));
        m_text->setTextCursor(caret);
    } else {
        m_secrets.clear();
        m_text->clear();
    }
    m_writing = false;
    markWrong(m_text, false);
    m_state->setPieces({PieceLabel::ours(tr("Goes into the form while you type"))});
    Q_EMIT stateChanged();
}

/// What the text means, with the secrets where their marks stand.
Result<JsonValue> JsonPage::read() const
{
    const QString shown = m_text->toPlainText();
    QString text;
    qsizetype from = 0;
    for (auto marks = anySecretMark().globalMatch(shown); marks.hasNext();) {
        const QRegularExpressionMatch mark = marks.next();
        const size_t number = mark.captured(1).toULongLong();
        if (number == 0 || number > m_secrets.size()) {
            return Error{ErrorCode::InvalidInput,
                         tr("“%1” stands for no secret of this form: type the value.").arg(mark.captured()),
                         {}};
        }
        text += QStringView(shown).mid(from, mark.capturedStart() - from);
        text += m_standIn.arg(number);
        from = mark.capturedEnd();
    }
    text += QStringView(shown).mid(from);
    Result<JsonValue> value = readJson(originalText(text).toUtf8());
    if (!value || m_secrets.empty()) {
        return value;
    }
    std::unordered_map<std::string, const JsonValue *> secrets;
    for (const JsonValue &secret : m_secrets) {
        secrets.emplace(m_standIn.arg(secrets.size() + 1).toStdString(), &secret);
    }
    putSecrets(*value, secrets);
    if (writeJson(*value).contains(m_standIn.section(u'-', 0, 0).toLatin1())) {
        return Error{ErrorCode::InvalidInput,
                     tr("The mark of a kept secret is the whole of a value: type the secret to change it."),
                     {}};
    }
    return value;
}

void JsonPage::typed()
{
    if (m_writing || !m_model) {
        return;
    }
    m_pending = true;
    const Result<JsonValue> value = read();
    m_problem = value ? QString() : displayText(value.error().message).text;
    markWrong(m_text, !value);
    m_state->setPieces(
        {value ? PieceLabel::ours(tr("Goes into the form while you type"))
               : PieceLabel::ours(tr("%1 The form keeps the last good value.").arg(m_problem), PieceLabel::Look::Bad)});
    m_text->setAccessibleDescription(m_state->text());
    if (value) {
        m_soon.start();
    } else {
        m_soon.stop();
    }
    Q_EMIT stateChanged();
}

bool JsonPage::take()
{
    m_soon.stop();
    if (!m_pending || !m_model) {
        return !isBroken();
    }
    Result<JsonValue> value = read();
    if (!value) {
        return false;
    }
    m_pending = false;
    m_model->replaceValue(*std::move(value));
    Q_EMIT edited();
    return true;
}

std::string JsonPage::pointerAtCaret() const
{
    return pointerAt(m_text->toPlainText(), m_text->textCursor().position());
}

} // namespace countersign::ui
