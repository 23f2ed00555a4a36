// SPDX-License-Identifier: Apache-2.0
#include "core/store/search_words.h"
#include "core/store/store_types.h"

#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign;

namespace {

/// A query as text that can be compared and read.
QString shown(const QueueQuery &query)
{
    QStringList parts;
    const auto add = [&parts](const QString &key, const QString &value) {
        if (!value.isEmpty()) {
            parts.append(key + u'=' + value);
        }
    };
    add(u"status"_s, query.status);
    add(u"tool"_s, query.tool);
    add(u"agent"_s, query.agent);
    add(u"connection"_s, query.connection);
    add(u"tier"_s, query.tier ? toText(*query.tier) : QString());
    add(u"pattern"_s, query.pattern ? toText(*query.pattern) : QString());
    add(u"words"_s, query.words.join(u'|'));
    return parts.join(u' ');
}

} // namespace

class TestQueryParser : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsFilters_data();
    void readsFilters();
    void keepsTheViewItIsGiven();
    void saysWhetherItFilters();
    void fullTextIsNeverAnOperator_data();
    void fullTextIsNeverAnOperator();
    void searchHasBounds();
};

void TestQueryParser::readsFilters_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    QTest::newRow("nothing") << u""_s << u""_s;
    QTest::newRow("blanks are nothing") << u"  \t \n"_s << u""_s;
    QTest::newRow("every key") << u"status:pending tool:x agent:a connection:local tier:high pattern:gate"_s
                               << u"status=pending tool=x agent=a connection=local tier=high pattern=gate"_s;
    QTest::newRow("free text") << u"drop staging"_s << u"words=drop|staging"_s;
    QTest::newRow("filters and text mix") << u"drop tool:x staging"_s << u"tool=x words=drop|staging"_s;
    QTest::newRow("quotes keep blanks together") << u"agent:\"two words\""_s << u"agent=two words"_s;
    QTest::newRow("quoted text is one word") << u"\"two words\" three"_s << u"words=two words|three"_s;
    QTest::newRow("an open quote ends with the text") << u"agent:\"two words"_s << u"agent=two words"_s;
    QTest::newRow("a quoted colon divides nothing") << u"\"tool:x\""_s << u"words=tool:x"_s;
    QTest::newRow("the first colon divides") << u"tool:mcp:server"_s << u"tool=mcp:server"_s;
    QTest::newRow("keys may be written large") << u"Tool:Refund TIER:High"_s << u"tool=Refund tier=high"_s;
    QTest::newRow("an unknown key is text") << u"colour:red"_s << u"words=colour:red"_s;
    QTest::newRow("an unknown tier is text") << u"tier:huge"_s << u"words=tier:huge"_s;
    QTest::newRow("an unknown pattern is text") << u"pattern:x"_s << u"words=pattern:x"_s;
    QTest::newRow("a key without value is text") << u"tool:"_s << u"words=tool:"_s;
    QTest::newRow("a value without key is text") << u":x"_s << u"words=:x"_s;
    QTest::newRow("the last of two counts") << u"tool:a tool:b"_s << u"tool=b"_s;
    QTest::newRow("empty quotes are nothing") << u"\"\""_s << u""_s;
    QTest::newRow("a placeholder is text") << u"%1 %2"_s << u"words=%1|%2"_s;
    QTest::newRow("SQL is text") << u"'; DROP TABLE request; --"_s << u"words=';|DROP|TABLE|request;|--"_s;
}

void TestQueryParser::readsFilters()
{
    QFETCH(QString, text);
    QFETCH(QString, expected);
    QCOMPARE(shown(parseQuery(text)), expected);
}

void TestQueryParser::keepsTheViewItIsGiven()
{
    QueueQuery base;
    base.view = QueueQuery::View::Settled;
    base.reviewer = ReviewerId(u"r1"_s);
    base.tool = u"a"_s;
    const QueueQuery query = parseQuery(u"agent:b"_s, base);
    QCOMPARE(query.view, QueueQuery::View::Settled);
    QCOMPARE(query.reviewer, ReviewerId(u"r1"_s));
    QCOMPARE(query.tool, u"a"_s);
    QCOMPARE(query.agent, u"b"_s);
    QCOMPARE(parseQuery(u""_s, base), base);
}

void TestQueryParser::saysWhetherItFilters()
{
    QVERIFY(!parseQuery(u""_s).isFiltered());
    for (const QString &text :
         {u"x"_s, u"tool:x"_s, u"agent:x"_s, u"connection:x"_s, u"status:x"_s, u"tier:low"_s, u"pattern:gate"_s}) {
        QVERIFY2(parseQuery(text).isFiltered(), qPrintable(text));
    }
}

void TestQueryParser::fullTextIsNeverAnOperator_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<QString>("expression");
    QTest::newRow("a word is a quoted prefix") << QStringList{u"drop"_s} << u"\"drop\"*"_s;
    QTest::newRow("all words") << QStringList{u"a"_s, u"b"_s} << u"\"a\"* AND \"b\"*"_s;
    QTest::newRow("operators are words") << QStringList{u"NOT"_s, u"NEAR(a"_s} << u"\"NOT\"* AND \"NEAR(a\"*"_s;
    QTest::newRow("quotes are doubled") << QStringList{u"a\" OR \"b"_s} << u"\"a\"\" OR \"\"b\"*"_s;
    QTest::newRow("words without letters find nothing") << QStringList{u"--"_s, u"\""_s, u""_s} << u""_s;
    QTest::newRow("a null character is a blank") << QStringList{u"a"_s + QChar(u'\0') + u"b"_s} << u"\"a b\"*"_s;
}

void TestQueryParser::fullTextIsNeverAnOperator()
{
    QFETCH(QStringList, words);
    QFETCH(QString, expression);
    QCOMPARE(fullTextExpression(searchableWords(words)), expression);
}

void TestQueryParser::searchHasBounds()
{
    QStringList words;
    for (int i = 0; i < 1000; ++i) {
        words.append(QString(1000, u'a'));
    }
    const QStringList searchable = searchableWords(words);
    QCOMPARE(searchable.size(), 32);
    QCOMPARE(searchable.first().size(), 256);
    QVERIFY(parseQuery(QString(1'000'000, u'a')).words.first().size() <= 4096);
}

QTEST_GUILESS_MAIN(TestQueryParser)
#include "tst_query_parser.moc"
