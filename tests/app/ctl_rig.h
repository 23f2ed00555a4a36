// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QDir>
#include <QtCore/QElapsedTimer>
#include <QtCore/QFile>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QProcess>
#include <QtCore/QRegularExpression>
#include <QtCore/QTemporaryDir>
#include <QtSql/QSqlDatabase>
#include <QtSql/QSqlError>
#include <QtSql/QSqlQuery>

#include <csignal>
#include <memory>

#include <sys/types.h>
#include <unistd.h>

namespace countersign::test {

/// The real countersignctl in a home of its own: real SQLite, no display, no inherited settings.
class CtlRig
{
public:
    static constexpr int patienceMs = 20'000;

    struct Ran {
        int code = -1;
        QByteArray out;
        QByteArray err;

        QJsonObject json() const { return QJsonDocument::fromJson(out).object(); }
        QString text() const { return QString::fromUtf8(out).trimmed(); }
        QString errorCode() const
        {
            return json().value(QStringLiteral("error")).toObject().value(QStringLiteral("code")).toString();
        }
        bool says(const QByteArray &words) const { return err.contains(words); }
    };

    CtlRig()
    {
        const QProcessEnvironment mine = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("PATH"), QStringLiteral("/usr/local/bin:/usr/bin:/bin"));
        environment.insert(QStringLiteral("HOME"), folder.path());
        environment.insert(QStringLiteral("LC_ALL"), QStringLiteral("C.UTF-8"));
        environment.insert(QStringLiteral("XDG_DATA_HOME"), folder.filePath(QStringLiteral("data")));
        environment.insert(QStringLiteral("XDG_CONFIG_HOME"), folder.filePath(QStringLiteral("config")));
        for (const QString &name : {QStringLiteral("ASAN_OPTIONS"), QStringLiteral("LD_LIBRARY_PATH")}) {
            if (mine.contains(name)) {
                environment.insert(name, mine.value(name));
            }
        }
    }

    static QString executable() { return QStringLiteral(COUNTERSIGN_BIN_DIR "/countersignctl"); }
    QString path(const QString &name) const { return folder.filePath(name); }
    QString workspaceFile() const { return path(QStringLiteral("data/countersign/workspace.db")); }

