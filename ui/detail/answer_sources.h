// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "ui/detail/tool_answer.h"

#include <QtWidgets/QWidget>

class QCheckBox;
class QComboBox;
class QLineEdit;
class QPlainTextEdit;

namespace countersign::ui {

class FlatButton;
class SegmentSwitch;
class WrapLabel;

/// One way to answer a tool: the controls with which a person makes the answer. Takes nothing by itself. GUI thread.
class AnswerSource : public QWidget
{
    Q_OBJECT
public:
    using QWidget::QWidget;
    /// The answer in every shape that a tool may take it in, plainest first; empty: there is none yet.
    virtual std::vector<JsonValue> shapes() const = 0;
    virtual QString lacking() const = 0; ///< What is missing, in one sentence. Only while shapes() is empty.
    virtual QWidget *firstControl() const = 0;
    virtual void forget() = 0;                     ///< Another request: what was taken for the last is gone.
    virtual JsonValue draft() const { return {}; } ///< What may be kept; null: nothing.
    virtual void takeDraft(const JsonValue &) {}

Q_SIGNALS:
    void typed();   ///< By the person, letter by letter.
    void arrived(); ///< From elsewhere, by an act of the person: it has to be looked at before it is sent.
};

/// The text in the clipboard, when the person says so.
class ClipboardSource : public AnswerSource
{
    Q_OBJECT
public:
    explicit ClipboardSource(QWidget *parent);
    std::vector<JsonValue> shapes() const override;
    QString lacking() const override;
    QWidget *firstControl() const override;
    void forget() override;

private:
    void take();

    std::optional<QString> m_text;
    QString m_problem;
    FlatButton *m_take = nullptr;
    WrapLabel *m_note = nullptr;
};

/// The content of a file; its name only if the person wants it, its folder never.
class FileSource : public AnswerSource
{
    Q_OBJECT
public:
    explicit FileSource(QWidget *parent);
    std::vector<JsonValue> shapes() const override;
    QString lacking() const override;
    QWidget *firstControl() const override;
    void forget() override;
    /// What the dialog ends in: reads the file aside.
    void takeFile(const QString &path);

private:
    void choose();
    void show();

    std::optional<QByteArray> m_bytes;
    std::optional<QString> m_text; ///< Absent: the bytes are no UTF-8 text.
    QString m_name;
    QString m_problem;
    int m_generation = 0;
    FlatButton *m_choose = nullptr;
    SegmentSwitch *m_form = nullptr;
    QCheckBox *m_withName = nullptr;
    WrapLabel *m_note = nullptr;
};

/// Where somebody is: coordinates, picked from the places that the machine knows or typed, or words.
class LocationSource : public AnswerSource
{
    Q_OBJECT
public:
    explicit LocationSource(QWidget *parent);
    std::vector<JsonValue> shapes() const override;
    QString lacking() const override;
    QWidget *firstControl() const override;
    void forget() override;
    JsonValue draft() const override;
    void takeDraft(const JsonValue &draft) override;

private:
    void showMode();
    void pick();

    SegmentSwitch *m_mode = nullptr;
    QWidget *m_coordinates = nullptr;
    QComboBox *m_places = nullptr;
    QLineEdit *m_latitude = nullptr;
    QLineEdit *m_longitude = nullptr;
    QLineEdit *m_words = nullptr;
};

/// Anything: a text, or JSON.
class FreeSource : public AnswerSource
{
    Q_OBJECT
public:
    explicit FreeSource(QWidget *parent);
    std::vector<JsonValue> shapes() const override;
    QString lacking() const override;
    QWidget *firstControl() const override;
    void forget() override;
    JsonValue draft() const override;
    void takeDraft(const JsonValue &draft) override;

private:
    bool isJson() const;

    SegmentSwitch *m_form = nullptr;
    QPlainTextEdit *m_text = nullptr;
};

} // namespace countersign::ui
