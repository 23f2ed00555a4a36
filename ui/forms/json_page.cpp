// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/json_page.h"

#include "core/base/json_reader.h"
#include "core/base/visible_text.h"
#include "core/schema/form_model.h"
#include "ui/forms/field_editor.h"
#include "ui/forms/form_preview.h"
#include "ui/forms/json_places.h"
#include "ui/forms/piece_label.h"
#include "ui/forms/row_widget.h"
#include "ui/style/theme.h"

#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QPlainTextEdit>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int pauseOfTyping = 350; ///< Milliseconds; one pause is one step of undo.

/// Cannot come from outside: the bracket would be a token there.
QString secretMark()
{
    return u"⟨secret, kept⟩"_s;
}

void maskSecrets(JsonValue &value, const std::set<std::string> &places)
{
    for (const std::string &place : places) {
        if (JsonValue *secret = value.at(place); secret && secret->isString()) {
            *secret = JsonValue::fromString(secretMark());
        }
    }
}

void unmaskSecrets(JsonValue &value, const JsonValue &kept, const std::set<std::string> &places)
{
    for (const std::string &place : places) {
        JsonValue *now = value.at(place);
        const JsonValue *before = kept.at(place);
        if (now && before && now->isString() && now->toString() == secretMark()) {
            *now = *before;
        }
    }
}

} // namespace

JsonPage::JsonPage(QWidget *parent)
    : QWidget(parent)
    , m_text(new QPlainTextEdit(this))
    , m_state(new PieceLabel(TextSize::Small, this))
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
        const std::set<std::string> secrets = secretPlaces(*m_model);
        maskSecrets(shown, secrets);
        QString json = displayText(QString::fromUtf8(writeJsonIndented(shown)), TextShape::Lines).text;
        if (!secrets.empty()) {
            json.replace(displayText(secretMark()).text, secretMark());
        }
        m_text->setPlainText(json);
        const qsizetype at = offsetOf(json, pointer);
        QTextCursor caret = m_text->textCursor();
        caret.setPosition(static_cast<int>(std::max<qsizetype>(at, 0)));
        m_text->setTextCursor(caret);
    } else {
        m_text->clear();
    }
    m_writing = false;
    markWrong(m_text, false);
    m_state->setPieces({PieceLabel::ours(tr("Goes into the form while you type"))});
    Q_EMIT stateChanged();
}

void JsonPage::typed()
{
    if (m_writing || !m_model) {
        return;
    }
    m_pending = true;
    const Result<JsonValue> value = readJson(originalText(m_text->toPlainText()).toUtf8());
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
    Result<JsonValue> value = readJson(originalText(m_text->toPlainText()).toUtf8());
    if (!value) {
        return false;
    }
    m_pending = false;
    unmaskSecrets(*value, m_model->value(), secretPlaces(*m_model));
    m_model->replaceValue(*std::move(value));
    Q_EMIT edited();
    return true;
}

std::string JsonPage::pointerAtCaret() const
{
    return pointerAt(m_text->toPlainText(), m_text->textCursor().position());
}

} // namespace countersign::ui
