// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/cheat_sheet.h"

#include "ui/style/key_hint.h"
#include "ui/style/labels.h"

#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QGridLayout>
#include <QtWidgets/QScrollArea>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

struct Entry {
    QStringList keys;
    QString words;
};
struct Group {
    QString title;
    std::vector<Entry> entries;
};

QString words(const char *text)
{
    return CheatSheet::tr(text);
}

std::vector<Group> leftGroups()
{
    return {
        {words("Move"),
         {{{u"J"_s, u"K"_s}, words("Next, previous request")},
          {{u"N"_s, u"⇧N"_s}, words("Next, previous that is undecided")},
          {{u"O"_s, u"Enter"_s}, words("Open the detail")},
          {{u"Space"_s, u"⇧Space"_s}, words("Page through what is shown")},
          {{u"U"_s}, words("Show requests that have just arrived")},
          {{u"V"_s}, words("Next view")},
          {{u"G"_s, u"I"_s}, words("Go to the inbox")},
          {{u"G"_s, u"C"_s}, words("Go to claimed by me")},
          {{u"G"_s, u"D"_s}, words("Go to deferred")},
          {{u"G"_s, u"S"_s}, words("Go to not yet released")},
          {{u"G"_s, u"H"_s}, words("Go to the history")},
          {{u"G"_s, u"A"_s}, words("Go to the connections with agents")},
          {{u"G"_s, u"T"_s}, words("Go to the tools of MCP servers")}}},
        {words("Find"), {{{u"/"_s}, words("Search or filter")}, {{u"Ctrl"_s, u"K"_s}, words("Command palette")}}},
    };
}

std::vector<Group> rightGroups()
{
    return {
        {words("Decide"),
         {{{u"A"_s}, words("Approve: stages it")},
          {{u"E"_s}, words("Edit the arguments")},
          {{u"Ctrl"_s, u"Enter"_s}, words("Stage as edited, send the form")},
          {{u"R"_s}, words("Reject, then 1–9 picks a reason")},
          {{u"Q"_s}, words("Request changes")},
          {{u"D"_s}, words("Delegate")},
          {{u"S"_s}, words("Defer")},
          {{u"C"_s}, words("Claim, release the claim")},
          {{u"Z"_s}, words("Undo the last staged decision")},
          {{u"W"_s}, words("Why it was asked")},
          {{u"F9"_s}, words("Read it to the screen reader")}}},
        {words("Window"),
         {{{u"Ctrl"_s, u"L"_s}, words("Lock")},
          {{u"?"_s}, words("This sheet")},
          {{u"Esc"_s}, words("Close, go back: never declines")}}},
    };
}

QWidget *makeColumn(const std::vector<Group> &groups, QWidget *parent)
{
    auto *column = new QWidget(parent);
    auto *grid_ = new QGridLayout(column);
    grid_->setContentsMargins(0, 0, 0, 0);
    grid_->setHorizontalSpacing(grid(3));
    grid_->setVerticalSpacing(grid(1) + 2);
    grid_->setColumnStretch(1, 1);
    int row = 0;
    for (const Group &group : groups) {
        QLabel *title = makeDimLabel(group.title.toUpper(), TextSize::Tiny, column);
        title->setFont(uiFont(TextSize::Tiny, QFont::DemiBold));
        title->setContentsMargins(0, row == 0 ? 0 : grid(4), 0, grid(1));
        grid_->addWidget(title, row++, 0, 1, 2);
        for (const Entry &entry : group.entries) {
            auto *keys = new QWidget(column);
            auto *keyRow = new QHBoxLayout(keys);
            keyRow->setContentsMargins(0, 0, 0, 0);
            keyRow->setSpacing(grid(1));
            for (const QString &key : entry.keys) {
                keyRow->addWidget(new KeyHint(key, keys));
            }
            keyRow->addStretch(1);
            QLabel *what = makeLabel(entry.words, TextSize::Body, column);
            what->setWordWrap(true);
            grid_->addWidget(keys, row, 0);
            grid_->addWidget(what, row++, 1);
        }
    }
    grid_->setRowStretch(row, 1);
    return column;
}

} // namespace

CheatSheet::CheatSheet(QWidget *window)
    : Sheet(Place::Centre, window)
{
    setObjectName(u"cheatSheet"_s);
    setAccessibleName(tr("Keyboard"));
    auto *scroll = new QScrollArea(card());
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::StrongFocus);
    scroll->viewport()->setAutoFillBackground(false);
    auto *page = new QWidget(scroll);
    auto *columns = new QHBoxLayout(page);
    columns->setContentsMargins(0, 0, grid(2), 0);
    columns->setSpacing(grid(8));
    columns->addWidget(makeColumn(leftGroups(), page), 1);
    columns->addWidget(makeColumn(rightGroups(), page), 1);
    scroll->setWidget(page);
    page->setAutoFillBackground(false);
    m_scroll = scroll;

    auto *rows = new QVBoxLayout(card());
    rows->setContentsMargins(grid(6), grid(5), grid(4), grid(5));
    rows->setSpacing(grid(4));
    rows->addWidget(makeLabel(tr("Keyboard"), TextSize::Title, card()));
    rows->addWidget(scroll, 1);
    QLabel *note = makeDimLabel(tr("Letters act outside text fields only. A decision counts only after the request has "
                                   "been on screen long enough; Enter and Space never decide."),
                                TextSize::Small, card());
    note->setWordWrap(true);
    rows->addWidget(note);
    setCardSize(760, 560);
}

QWidget *CheatSheet::firstField()
{
    return m_scroll;
}

} // namespace countersign::ui