    /// Writes a file into the home; scripts get \p executable.
    QString write(const QString &name, const QByteArray &bytes, bool isScript = false) const
    {
        QFile file(path(name));
        if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate)) {
            qFatal("a test file could not be written");
        }
        file.write(bytes);
        file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner |
                            (isScript ? QFileDevice::ExeOwner : QFileDevice::Permissions()));
        return file.fileName();
    }

    /// Starts the program and leaves it running. Killed with the object.
    std::unique_ptr<QProcess> start(const QStringList &arguments) const
    {
        return startProgram(executable(), arguments);
    }
    std::unique_ptr<QProcess> startProgram(const QString &program, const QStringList &arguments) const
    {
        auto process = std::make_unique<QProcess>();
        process->setProcessEnvironment(environment);
        process->setWorkingDirectory(folder.path());
        process->start(program, arguments);
        return process;
    }

    /// Waits for the end; code −1 when it does not come.
    static Ran finish(QProcess &process)
    {
        Ran ran;
        if (process.state() != QProcess::NotRunning && !process.waitForFinished(patienceMs)) {
            process.kill();
            process.waitForFinished();
            ran.err = "(did not end) " + process.readAllStandardError();
            return ran;
        }
        ran.code = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -2;
        ran.out = process.readAllStandardOutput();
        ran.err = process.readAllStandardError();
        return ran;
    }
    Ran run(const QStringList &arguments, const QByteArray &input = {}) const
    {
        return runProgram(executable(), arguments, input);
    }
    Ran runProgram(const QString &program, const QStringList &arguments, const QByteArray &input = {}) const
    {
        const std::unique_ptr<QProcess> process = startProgram(program, arguments);
        process->write(input);
        process->closeWriteChannel();
        return finish(*process);
    }
    Ran json(QStringList arguments) const
    {
        arguments.prepend(QStringLiteral("--json"));
        return run(arguments);
    }

    /// The id that a waiting process says on stderr; empty when it does not come.
    static QString idSaidBy(QProcess &process)
    {
        static const QRegularExpression line(QStringLiteral("^request ([0-9a-z]+)$"),
                                             QRegularExpression::MultilineOption);
        QElapsedTimer timer;
        timer.start();
        process.setReadChannel(QProcess::StandardError);
        while (timer.elapsed() < patienceMs) {
            const QByteArray said = process.peek(4096);
            const QRegularExpressionMatch match = line.match(QString::fromUtf8(said));
            if (match.hasMatch() && said.contains("Ctrl+C")) {
                return match.captured(1);
            }
            if (!process.waitForReadyRead(200) && process.state() == QProcess::NotRunning) {
                return {};
            }
        }
        return {};
    }
    static void signal(const QProcess &process, int number) { ::kill(static_cast<pid_t>(process.processId()), number); }

    /// Enrols the first administrator "ada" with a key without a passphrase, and gives the key's path.
    QString enrolAda() const
    {
        const QString key = path(QStringLiteral("ada.key"));
        const Ran ran = run({QStringLiteral("reviewer"), QStringLiteral("add"), QStringLiteral("ada"),
                             QStringLiteral("--key-file"), key, QStringLiteral("--no-passphrase")});
        if (ran.code != 0) {
            qFatal("the reviewer was not enrolled: %s", ran.err.constData());
        }
        return key;
    }
    QString file(const QStringList &options) const
    {
        return run(QStringList{QStringLiteral("request")} + options).text();
    }
    QJsonObject show(const QString &id) const { return json({QStringLiteral("show"), id}).json(); }
    QString status(const QString &id) const { return show(id).value(QStringLiteral("status")).toString(); }
    QString payloadHash(const QString &id) const { return show(id).value(QStringLiteral("payloadHash")).toString(); }
    Ran decide(const QString &id, const QString &decision, const QString &key, const QStringList &more = {}) const
    {
        return json(QStringList{QStringLiteral("decide"), id, decision, QStringLiteral("--payload-hash"),
                                payloadHash(id), QStringLiteral("--key-file"), key} +
                    more);
    }

    /// Whoever is root is not stopped by file modes: then the home goes to somebody else, and runAsOwner() runs as
    /// them.
    void leaveRoot() const
    {
        if (::geteuid() == 0 && runProgram(QStringLiteral("/bin/chown"),
                                           {QStringLiteral("-R"), QStringLiteral("65534:65534"), folder.path()})
                                        .code != 0) {
            qFatal("the home could not be given away");
        }
    }
    std::unique_ptr<QProcess> startAsOwner(const QStringList &arguments) const
    {
        return ::geteuid() != 0
                   ? start(arguments)
                   : startProgram(QStringLiteral("/usr/bin/setpriv"),
                                  QStringList{QStringLiteral("--reuid=65534"), QStringLiteral("--regid=65534"),
                                              QStringLiteral("--clear-groups"), executable()} +
                                      arguments);
    }
    Ran runAsOwner(const QStringList &arguments) const
    {
        const std::unique_ptr<QProcess> process = startAsOwner(arguments);
        process->closeWriteChannel();
        return finish(*process);
    }

    QTemporaryDir folder;
    QProcessEnvironment environment;
};

/// Of a running process, in KiB; 0 when it cannot be read.
inline qint64 residentKib(const QProcess &process)
{
    QFile file(QStringLiteral("/proc/%1/status").arg(process.processId()));
    if (file.open(QIODevice::ReadOnly)) {
        for (const QByteArray &line : file.readAll().split('\n')) {
            if (line.startsWith("VmRSS:")) {
                return line.mid(6).trimmed().split(' ').constFirst().toLongLong();
            }
        }
    }
    return 0;
}

/// Runs statements on a workspace file, as any program of the same user could, with the triggers out of the way.
inline void tamperWith(const QString &file, const QStringList &statements)
{
    const QString name = QStringLiteral("tamper");
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
        database.setDatabaseName(file);
        if (!database.open()) {
            qFatal("the workspace could not be opened");
        }
        QStringList all;
        QSqlQuery triggers(QStringLiteral("SELECT name FROM sqlite_schema WHERE type = 'trigger'"), database);
        while (triggers.next()) {
            all.append(QStringLiteral("DROP TRIGGER ") + triggers.value(0).toString());
        }
        triggers.finish();
        for (const QString &statement : all + statements) {
            QSqlQuery query(database);
            if (!query.exec(statement)) {
                qFatal("%s: %s", qPrintable(statement), qPrintable(query.lastError().text()));
            }
        }
        database.close();
    }
    QSqlDatabase::removeDatabase(name);
}

} // namespace countersign::test
