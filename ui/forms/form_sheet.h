// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"
#include "core/schema/form_field.h"

#include <QtCore/QPointer>
#include <QtWidgets/QWidget>

class QLabel;

namespace countersign {
class FormModel;
}

namespace countersign::ui {

class Card;
class FindBar;
class FormPreview;
class FormView;
class JsonPage;
class PieceLabel;
class Pill;
class ProblemList;
class TextLink;

/// A form to be filled in: the card with its fields (or the whole as JSON text), what is wrong with it, and what will
/// be sent. It has no buttons that decide: it says what the person wants, and its owner decides. Nothing here sends by
/// Enter. GUI thread.
class FormSheet : public QWidget
{
    Q_OBJECT
public:
    explicit FormSheet(QWidget *parent = nullptr);
    ~FormSheet() override;

    /// Shows \p model, which must outlive this or be taken away (null) before it goes. Starts unfiltered, as a form,
    /// and without a focus: see focusFirst().
    void setModel(FormModel *model);
    FormModel *model() const { return m_model; }
    /// "Your answer" at first. Ours or made visible.
    void setTitle(const QString &title);
    /// The model was changed by somebody else.
    void refresh();

    /// The first thing for which the form cannot be sent, in one visible sentence; empty: fine.
    QString problem() const;
    /// Takes in what is still being typed, shows every problem, goes to the first. True: it can be sent now.
    bool attemptSubmit();
    void focusFirst();
    bool hasFocusInside() const;

    void showJson(bool json);
    bool showsJson() const;
    /// Replaces the whole value by the JSON in the clipboard. False: it holds none, and the sheet says so.
    bool pasteJson();
    void undo();
    void redo();
    void goToProblem(int direction); ///< 1: the next one behind the current field; -1: the one before. Goes round.
    void find();

    FormView *view() const { return m_view; }
    FormPreview *preview() const { return m_preview; }
    JsonPage *jsonPage() const { return m_json; }
    QString stateWords() const; ///< "5 of 6 filled · 1 problem · defaults are marked".

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    /// What all of it would take at this width, in pixels; while it is shown as JSON, whatever there is.
    int wholeHeight() const { return m_wholeHeight; }

Q_SIGNALS:
    void wholeHeightChanged();
    void edited(); ///< By the person: value, problems or unfinished text differ.
    void submitWanted(quint64 eventTimestamp, bool autoRepeat); ///< Ctrl+Enter.
    void leaveWanted();                                         ///< Escape, when there is nothing smaller to leave.

protected:
    bool event(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void buildFormCard();
    void buildPreviewCard();
    void place();
    void showHint();
    void showState();
    void showProblems();
    void takeEdit();
    void say(const QString &sentence, bool bad);
    void sayUnchecked();
    void watch(QWidget *now);
    bool isOurKey(const QKeyEvent *event) const;
    bool handleKey(QKeyEvent *event);
    bool closeSmallest();

    FormModel *m_model = nullptr;
    Card *m_formCard = nullptr;
    Card *m_previewCard = nullptr;
    Pill *m_hint = nullptr;
    PieceLabel *m_hintLine = nullptr;
    QLabel *m_state = nullptr;
    QString m_stateText; ///< Whole; the label shortens it where there is no room.
    TextLink *m_undo = nullptr;
    TextLink *m_redo = nullptr;
    TextLink *m_toggle = nullptr;
    TextLink *m_fold = nullptr;
    PieceLabel *m_notice = nullptr;
    ProblemList *m_problems = nullptr;
    FindBar *m_find = nullptr;
    FormView *m_view = nullptr;
    JsonPage *m_json = nullptr;
    FormPreview *m_preview = nullptr;
    QPointer<QWidget> m_watched; ///< Has the focus; its keys pass by us first.
    bool m_attempted = false;
    bool m_previewFolded = false;
    bool m_placing = false;
    int m_wholeHeight = 0;
};

} // namespace countersign::ui
