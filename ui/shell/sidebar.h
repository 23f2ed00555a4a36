// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/store_types.h"
#include "ui/connections/connection_words.h"
#include "ui/style/pill.h"

#include <QtCore/QHash>
#include <QtCore/QTimer>
#include <QtWidgets/QWidget>

#include <vector>

class QHBoxLayout;
class QLabel;
class QScrollArea;
class QVBoxLayout;

namespace countersign::ui {

class FlatButton;
class ReviewSession;
class SidebarItem;

/// The left pane: views with counts, agents that wait, who is signed in. Reads the counts on the reader thread after
/// every change, at most some ten times a second.
class Sidebar : public QWidget
{
    Q_OBJECT
public:
    explicit Sidebar(ReviewSession &session, QWidget *parent = nullptr);

    void setView(QueueQuery::View view); ///< Marks it; emits nothing.
    void setCompact(bool compact);       ///< Icons only, for narrow windows.
    /// From now on there is a line for the connections. \p worst: how the worst of them stands.
    void showConnections(Tone worst, const QHash<QString, AgentHealth> &healthByAgent);
    void markConnections(); ///< As the view; setView() takes the mark away.
    void markTools();
    bool isCompact() const { return m_compact; }
    const QueueCounts &counts() const { return m_counts; }
    /// The views in the order of the sidebar, for cycling.
    static const std::vector<QueueQuery::View> &views();
    static QString viewName(QueueQuery::View view);
    FlatButton *menuButton() const { return m_menu; }
    int preferredWidth() const;

Q_SIGNALS:
    void viewWanted(countersign::QueueQuery::View view);
    void agentWanted(const QString &agentName); ///< The name as it came: outside text.
    void connectionsWanted();
    void toolsWanted();
    void accountWanted(); ///< The line at the bottom: lock or unlock.
    void countsChanged();

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    QLabel *addHeading(const QString &words);
    QWidget *makeLists();
    SidebarItem *makePane(const QString &visible, const QString &iconName, const QString &objectName);
    void markPane(SidebarItem *pane);
    void readCounts();
    void showCounts(const QueueCounts &counts);
    std::vector<std::pair<QString, int>> agents() const;
    void showAgents();
    void showAccount();
    void applyGrid();
    void fitIcons();

    ReviewSession &m_session;
    QueueCounts m_counts;
    std::vector<std::pair<QueueQuery::View, SidebarItem *>> m_items;
    std::vector<SidebarItem *> m_agentItems;
    QStringList m_agentNames; ///< Of the items. Outside text.
    std::vector<QLabel *> m_headings;
    QLabel *m_agentsHeading = nullptr;
    QScrollArea *m_scroll = nullptr;
    QVBoxLayout *m_lists = nullptr;
    QHBoxLayout *m_top = nullptr; ///< First heading, and the menu.
    QVBoxLayout *m_agentRows = nullptr;
    SidebarItem *m_connections = nullptr;      ///< Absent in a window without connections.
    SidebarItem *m_tools = nullptr;            ///< As the connections.
    QHash<QString, AgentHealth> m_agentHealth; ///< By agent name; outside text.
    SidebarItem *m_account = nullptr;
    FlatButton *m_menu = nullptr;
    QWidget *m_foot = nullptr;
    QTimer m_pause;      ///< Gathers bursts of changes.
    QTimer m_timePasses; ///< What becomes due by time alone.
    bool m_compact = false;
};

} // namespace countersign::ui
