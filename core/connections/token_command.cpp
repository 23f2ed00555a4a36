// SPDX-License-Identifier: Apache-2.0
#include "core/connections/token_command.h"

#include "core/base/visible_text.h"

#include <QtCore/QFileInfo>
#include <QtCore/QProcess>
#include <QtCore/QStandardPaths>
#include <QtCore/QTimer>

#include <csignal>

#include <unistd.h>

namespace countersign {

using namespace Qt::Literals::StringLiterals;

namespace {

constexpr qsizetype mostWords = 100;
constexpr qsizetype mostWordLength = 4000;

bool isToken(const QByteArray &text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

/// One run. Child of its context; deletes itself.
class TokenRun final : public QObject
{
public:
    using Reply = std::function<void(const Result<QByteArray> &)>;
    TokenRun(const QStringList &command, Reply reply, std::chrono::milliseconds patience, QObject *parent)
        : QObject(parent)
        , m_name(displayText(QFileInfo(command.value(0)).fileName()).text)
        , m_reply(std::move(reply))
    {
        m_process.setStandardInputFile(QProcess::nullDevice());
        m_process.setStandardErrorFile(QProcess::nullDevice());
        m_process.setChildProcessModifier([] { ::setpgid(0, 0); }); // To be killed with what it starts.
        connect(&m_process, &QProcess::readyReadStandardOutput, this, &TokenRun::read);
        connect(&m_process, &QProcess::finished, this, &TokenRun::end);
        connect(&m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
            if (error == QProcess::FailedToStart) {
                finish(unreachable(u"The token command “%1” could not be started: check that it is still there."_s));
            }
        });
        QTimer::singleShot(patience, this, [this, patience] {
            finish(unreachable(u"The token command “%1” printed no token within "_s +
                               QString::number(std::max<qint64>(1, patience.count() / 1000)) + u" s and was ended."_s));
        });
        m_process.start(command.value(0), command.mid(1), QIODevice::ReadOnly);
        m_group = m_process.processId();
    }
    ~TokenRun() override
    {
        m_process.disconnect(this);
        kill();
    }

private:
    Error unreachable(const QString &sentence) const { return {ErrorCode::Unreachable, sentence.arg(m_name), {}}; }

    void read()
    {
        m_output += m_process.readAllStandardOutput();
        if (m_output.size() > mostTokenBytes) {
            finish(Error{ErrorCode::Malformed,
                         u"The token command “%1” printed more than 16 kB: it is to print a token only."_s.arg(m_name),
                         {}});
        }
    }

    void end(int code, QProcess::ExitStatus how)
    {
        if (!m_reply) {
            return; // It was killed.
        }
        read();
        if (how == QProcess::CrashExit || code != 0) {
            finish(unreachable(u"The token command “%1” failed (%2): run it in a terminal to see why."_s.arg(
                u"%1"_s, how == QProcess::CrashExit ? u"ended by a signal"_s : u"exit code %1"_s.arg(code))));
            return;
        }
        const QByteArray token = m_output.trimmed();
        if (token.isEmpty() || !isToken(token)) {
            finish(Error{
                ErrorCode::Malformed,
                token.isEmpty()
                    ? u"The token command “%1” printed nothing."_s.arg(m_name)
                    : u"The token command “%1” printed more than one word: it is to print a token only."_s.arg(m_name),
                {}});
            return;
        }
        finish(token);
    }

    void kill()
    {
        if (m_process.state() != QProcess::NotRunning && m_group > 0) {
            ::kill(static_cast<pid_t>(-m_group), SIGKILL);
            m_process.kill();
        }
    }

    void finish(const Result<QByteArray> &result)
    {
        if (Reply reply = std::exchange(m_reply, nullptr)) {
            m_output.fill('\0');
            if (m_process.state() == QProcess::NotRunning) {
                deleteLater();
            } else {
                kill();
                connect(&m_process, &QProcess::finished, this, &QObject::deleteLater);
            }
            reply(result);
        }
    }

    QProcess m_process;
    QString m_name;
    Reply m_reply;
    QByteArray m_output;
    qint64 m_group = 0;
};

} // namespace

Result<QStringList> readTokenCommand(const QString &typed)
{
    const auto refused = [](const QString &why) { return Error{ErrorCode::InvalidInput, why, {}}; };
    QStringList words = QProcess::splitCommand(typed);
    if (words.isEmpty() || words.front().isEmpty()) {
        return refused(u"Give the command that prints the token, for example: gcloud auth print-access-token"_s);
    }
    const auto isTooLong = [](const QString &word) { return word.size() > mostWordLength || word.contains(QChar(0)); };
    if (words.size() > mostWords || std::any_of(words.begin(), words.end(), isTooLong)) {
        return refused(u"The token command is too long: put it into a script and give the script's path."_s);
    }
    const QString program = QStandardPaths::findExecutable(words.front());
    if (program.isEmpty()) {
        return refused(
            u"There is no program “%1” that can be started. The token command is started without a shell."_s.arg(
                displayText(words.front().left(200)).text));
    }
    words.front() = QFileInfo(program).absoluteFilePath();
    return words;
}

void runTokenCommand(const QStringList &command, QObject *context,
                     std::function<void(const Result<QByteArray> &token)> reply, std::chrono::milliseconds patience)
{
    auto *run = new TokenRun(command, std::move(reply), patience, context);
    run->setObjectName(u"tokenRun"_s);
}

} // namespace countersign
