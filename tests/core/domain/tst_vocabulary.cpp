// SPDX-License-Identifier: Apache-2.0
#include "core/domain/vocabulary.h"

#include <QtTest/QTest>

#include <set>

using namespace countersign;
using namespace Qt::StringLiterals;

namespace {

template<typename Enum>
using FromText = std::optional<Enum> (*)(const QString &);

/// Every value has the word written here, the word leads back, and nothing like it does.
template<typename Enum>
void checkWords(const std::vector<std::pair<Enum, QString>> &words, FromText<Enum> fromText)
{
    for (size_t index = 0; index < words.size(); ++index) {
        const auto &[value, word] = words[index];
        QCOMPARE(static_cast<size_t>(value), index); // None was left out of the list in the middle.
        QCOMPARE(toText(value), word);
        QVERIFY(fromText(word) == value);
        QVERIFY(!fromText(word.toUpper()));
        QVERIFY(!fromText(word + u' '));
        QVERIFY(!fromText(word.chopped(1)));
    }
    QVERIFY(!fromText(QString()));
}

} // namespace

class TestVocabulary : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void patternsHaveTheirWireNames();
    void tiersHaveTheirWireNames();
    void verdictsHaveTheirWireNames();
    void onlyApprovalsAndAnswersLetItHappen();
    void lifecyclesHaveTheirWireNames();
    void deliveriesHaveTheirWireNames();
    void thereIsAReasonForEachOfTheNineKeys();
};

void TestVocabulary::patternsHaveTheirWireNames()
{
    checkWords<Pattern>({{Pattern::WorkflowApproval, u"workflow-approval"_s},
                         {Pattern::ToolApproval, u"tool-approval"_s},
                         {Pattern::ClientTool, u"client-tool"_s},
                         {Pattern::Elicitation, u"elicitation"_s},
                         {Pattern::ElicitationUrl, u"elicitation-url"_s},
                         {Pattern::Confirmation, u"confirmation"_s},
                         {Pattern::Gate, u"gate"_s},
                         {Pattern::Sampling, u"sampling"_s}},
                        patternFromText);
}

void TestVocabulary::tiersHaveTheirWireNames()
{
    checkWords<Tier>({{Tier::Low, u"low"_s}, {Tier::Medium, u"medium"_s}, {Tier::High, u"high"_s}}, tierFromText);
}

void TestVocabulary::verdictsHaveTheirWireNames()
{
    checkWords<Verdict>({{Verdict::Approve, u"approve"_s},
                         {Verdict::ApproveEdited, u"approve-edited"_s},
                         {Verdict::Reject, u"reject"_s},
                         {Verdict::RequestChanges, u"request-changes"_s},
                         {Verdict::Answer, u"answer"_s},
                         {Verdict::Decline, u"decline"_s},
                         {Verdict::Cancel, u"cancel"_s}},
                        verdictFromText);
}

void TestVocabulary::onlyApprovalsAndAnswersLetItHappen()
{
    for (const Verdict yes : {Verdict::Approve, Verdict::ApproveEdited, Verdict::Answer}) {
        QVERIFY(letsItHappen(yes));
    }
    for (const Verdict no : {Verdict::Reject, Verdict::RequestChanges, Verdict::Decline, Verdict::Cancel}) {
        QVERIFY(!letsItHappen(no));
    }
}

void TestVocabulary::lifecyclesHaveTheirWireNames()
{
    checkWords<Lifecycle>({{Lifecycle::Pending, u"pending"_s},
                           {Lifecycle::ChangesRequested, u"changes-requested"_s},
                           {Lifecycle::Decided, u"decided"_s},
                           {Lifecycle::Expired, u"expired"_s},
                           {Lifecycle::Withdrawn, u"withdrawn"_s},
                           {Lifecycle::Superseded, u"superseded"_s}},
                          lifecycleFromText);
}

void TestVocabulary::deliveriesHaveTheirWireNames()
{
    checkWords<Delivery>({{Delivery::None, u"none"_s},
                          {Delivery::Staged, u"staged"_s},
                          {Delivery::Held, u"held"_s},
                          {Delivery::Released, u"released"_s},
                          {Delivery::Sending, u"sending"_s},
                          {Delivery::Acknowledged, u"acknowledged"_s},
                          {Delivery::Unknown, u"unknown"_s},
                          {Delivery::Undeliverable, u"undeliverable"_s}},
                         deliveryFromText);
}

void TestVocabulary::thereIsAReasonForEachOfTheNineKeys()
{
    QCOMPARE(reasonCodes().size(), 9U);
    QCOMPARE(reasonCodes().front().id, u"wrong-target"_s);
    std::set<QString> ids;
    for (const ReasonCode &code : reasonCodes()) {
        ids.insert(code.id);
        QVERIFY(!code.label.isEmpty());
    }
    QCOMPARE(ids.size(), 9U);
}

QTEST_GUILESS_MAIN(TestVocabulary)
#include "tst_vocabulary.moc"
