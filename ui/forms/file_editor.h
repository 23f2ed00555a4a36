// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "ui/forms/field_editor.h"

#include <QtCore/QByteArray>

namespace countersign::ui {

class FlatButton;
class WrapLabel;

/// The largest file a field takes: as base64 it still fits into an answer (MODEL.md section 1).
inline constexpr qint64 largestFieldFile = 700 * 1024;

/// File: the bytes of a file as base64. A file is picked by dialog or dropped; its size and SHA-256 are shown; it can
/// be saved and taken away. A text that is not base64 is said to be so and stays.
class FileEditor : public FieldEditor
{
    Q_OBJECT
public:
    explicit FileEditor(QWidget *parent);

    bool fits(const FormField &field) const override;
    void present(const FormField &field, const JsonValue *value, const QString &unfinished) override;
    void setWrong(bool wrong) override;
    void setWords(const QString &name, const QString &description) override;
    QWidget *focusTarget() override;
    std::vector<QWidget *> tabStops() override;

    /// What the dialog and a drop end in: reads the file aside and emits valueEdited(), or says why not.
    void takeFile(const QString &path);
    void saveTo(const QString &path);

protected:
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;

private:
    void choose();
    void save();
    void say(const QString &sentence);
    void showFile();
    void describe();

    FieldId m_field = noField;
    bool m_readOnly = false;
    bool m_present = false;
    std::string m_text;                ///< The value as it is.
    std::optional<QByteArray> m_bytes; ///< Absent: none, or \c m_text is not base64.
    QString m_digestText;              ///< Of the bytes; made once for every file.
    QString m_fileName;                ///< Visible; empty: the value came without one.
    QString m_words;                   ///< Help and problem, for the screen reader.
    int m_generation = 0;              ///< Late answers for another field are dropped.
    FlatButton *m_choose = nullptr;
    FlatButton *m_save = nullptr;
    FlatButton *m_clear = nullptr;
    WrapLabel *m_about = nullptr;
    WrapLabel *m_digest = nullptr;
};

} // namespace countersign::ui
