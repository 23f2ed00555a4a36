// SPDX-License-Identifier: Apache-2.0
#include "ui/connections/sign_ins.h"

#include "core/base/visible_text.h"
#include "core/connections/connection_settings.h"

#include <QtCore/QTimer>
#include <QtGui/QDesktopServices>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {

SignIns::SignIns(ConnectionService &service)
    : QObject(&service)
    , m_service(service)
    , m_browser(&QDesktopServices::openUrl)
{
    connect(&service, &ConnectionService::changed, this, &SignIns::dropWhatIsOver);
}

SignIns::~SignIns()
{
    for (const Entry &entry : std::exchange(m_entries, {})) {
        if (entry.settled) {
            entry.settled(Error{ErrorCode::Cancelled, tr("The window was closed before somebody signed in."), {}});
        }
    }
}

SignIns *SignIns::of(const ConnectionService &service)
{
    return service.findChild<SignIns *>(QString(), Qt::FindDirectChildrenOnly);
}

std::optional<ConnectionStatus> SignIns::connectionOf(const mcp::SignInQuestion &question) const
{
    const QString address = shownAddress(question.server);
    for (const ConnectionStatus &status : m_service.list()) {
        if (status.kind == "mcp-http"_L1 && status.address == address) {
            return status;
        }
    }
    return std::nullopt;
}

void SignIns::ask(const mcp::SignInQuestion &question, const Settled &settled)
{
    const std::optional<ConnectionStatus> connection = connectionOf(question);
    if (!connection) {
        settled(Error{ErrorCode::NotFound, tr("The connection was removed before somebody signed in."), {}});
        return;
    }
    const int number = ++m_last;
    m_entries.push_back({{number, question, false}, settled, connection->phase});
    QTimer::singleShot(mcp::OAuthAuthorization::Options().person, this, [this, number] {
        drop(number, Error{ErrorCode::Expired, tr("Nobody signed in in time. Try now (R) asks again."), {}});
    });
    Q_EMIT changed();
}

std::optional<SignIns::Waiting> SignIns::of(const ConnectionStatus &connection) const
{
    const auto found = std::find_if(m_entries.begin(), m_entries.end(), [&](const Entry &entry) {
        return connection.kind == "mcp-http"_L1 && shownAddress(entry.waiting.question.server) == connection.address;
    });
    return found == m_entries.end() ? std::nullopt : std::optional(found->waiting);
}

bool SignIns::waits(int number) const
{
    return std::any_of(m_entries.begin(), m_entries.end(),
                       [number](const Entry &entry) { return entry.waiting.number == number; });
}

Result<> SignIns::open(int number)
{
    const auto found = std::find_if(m_entries.begin(), m_entries.end(),
                                    [number](const Entry &entry) { return entry.waiting.number == number; });
    if (found == m_entries.end()) {
        return Error{
            ErrorCode::NotFound, tr("This sign-in is over: the connection does not wait for it any more."), {}};
    }
    if (!m_browser(found->waiting.question.address)) {
        return Error{ErrorCode::Unreachable,
                     tr("No browser could be opened. Copy the address and open it in one on this computer."),
                     {}};
    }
    found->waiting.isOpened = true;
    const Settled settled = std::exchange(found->settled, {});
    if (found->phase == ConnectionStatus::Phase::Open) {
        m_entries.erase(found); // Nothing would tell that it is over: the connection stays open.
    }
    if (settled) {
        settled({});
    }
    Q_EMIT changed();
    return {};
}

void SignIns::refuse(int number)
{
    drop(number, Error{ErrorCode::NotAllowed, tr("You did not sign in. Try now (R) asks again."), {}});
}

void SignIns::drop(int number, const Error &why)
{
    const auto found = std::find_if(m_entries.begin(), m_entries.end(),
                                    [number](const Entry &entry) { return entry.waiting.number == number; });
    if (found == m_entries.end()) {
        return;
    }
    const Settled settled = std::exchange(found->settled, {});
    m_entries.erase(found);
    if (settled) {
        settled(why); // May change connections, and so come here again.
    }
    Q_EMIT changed();
}

void SignIns::dropWhatIsOver()
{
    std::vector<int> over;
    for (const Entry &entry : m_entries) {
        const std::optional<ConnectionStatus> connection = connectionOf(entry.waiting.question);
        if (!connection || connection->phase != entry.phase) {
            over.push_back(entry.waiting.number);
        }
    }
    for (const int number : over) {
        drop(number, Error{ErrorCode::Cancelled, tr("The connection went on without this sign-in."), {}});
    }
}

} // namespace countersign::ui
