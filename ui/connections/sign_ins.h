// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/connection_service.h"

namespace countersign::ui {

/// The sign-ins at MCP servers that wait for a person at this window. Each is settled exactly once: when its address
/// was opened, when the person does not want to, when the connection went on, stopped or was removed without it, when
/// it took too long, or with the window. Belongs to its service and lives on its thread, which is the GUI's.
class SignIns final : public QObject
{
    Q_OBJECT
public:
    using Settled = std::function<void(const Result<> &)>;
    explicit SignIns(ConnectionService &service);
    ~SignIns() override;

    /// Those of \p service; null: nobody can sign in at this window.
    static SignIns *of(const ConnectionService &service);

    /// As mcp::OAuthAuthorization::OpenBrowser has it. Nothing is opened by itself.
    void ask(const mcp::SignInQuestion &question, const Settled &settled);

    struct Waiting {
        int number = 0;
        mcp::SignInQuestion question;
        bool isOpened = false; ///< In the browser; it may be opened again.
    };
    /// What \p connection waits for. Of several the oldest.
    std::optional<Waiting> of(const ConnectionStatus &connection) const;
    bool waits(int number) const;
    /// Opens the address in the browser. NotFound: it does not wait any more. Unreachable: there is no browser; it goes
    /// on waiting.
    Result<> open(int number);
    void refuse(int number);
    /// Instead of the desktop's browser. \p open returns whether one was opened.
    void setBrowser(std::function<bool(const QUrl &)> open) { m_browser = std::move(open); }

Q_SIGNALS:
    void changed();

private:
    struct Entry {
        Waiting waiting;
        Settled settled;                                                     ///< Null: it was called.
        ConnectionStatus::Phase phase = ConnectionStatus::Phase::Connecting; ///< Of the connection when it asked.
    };
    std::optional<ConnectionStatus> connectionOf(const mcp::SignInQuestion &question) const;
    void drop(int number, const Error &why);
    void dropWhatIsOver();

    ConnectionService &m_service;
    std::function<bool(const QUrl &)> m_browser;
    std::vector<Entry> m_entries; ///< Oldest first.
    int m_last = 0;
};

} // namespace countersign::ui
