// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_reader.h"
#include "ui/forms/field_editor.h"
#include "ui/style/theme.h"

#include <QtCore/QDir>
#include <QtGui/QKeyEvent>
#include <QtTest/QTest>
#include <QtWidgets/QApplication>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QCheckBox>

#include <memory>

namespace countersign::ui {

inline JsonValue json(const char *text)
{
    const Result<JsonValue> value = readJson(QByteArray(text));
    return value.hasValue() ? *value : JsonValue::fromString(QString::fromLatin1("not JSON"));
}

inline FieldOption option(JsonValue value, const QString &title, const QString &description = {})
{
    return {std::move(value), title, description};
}

/// Types \p text key by key, whatever its script.
inline void typeText(QWidget *widget, const QString &text)
{
    for (const QChar c : text) {
        const int key = c.unicode() < 128 ? int(c.toUpper().unicode()) : int(Qt::Key_unknown);
        for (const QEvent::Type type : {QEvent::KeyPress, QEvent::KeyRelease}) {
            QKeyEvent event(type, key, Qt::NoModifier, QString(c));
            QApplication::sendEvent(widget, &event);
        }
    }
}

/// One editor as a row would hold it: it shows a field, and everything that it says is written down and, as by a form,
/// shown again.
class FieldDesk
{
public:
    explicit FieldDesk(FieldKind kind)
    {
        field.id = 1;
        field.kind = kind;
        field.title = QString::fromLatin1("Field");
    }

    template<typename Editor, typename... Args>
    Editor *make(Args &&...args)
    {
        window = std::make_unique<QWidget>();
        auto *layout = new QVBoxLayout(window.get());
        auto *made = new Editor(std::forward<Args>(args)..., window.get());
        layout->addWidget(made);
        layout->addStretch(1);
        layout->addWidget(new QCheckBox); // Where Tab goes.
        listen(made);
        return made;
    }

    void makeByFactory()
    {
        window = std::make_unique<QWidget>();
        auto *layout = new QVBoxLayout(window.get());
        FieldEditor *made = makeFieldEditor(field.kind, field, window.get());
        layout->addWidget(made);
        layout->addStretch(1);
        layout->addWidget(new QCheckBox); // Where Tab goes.
        listen(made);
    }

    void show(const char *text = nullptr)
    {
        if (text) {
            set(json(text));
        } else {
            clear();
        }
    }
    void set(const JsonValue &now)
    {
        value = now;
        unfinished.clear();
        refresh();
    }
    void clear()
    {
        value.reset();
        unfinished.clear();
        refresh();
    }
    void refresh()
    {
        field.presence = !value ? Presence::Absent : value->isNull() ? Presence::Null : Presence::Value;
        editor->present(field, value ? &*value : nullptr, unfinished);
        if (!window->isVisible()) {
            window->resize(560, 400);
            window->show();
            window->activateWindow();
            if (!QTest::qWaitForWindowActive(window.get())) {
                qFatal("the window takes no keys");
            }
        }
    }

    /// Compact JSON of the value; "absent" when there is none.
    QByteArray text() const { return value ? writeJson(*value) : QByteArray("absent"); }

    template<typename Part>
    Part *part(const char *name) const
    {
        return window->findChild<Part *>(QString::fromLatin1(name));
    }

    /// What a label of ours says.
    QString said(const char *name) const { return part<QWidget>(name)->property("text").toString(); }

    /// Draws the window into the folder that COUNTERSIGN_SCREENSHOTS names, if it does.
    void picture(const QString &name, QWidget *shown = nullptr) const
    {
        const QString folder = qEnvironmentVariable("COUNTERSIGN_SCREENSHOTS");
        if (!folder.isEmpty()) {
            (shown ? shown : window.get())->grab().save(QDir(folder).filePath(name + QString::fromLatin1(".png")));
        }
    }

    FormField field;
    std::optional<JsonValue> value;
    QString unfinished;
    QString why;
    int edits = 0; ///< Signals of any kind.
    bool echoes = true;
    std::unique_ptr<QWidget> window;
    FieldEditor *editor = nullptr;

private:
    void listen(FieldEditor *made)
    {
        editor = made;
        QObject::connect(made, &FieldEditor::valueEdited, made, [this](const JsonValue &now) {
            value = now;
            unfinished.clear();
            why.clear();
            wrote();
        });
        QObject::connect(made, &FieldEditor::unfinishedEdited, made,
                         [this](const QString &typed, const QString &reason) {
                             unfinished = typed;
                             why = reason;
                             wrote();
                         });
        QObject::connect(made, &FieldEditor::absentWanted, made, [this] {
            value.reset();
            unfinished.clear();
            why.clear();
            wrote();
        });
        QObject::connect(made, &FieldEditor::nullWanted, made, [this] {
            value = JsonValue();
            unfinished.clear();
            why.clear();
            wrote();
        });
    }
    void wrote()
    {
        ++edits;
        if (echoes) {
            refresh();
        }
    }
};

} // namespace countersign::ui
