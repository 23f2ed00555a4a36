// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"

#include <QtWidgets/QScrollArea>

#include <map>
#include <vector>

class QVBoxLayout;

namespace countersign::ui {

class WrapLabel;

/// Arguments as typed rows: a number keeps its digits, a string stays a string, true/false is a switch, null is said.
/// Items of lists can be added and removed. What has no row (very long payloads) is kept untouched. Hidden characters
/// are shown, and edited, as the tokens of displayText(). GUI thread.
class ArgumentEditor : public QScrollArea
{
    Q_OBJECT
public:
    explicit ArgumentEditor(QWidget *parent = nullptr);

    /// Starts from \p original, or goes on from \p draft.
    void edit(const JsonValue &original, const std::optional<JsonValue> &draft);
    const JsonValue &value() const { return m_value; }
    bool isChanged() const; ///< The text that would be sent differs from the original.
    /// The first thing that cannot be sent, in one sentence; empty: fine.
    QString problem() const;
    void undo();
    void redo();
    bool canUndo() const { return !m_past.empty(); }
    bool canRedo() const { return !m_future.empty(); }
    void focusFirst();

Q_SIGNALS:
    void edited(); ///< By the person.
    void leaveWanted();
    /// Ctrl+Enter.
    void confirmWanted(quint64 eventTimestamp, bool autoRepeat);

protected:
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    struct Row {
        std::string pointer;
        WrapLabel *name = nullptr;
        QWidget *field = nullptr;
        WrapLabel *was = nullptr; ///< What the original had, or the problem.
        int depth = 0;
    };

    void rebuild();
    void alignNames();
    void addValue(const QString &key, const std::string &pointer, const JsonValue &value, int depth, bool removable);
    QWidget *makeField(const std::string &pointer, const JsonValue &value);
    void change(const std::string &pointer, JsonValue value, bool merges);
    void setKind(const std::string &pointer, JsonValue::Kind kind);
    void addItem(const std::string &pointer);
    void removeItem(const std::string &pointer);
    void remember();
    void markRow(const Row &row);
    void showState();

    JsonValue m_original;
    QByteArray m_originalText;
    JsonValue m_value;
    mutable std::optional<bool> m_changed; ///< Absent: not compared since the last change.
    std::vector<JsonValue> m_past;
    std::vector<JsonValue> m_future;
    std::string m_merging; ///< The field whose keystrokes are one step back.
    std::map<std::string, QString> m_problems;
    std::vector<Row> m_rowsShown;
    int m_notShown = 0;
    QWidget *m_page = nullptr;
    QVBoxLayout *m_rows = nullptr;
    WrapLabel *m_state = nullptr;
    QWidget *m_undo = nullptr;
    QWidget *m_redo = nullptr;
};

} // namespace countersign::ui
