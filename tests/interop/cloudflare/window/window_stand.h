// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/audit/event_body.h"
#include "tests/interop/cloudflare/agent_worker.h"
#include "tests/support/form_field.h"
#include "tests/support/window_rig.h"
#include "ui/connections/connection_desk.h"
#include "ui/connections/connections_pane.h"
#include "ui/shell/sheet.h"
#include "ui/style/flat_button.h"
#include "ui/style/pill.h"

#include <QtWidgets/QComboBox>
#include <QtWidgets/QLineEdit>

namespace countersign::test {

/// What else is typed for a connection.
struct Adding {
    enum class SignIn { Nothing, Header, Query };
    SignIn place = SignIn::Nothing;
    QString secret{};
    QByteArray profile{}; ///< Goes into a file, whose path is typed.
};

/// The whole window with its connections, as the program puts it together, and a reviewer who has nothing but keys and
/// a mouse. Time passes as it does; only the wait between a decision and its release is skipped.
class WindowStand
{
public:
    WindowStand()
    {
        rig.clock.letRun();
        open();
    }
    ~WindowStand() { close(); }

    void open()
    {
        rig.open();
        desk = std::make_unique<ui::ConnectionDesk>(*rig.session);
        rig.window->setConnections(desk->service());
        desk->start();
    }
    /// Once more with open(): the reviewer started the program again.
    void close()
    {
        if (rig.window) {
            rig.window->close();
        }
        rig.window.reset();
        desk.reset();
        rig.close();
    }
    bool isReady() const
    {
        const auto ready = [this] {
            const auto *pane = rig.window->findChild<ui::ConnectionsPane *>();
            return rig.window->isActiveWindow() && !rig.session->isLocked() &&
                   (rig.window->queue()->isVisible() || (pane && pane->isVisible()));
        };
        return QTest::qWaitFor(ready, 10'000);
    }

    // The connections pane.
    void goTo(int letter) const
    {
        rig.press(Qt::Key_G);
        rig.press(letter);
    }
    /// Goes on with Tab until the field has the focus.
    bool tabTo(const QString &field) const
    {
        for (int steps = 0; steps < 20; ++steps) {
            if (QApplication::focusWidget() && QApplication::focusWidget()->objectName() == field) {
                return true;
            }
            rig.press(Qt::Key_Tab);
        }
        return false;
    }
    /// Types a connection into the sheet. Empty: it is added; else what the window says.
    QString add(const QString &name, const QUrl &url, const Adding &more)
    {
        if (!isReady()) {
            return QStringLiteral("the window did not come up");
        }
        goTo(Qt::Key_A);
        const auto *pane = rig.window->findChild<ui::ConnectionsPane *>();
        if (!pane || !pane->isVisible()) {
            return QStringLiteral("no connections are shown");
        }
        rig.press(Qt::Key_N);
        if (const auto *guide = rig.find<QWidget>(QStringLiteral("wayIn-1")); guide && guide->isVisible()) {
            rig.press(Qt::Key_1); // An agent, of all that could be added.
        }
        bool found = tabTo(QStringLiteral("newConnectionName"));
        rig.type(name);
        found = tabTo(QStringLiteral("newConnectionAddress")) && found;
        rig.type(url.toString());
        if (more.place != Adding::SignIn::Nothing) {
            found = tabTo(QStringLiteral("newConnectionPlace")) && found;
            for (int steps = 0; steps < static_cast<int>(more.place); ++steps) {
                rig.press(Qt::Key_Down);
            }
            found = tabTo(QStringLiteral("newConnectionSecret")) && found; // Its name is there already.
            rig.type(more.secret);
        }
        if (!more.profile.isEmpty()) {
            const QString path = rig.folder.filePath(name + QStringLiteral(".profile.json"));
            QFile file(path);
            if (!file.open(QIODevice::WriteOnly) || file.write(more.profile) < 0) {
                return QStringLiteral("the profile could not be written");
            }
            file.close();
            found = tabTo(QStringLiteral("newConnectionProfile")) && found;
            rig.press(Qt::Key_Down);
            found = tabTo(QStringLiteral("newConnectionProfileFile")) && found;
            rig.type(path);
        }
        if (!found) {
            return QStringLiteral("the fields cannot be reached by the Tab key");
        }
        rig.press(Qt::Key_Return, Qt::ControlModifier);
        const auto *sheet = rig.find<ui::Sheet>(QStringLiteral("addConnection"));
        const bool added = QTest::qWaitFor([&] { return !sheet->isOpen(); }, 10'000) &&
                           QTest::qWaitFor([&] { return pane->selectedName() == name; }, 10'000);
        return added ? QString() : rig.find<QLabel>(QStringLiteral("addProblem"))->text();
    }
    /// What the pane says of the selected connection, in a word and in a sentence.
    QString standing() const { return rig.find<ui::Pill>(QStringLiteral("connectionStanding"))->text(); }
    /// The same, and back to the inbox once it is open.
    QString connectTo(const QString &name, const QUrl &url, const Adding &more = {})
    {
        const QString problem = add(name, url, more);
        if (!problem.isEmpty()) {
            return problem;
        }
        const bool open =
            QTest::qWaitFor([&] { return standing() == u"connected" || standing() == u"stopped"; }, 15'000);
        const QString said = standing();
        goTo(Qt::Key_I);
        return open && said == u"connected" ? QString() : said;
    }
    bool isOpen(const QString &name) const
    {
        const auto status = desk->service().status(name);
        return status && status->phase == ConnectionStatus::Phase::Open;
    }

    /// Types wherever the focus goes meanwhile.
    void typeOn(const QString &text) const
    {
        for (const QChar letter : text) {
            QTest::keyClick(QApplication::focusWidget(), letter.toLatin1());
        }
    }

    // The list and the request.
    std::vector<Request> waiting(const QString &connection)
    {
        const auto live =
            rig.onEngine([connection](Engine &engine) { return engine.store().liveRequests(connection, 1000); });
        std::vector<Request> open;
        for (const Request &request : live.value()) {
            if (request.isOpen()) {
                open.push_back(request);
            }
        }
        return open;
    }
    /// Goes to the first request of the list, or the next one, once \p count of them are shown. Empty: it did not come.
    RequestId reach(int count = 1)
    {
        static_cast<void>(QTest::qWaitFor([&] { return rig.window->sidebar()->counts().inbox == count; }, 20'000));
        const auto moved = [this, before = rig.window->queue()->selected()] {
            if (rig.window->queue()->selected() == before) {
                rig.press(Qt::Key_J);
            }
            const auto now = rig.window->queue()->selected();
            return now && now != before && rig.window->detail()->shown() == now;
        };
        return QTest::qWaitFor(moved, 10'000) ? *rig.window->queue()->selected() : RequestId();
    }
    /// The reviewer reads until the bar says that a key counts.
    bool isArmed()
    {
        return QTest::qWaitFor([this] { return rig.armingLine().startsWith(QStringLiteral("Armed")); }, 10'000);
    }
    bool approve(const RequestId &id) { return isArmed() && (rig.press(Qt::Key_A), isStaged(id)); }
    /// With words, or with the first of the reasons to pick from.
    bool reject(const RequestId &id, const QString &words = {})
    {
        if (!isArmed()) {
            return false;
        }
        rig.press(Qt::Key_R);
        words.isEmpty() ? rig.press(Qt::Key_1) : typeOn(words);
        rig.press(Qt::Key_Return, Qt::ControlModifier);
        return isStaged(id);
    }
    bool isStaged(const RequestId &id)
    {
        return QTest::qWaitFor([&] { return rig.request(id).state.delivery == Delivery::Staged; }, 10'000);
    }
    /// The time for an undo is over.
    void release() { rig.clock.advance(std::chrono::seconds(16)); }
    bool isDelivered(const RequestId &id, int patienceMs = 30'000)
    {
        return QTest::qWaitFor([&] { return rig.request(id).state.delivery == Delivery::Acknowledged; }, patienceMs);
    }
    /// Waits until the history tells \p words of \p id, once a person has gone there. Empty: it does; else what it
    /// tells.
    QString missingInHistory(const RequestId &id, const QStringList &words)
    {
        goTo(Qt::Key_H);
        QString told;
        const auto tells = [&] {
            if (rig.window->queue()->selected() != id) {
                rig.press(Qt::Key_J);
                return false;
            }
            const auto *card = rig.find<QWidget>(QStringLiteral("outcome"));
            told.clear();
            for (const QWidget *part : card ? card->findChildren<QWidget *>() : QList<QWidget *>()) {
                told += part->property("text").toString() + u'\n';
            }
            return card && card->isVisible() &&
                   std::all_of(words.begin(), words.end(), [&](const QString &word) { return told.contains(word); });
        };
        const bool found = QTest::qWaitFor(tells, 10'000);
        goTo(Qt::Key_I);
        return found ? QString() : QStringLiteral("the history tells only: ") + told;
    }
    QByteArray story(const RequestId &id)
    {
        const Request request = rig.request(id);
        return toText(request.state.lifecycle).toUtf8() + ", " + toText(request.state.delivery).toUtf8() + ": " +
               request.settledNote.toUtf8() + " / the bar says: " + rig.armingLine().toUtf8();
    }

    // The log.
    /// Who voted on \p id, as the log has it: `reviewer NAME` for every vote, and `policy` for what no person decided.
    QStringList deciders(const RequestId &id)
    {
        return rig
            .onEngine([id](Engine &engine) -> Result<QStringList> {
                QStringList found;
                const auto about = engine.store().eventsAbout(id.text());
                const auto people = engine.directory();
                if (!about || !people) {
                    return about ? people.error() : about.error();
                }
                for (const auto &[event, seal] : *about) {
                    const Result<EventFacts> facts = decodeEvent(event.body);
                    if (!facts) {
                        return facts.error();
                    }
                    if (facts->kind == u"vote.cast") {
                        const Reviewer *who = people->activeByKey(facts->actor.key);
                        found.append(facts->actor.type + u' ' + (who ? who->name : QStringLiteral("nobody")));
                    } else if (facts->kind == u"decision.automatic") {
                        found.append(QStringLiteral("policy"));
                    }
                }
                return found;
            })
            .value();
    }
    /// How often something was sent for \p id: a repetition stands there as well.
    int timesSent(const RequestId &id)
    {
        return rig
            .onEngine([id](Engine &engine) -> Result<int> {
                const auto about = engine.store().eventsAbout(id.text());
                return about ? static_cast<int>(std::count_if(
                                   about->begin(), about->end(),
                                   [](const auto &sealed) { return sealed.event.kind == u"delivery.started"; }))
                             : Result<int>(about.error());
            })
            .value();
    }
    /// The real command line on the same workspace, as another seat of the same reviewer.
    struct Ran {
        int code = -1;
        QByteArray out;
        QByteArray err;
    };
    Ran commandLine(const QStringList &words) const
    {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("COUNTERSIGN_WORKSPACE"), rig.location.url);
        environment.insert(QStringLiteral("XDG_CONFIG_HOME"), rig.folder.filePath(QStringLiteral("config")));
        QProcess process;
        process.setProcessEnvironment(environment);
        process.start(QStringLiteral(COUNTERSIGN_BIN_DIR "/countersignctl"), words);
        if (!QTest::qWaitFor([&] { return process.state() == QProcess::NotRunning; }, 20'000)) {
            process.kill();
            process.waitForFinished();
            return {};
        }
        return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
    }
    QString keyFile() const { return rig.location.keyFolder + QStringLiteral("/R1.key"); }

    WindowRig rig;
    std::unique_ptr<ui::ConnectionDesk> desk;
};

} // namespace countersign::test
