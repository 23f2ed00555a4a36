// SPDX-License-Identifier: Apache-2.0
#include "tests/hygiene/source_tree.h"

#include <QtCore/QRegularExpression>
#include <QtTest/QTest>

#include <functional>

using namespace Qt::StringLiterals;
using namespace countersign::hygiene;

namespace {

constexpr int longestFile = 700;

/// Offsets in the text at which a rule is broken.
using Offsets = std::vector<qsizetype>;

struct Rule {
    const char *name;
    QString why;
    std::function<bool(const SourceFile &)> covers;
    std::function<Offsets(const SourceFile &)> breaches;
    QString brokenBy; ///< A text that breaks the rule, to prove that the rule can be broken.
    QString samplePath = u"ui/queue/sample.cpp"_s;
};

Offsets matches(const QRegularExpression &pattern, const QString &text)
{
    Offsets offsets;
    for (auto found = pattern.globalMatch(text); found.hasNext();) {
        offsets.push_back(found.next().capturedStart());
    }
    return offsets;
}

/// Breaches are matches of \p pattern in code, never in comments or literals.
std::function<Offsets(const SourceFile &)> inCode(const QString &pattern)
{
    return [expression = QRegularExpression(pattern)](const SourceFile &file) {
        return matches(expression, codeOnly(file.text));
    };
}

std::function<Offsets(const SourceFile &)> anywhere(const QString &pattern)
{
    return [expression = QRegularExpression(pattern, QRegularExpression::MultilineOption)](const SourceFile &file) {
        return matches(expression, file.text);
    };
}

/// The place after the parenthesis that closes the one opened just before \p start.
qsizetype afterClosing(const QString &code, qsizetype start)
{
    int depth = 1;
    qsizetype i = start;
    for (; i < code.size() && depth > 0; ++i) {
        depth += code.at(i) == u'(' ? 1 : (code.at(i) == u')' ? -1 : 0);
    }
    return i;
}

Offsets chainedArgs(const SourceFile &file)
{
    static const QRegularExpression arg(u"\\.arg\\s*\\("_s);
    static const QRegularExpression again(u"\\G\\s*\\.arg\\s*\\("_s);
    const QString code = codeOnly(file.text);
    Offsets offsets;
    for (auto found = arg.globalMatch(code); found.hasNext();) {
        const QRegularExpressionMatch match = found.next();
        if (again.match(code, afterClosing(code, match.capturedEnd())).hasMatch()) {
            offsets.push_back(match.capturedStart());
        }
    }
    return offsets;
}

Offsets missingLicence(const SourceFile &file)
{
    return file.text.startsWith(u"// SPDX-License-Identifier: Apache-2.0\n"_s) ? Offsets{} : Offsets{0};
}

Offsets missingPragmaOnce(const SourceFile &file)
{
    return file.text.contains(u"\n#pragma once\n"_s) ? Offsets{} : Offsets{0};
}

Offsets tooLong(const SourceFile &file)
{
    return file.text.count(u'\n') > longestFile ? Offsets{file.text.size() - 1} : Offsets{};
}

bool anyCpp(const SourceFile &file)
{
    return file.isCpp();
}

bool anyHeader(const SourceFile &file)
{
    return file.path.endsWith(u".h"_s);
}

bool product(const SourceFile &file)
{
    return file.isCpp() && file.isProduct();
}

bool productOutsideStyle(const SourceFile &file)
{
    return product(file) && !file.path.startsWith(u"ui/style/"_s);
}

bool productOutsideStore(const SourceFile &file)
{
    return product(file) && !file.path.startsWith(u"core/store/"_s);
}

bool tests(const SourceFile &file)
{
    return file.isCpp() && file.path.startsWith(u"tests/"_s);
}

bool anyFile(const SourceFile &)
{
    return true;
}

// Words that the rules forbid everywhere are written in halves, so that this file keeps its own rules.
std::vector<Rule> allRules()
{
    return {
        {"licence header", u"begin with the SPDX line"_s, anyCpp, missingLicence, u"#include <vector>\n"_s},
        {"pragma once", u"a header begins with #pragma once"_s, anyHeader, missingPragmaOnce,
         u"// SPDX-License-Identifier: Apache-2.0\n"_s, u"ui/queue/sample.h"_s},
        {"chained arg", u"use arg(a, b): a chained arg() expands place markers inside outside text"_s, product,
         chainedArgs, u"x.arg(f(1, \")\"))\n    .arg(b);"_s},
        {"rich text", u"outside text is plain text: setTextFormat(Qt::PlainText)"_s, product,
         inCode(u"\\bQt::(RichText|AutoText|MarkdownText)\\b"_s), u"l->setTextFormat(Qt::AutoText);"_s},
        {"html", u"outside text never becomes markup"_s, product,
         inCode(u"\\b(setHtml|insertHtml|appendHtml|setMarkdown)\\s*\\("_s), u"view.setHtml(text);"_s},
        {"rich text widgets", u"QTextEdit guesses the format: use QPlainTextEdit"_s, product,
         inCode(u"\\bQTextBrowser\\b|\\b(new|public|make_unique<)\\s*QTextEdit\\b"_s), u"new QTextEdit(this)"_s},
        {"bare labels", u"make labels with ui/style/labels.h, which makes them plain text"_s, productOutsideStyle,
         inCode(u"\\bnew\\s+QLabel\\b|\\bmake_unique<QLabel>|\\bQLabel\\s+\\w+\\s*[;({]"_s),
         u"auto l = new QLabel(text);"_s},
        {"bare message boxes", u"make message boxes with ui/style/labels.h, which makes them plain text"_s,
         productOutsideStyle, inCode(u"\\bQMessageBox\\b"_s), u"QMessageBox::warning(this, a, b);"_s},
        {"certificate errors", u"a bad certificate is never waved through"_s, anyCpp,
         inCode(u"\\bignoreSslErrors\\b"_s), u"socket.ignoreSslErrors();"_s},
        {"nested event loops", u"no nested event loops in product code"_s, product,
         inCode(u"\\bprocessEvents\\s*\\("_s), u"app.processEvents();"_s},
        {"bare debug output", u"log through a category of core/base/log.h"_s, anyCpp, inCode(u"\\bqDebug\\s*\\("_s),
         u"qDebug() << 1;"_s},
        {"SQL outside the store", u"SQL lives in core/store only"_s, productOutsideStore,
         inCode(u"\\bQSql[A-Z]\\w*|\\bsqlite3_\\w+"_s), u"QSqlQuery query;"_s},
        {"unfinished work", u"finish it or leave it out"_s, anyCpp,
         anywhere(u"\\b(TO"
                  u"DO|FIX"
                  u"ME|X"
                  u"XX)\\b"_s),
         u"// TO"
         u"DO later"_s},
        {"sleeping tests", u"a test waits with QTRY_ or the fake clock"_s, tests,
         inCode(u"\\b(qSleep|msleep|usleep|nanosleep|sleep_for|sleep_until|QThread::sleep)\\s*\\("_s),
         u"QThread::msleep(5);"_s, u"tests/ui/tst_sample.cpp"_s},
        {"skipped tests", u"a test passes or fails"_s, tests, inCode(u"\\bQSKIP\\s*\\("_s), u"QSKIP(\"no display\");"_s,
         u"tests/ui/tst_sample.cpp"_s},
        {"long files", u"a file of more than 700 lines holds a second class: split it"_s, anyCpp, tooLong,
         QString(longestFile + 1, u'\n')},
        {"paths of one machine", u"name no folder that exists on one machine only"_s, anyFile,
         anywhere(u"(^|[^\\w.])/wo"
                  u"rk/|\\.\\./sha"
                  u"red\\b"_s),
         u"see /wo"
         u"rk/design"_s,
         u"README.md"_s},
    };
}

QStringList findingsOf(const Rule &rule, const std::vector<SourceFile> &files)
{
    QStringList findings;
    for (const SourceFile &file : files) {
        if (!rule.covers(file)) {
            continue;
        }
        for (const qsizetype offset : rule.breaches(file)) {
            findings.append(u"%1: %2"_s.arg(placeOf(file, offset), rule.why));
        }
    }
    return findings;
}

} // namespace

