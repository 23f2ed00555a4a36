// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QDir>
#include <QtCore/QDirIterator>
#include <QtCore/QFile>
#include <QtCore/QProcess>
#include <QtCore/QString>
#include <QtCore/QStringList>

#include <vector>

namespace countersign::hygiene {

/// One file of the repository: its path from the root, with slashes, and its text.
struct SourceFile {
    QString path;
    QString text;

    bool isCpp() const { return path.endsWith(QLatin1String(".cpp")) || path.endsWith(QLatin1String(".h")); }
    /// What ships: the floors, not their tests.
    bool isProduct() const
    {
        return path.startsWith(QLatin1String("core/")) || path.startsWith(QLatin1String("ui/")) ||
               path.startsWith(QLatin1String("app/"));
    }
};

/// The tracked files; in an unpacked archive without git, every file outside build folders and dot-folders.
inline QStringList trackedPaths(const QString &root)
{
    QProcess git;
    git.setWorkingDirectory(root);
    git.start(QStringLiteral("git"), {QStringLiteral("-c"), QStringLiteral("safe.directory=*"),
                                      QStringLiteral("ls-files"), QStringLiteral("-z")});
    QStringList paths;
    if (git.waitForFinished() && git.exitStatus() == QProcess::NormalExit && git.exitCode() == 0) {
        paths = QString::fromUtf8(git.readAllStandardOutput()).split(QChar(u'\0'), Qt::SkipEmptyParts);
    }
    if (!paths.isEmpty()) {
        return paths;
    }
    const QDir top(root);
    QDirIterator walk(root, QDir::Files, QDirIterator::Subdirectories);
    while (walk.hasNext()) {
        const QString path = top.relativeFilePath(walk.next());
        if (!path.startsWith(QLatin1String("build/"))) {
            paths.append(path);
        }
    }
    return paths;
}

/// Every tracked text file. A file that was deleted but not yet committed is left out; a binary one (it holds a zero
/// byte) as well.
inline std::vector<SourceFile> trackedFiles(const QString &root)
{
    std::vector<SourceFile> files;
    for (const QString &path : trackedPaths(root)) {
        QFile file(root + QLatin1Char('/') + path);
        if (!file.open(QIODevice::ReadOnly)) {
            continue;
        }
        const QByteArray bytes = file.readAll();
        if (!bytes.contains('\0')) {
            files.push_back({path, QString::fromUtf8(bytes)});
        }
    }
    return files;
}

/// C++ text with comments and the contents of literals replaced by spaces; lines and columns stay where they were.
inline QString codeOnly(const QString &text)
{
    QString code = text;
    const qsizetype size = text.size();
    const auto at = [&text, size](qsizetype i) { return i >= 0 && i < size ? text.at(i) : QChar(); };
    const auto blank = [&code](qsizetype from, qsizetype to) {
        for (qsizetype i = from; i < to && i < code.size(); ++i) {
            if (code.at(i) != u'\n') {
                code[i] = u' ';
            }
        }
    };
    const auto endOf = [&text, size](const QString &mark, qsizetype from) {
        const qsizetype found = text.indexOf(mark, from);
        return found < 0 ? size : found + mark.size();
    };
    for (qsizetype i = 0; i < size;) {
        const QChar c = text.at(i);
        qsizetype next = i + 1;
        if (c == u'/' && at(i + 1) == u'/') {
            const qsizetype newline = text.indexOf(u'\n', i);
            next = newline < 0 ? size : newline;
            blank(i, next);
        } else if (c == u'/' && at(i + 1) == u'*') {
            next = endOf(QStringLiteral("*/"), i + 2);
            blank(i, next);
        } else if (c == u'"' && at(i - 1) == u'R') {
            const qsizetype paren = text.indexOf(u'(', i);
            const QString delimiter = paren < 0 ? QString() : text.mid(i + 1, paren - i - 1);
            next = endOf(QLatin1Char(')') + delimiter + QLatin1Char('"'), i + 1);
            blank(i + 1, next - 1);
        } else if (c == u'"' || c == u'\'') {
            const bool separatesDigits = c == u'\'' && at(i - 1).isLetterOrNumber() && at(i - 1) != u'u' &&
                                         at(i - 1) != u'L' && at(i - 1) != u'U' && at(i + 1).isLetterOrNumber() &&
                                         at(i + 2) != u'\'';
            if (!separatesDigits) {
                while (next < size && at(next) != c && at(next) != u'\n') {
                    next += at(next) == u'\\' ? 2 : 1;
                }
                blank(i + 1, next);
                ++next;
            }
        }
        i = next;
    }
    return code;
}

/// "path:line" of the character at \p offset.
inline QString placeOf(const SourceFile &file, qsizetype offset)
{
    return file.path + QLatin1Char(':') + QString::number(file.text.left(offset).count(u'\n') + 1);
}

} // namespace countersign::hygiene
