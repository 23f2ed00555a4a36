// SPDX-License-Identifier: Apache-2.0
#include "core/base/exact_text.h"
#include "core/base/json_reader.h"
#include "core/base/visible_text.h"

#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign;

/// A byte order mark in front of a text is a character like any other: it must not vanish on the way to the screen.
class TestExactText : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void nothingIsSwallowed();
    void whatAnAgentSendsIsShownWhole();
};

void TestExactText::nothingIsSwallowed()
{
    QCOMPARE(exactText(""), QString());
    QCOMPARE(exactText("a\xC3\xA9"), u"a\u00e9"_s);
    QCOMPARE(exactText("\xEF\xBB\xBF\xEF\xBB\xBF"
                       "a\xEF\xBB\xBF"),
             u"\ufeff\ufeff"
             "a\ufeff"_s);
}

void TestExactText::whatAnAgentSendsIsShownWhole()
{
    const JsonValue value = readJson("\"\xEF\xBB\xBFpay\"").value();
    QCOMPARE(value.toString(), u"\ufeffpay"_s);
    QCOMPARE(JsonValue::fromString(value.toString()), value);
    QCOMPARE(displayText(value.toString()).text, u"⟨U+FEFF⟩pay"_s);
}

QTEST_GUILESS_MAIN(TestExactText)
#include "tst_exact_text.moc"