class TestSourceRules : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void literalsAndCommentsAreNotCode_data();
    void literalsAndCommentsAreNotCode();
    void theRuleCanBeBroken_data() { addRules(); }
    void theRuleCanBeBroken();
    void everyFileKeepsTheRule_data() { addRules(); }
    void everyFileKeepsTheRule();

private:
    void addRules() const;

    std::vector<Rule> m_rules = allRules();
    std::vector<SourceFile> m_files;
};

void TestSourceRules::initTestCase()
{
    m_files = trackedFiles(QStringLiteral(COUNTERSIGN_SOURCE_DIR));
    QVERIFY2(std::any_of(m_files.begin(), m_files.end(), product), "the test does not see the sources");
}

void TestSourceRules::literalsAndCommentsAreNotCode_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("code");
    QTest::newRow("line comment") << u"a; // qDebug()\nb;"_s << u"a;            \nb;"_s;
    QTest::newRow("block comment") << u"a /* x\ny */ b"_s << u"a     \n     b"_s;
    QTest::newRow("string with an escaped quote") << u"f(\"a\\\"b\") + c"_s << u"f(\"    \") + c"_s;
    QTest::newRow("raw string") << u"f(R\"x(a\")x\", 1)"_s << u"f(R\"      \", 1)"_s;
    QTest::newRow("character literal") << u"c == '\"' && d"_s << u"c == ' ' && d"_s;
    QTest::newRow("UTF-16 character literal") << u"c == u'\"' && d"_s << u"c == u' ' && d"_s;
    QTest::newRow("digit separator") << u"x = 1'000; f(\"a\")"_s << u"x = 1'000; f(\" \")"_s;
}

void TestSourceRules::literalsAndCommentsAreNotCode()
{
    QFETCH(QString, text);
    QFETCH(QString, code);
    QCOMPARE(codeOnly(text), code);
}

void TestSourceRules::addRules() const
{
    QTest::addColumn<int>("rule");
    for (size_t i = 0; i < m_rules.size(); ++i) {
        QTest::newRow(m_rules[i].name) << static_cast<int>(i);
    }
}

void TestSourceRules::theRuleCanBeBroken()
{
    QFETCH(int, rule);
    const Rule &tested = m_rules[static_cast<size_t>(rule)];
    const SourceFile sample{tested.samplePath, tested.brokenBy};
    QVERIFY(tested.covers(sample));
    QCOMPARE(tested.breaches(sample).size(), size_t{1});
}

void TestSourceRules::everyFileKeepsTheRule()
{
    QFETCH(int, rule);
    const QStringList findings = findingsOf(m_rules[static_cast<size_t>(rule)], m_files);
    QVERIFY2(findings.isEmpty(), qPrintable(u"\n"_s + findings.join(u'\n')));
}

QTEST_GUILESS_MAIN(TestSourceRules)
#include "tst_source_rules.moc"
