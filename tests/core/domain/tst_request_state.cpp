// SPDX-License-Identifier: Apache-2.0
#include "core/domain/request_state.h"

#include <QtTest/QTest>

#include <set>

using namespace countersign;
using namespace Qt::StringLiterals;

namespace {

/// The whole table, written out once more by hand: a row per state, a column per event, `-` where it is refused.
/// P pending, C changes requested, S staged, H held, R released, N sending, A acknowledged, U unknown,
/// X undeliverable, e expired, w withdrawn, s superseded.
/// Columns: Claim Defer Vote Decide RequestChanges Revise | Undo Release Hold | BeginSending Acknowledge LoseContact
/// SendAgain GiveUp | Expire Withdraw Supersede.
struct ExpectedRow {
    char state;
    const char *next;
};
constexpr ExpectedRow expectedRows[] = {
    {'P', "PPPSCP --- ----- ews"}, // pending
    {'C', "CC---P P-- ----- ews"}, // changes requested
    {'S', "------ PRH ----- ews"}, // staged
    {'H', "------ PR- ----- ews"}, // held
    {'R', "------ --- NA--X --s"}, // released
    {'N', "------ --- -AU-X ---"}, // sending
    {'A', "------ --- ----- ---"}, // acknowledged
    {'U', "------ --- -A-NX --s"}, // unknown
    {'X', "------ --- ----- ---"}, // undeliverable
    {'e', "------ --- ----- ---"}, // expired
    {'w', "------ --- ----- ---"}, // withdrawn
    {'s', "------ --- ----- ---"}, // superseded
};

constexpr RequestEvent columns[] = {
    RequestEvent::Claim,          RequestEvent::Defer,        RequestEvent::Vote,        RequestEvent::Decide,
    RequestEvent::RequestChanges, RequestEvent::Revise,       RequestEvent::Undo,        RequestEvent::Release,
    RequestEvent::Hold,           RequestEvent::BeginSending, RequestEvent::Acknowledge, RequestEvent::LoseContact,
    RequestEvent::SendAgain,      RequestEvent::GiveUp,       RequestEvent::Expire,      RequestEvent::Withdraw,
    RequestEvent::Supersede,
};

RequestState stateOf(char letter)
{
    switch (letter) {
    case 'P':
        return {Lifecycle::Pending, Delivery::None};
    case 'C':
        return {Lifecycle::ChangesRequested, Delivery::None};
    case 'S':
        return {Lifecycle::Decided, Delivery::Staged};
    case 'H':
        return {Lifecycle::Decided, Delivery::Held};
    case 'R':
        return {Lifecycle::Decided, Delivery::Released};
    case 'N':
        return {Lifecycle::Decided, Delivery::Sending};
    case 'A':
        return {Lifecycle::Decided, Delivery::Acknowledged};
    case 'U':
        return {Lifecycle::Decided, Delivery::Unknown};
    case 'X':
        return {Lifecycle::Decided, Delivery::Undeliverable};
    case 'e':
        return {Lifecycle::Expired, Delivery::None};
    case 'w':
        return {Lifecycle::Withdrawn, Delivery::None};
    default:
        return {Lifecycle::Superseded, Delivery::None};
    }
}

} // namespace

class TestRequestState : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theListsAreWhole();
    void everyCellIsAsWritten_data();
    void everyCellIsAsWritten();
    void everyRefusalIsASentenceOfItsOwn();
    void refusalsSayWhatIsTheCase_data();
    void refusalsSayWhatIsTheCase();
    void pairsOutsideTheTableGoNowhere();
    void statusWords_data();
    void statusWords();
};

void TestRequestState::theListsAreWhole()
{
    QCOMPARE(allStates().size(), std::size(expectedRows));
    for (size_t row = 0; row < std::size(expectedRows); ++row) {
        QVERIFY(allStates()[row] == stateOf(expectedRows[row].state));
    }
    QVERIFY(std::ranges::equal(allEvents(), columns));
    QCOMPARE(static_cast<size_t>(RequestEvent::Supersede) + 1, std::size(columns)); // The last one of the enum.

    std::set<QString> names;
    for (const RequestEvent event : allEvents()) {
        names.insert(toText(event));
    }
    QCOMPARE(names.size(), std::size(columns));
}

void TestRequestState::everyCellIsAsWritten_data()
{
    QTest::addColumn<RequestState>("state");
    QTest::addColumn<RequestEvent>("event");
    QTest::addColumn<char>("expected");
    for (const ExpectedRow &row : expectedRows) {
        const QByteArray next = QByteArray(row.next).replace(" ", "");
        QCOMPARE(static_cast<size_t>(next.size()), std::size(columns));
        for (size_t column = 0; column < std::size(columns); ++column) {
            const QString name = toText(stateOf(row.state)) + u", "_s + toText(columns[column]);
            QTest::newRow(qPrintable(name))
                << stateOf(row.state) << columns[column] << next[static_cast<qsizetype>(column)];
        }
    }
}

void TestRequestState::everyCellIsAsWritten()
{
    QFETCH(RequestState, state);
    QFETCH(RequestEvent, event);
    QFETCH(char, expected);

    const Result<RequestState> next = nextState(state, event);

    if (expected == '-') {
        QVERIFY2(!next, next ? qPrintable(toText(*next)) : "");
        QVERIFY(next.error().code == ErrorCode::WrongState);
    } else {
        QVERIFY2(next.hasValue(), next ? "" : qPrintable(next.error().message));
        QCOMPARE(toText(*next), toText(stateOf(expected)));
    }
}

void TestRequestState::everyRefusalIsASentenceOfItsOwn()
{
    std::set<QString> messages;
    size_t refusals = 0;
    for (const RequestState &state : allStates()) {
        for (const RequestEvent event : allEvents()) {
            const Result<RequestState> next = nextState(state, event);
            if (!next) {
                ++refusals;
                messages.insert(next.error().message);
                QVERIFY(next.error().message.endsWith(u'.'));
                QVERIFY(!next.error().message.contains(u'%'));
                QVERIFY(next.error().detail.contains(toText(event)));
            }
        }
    }
    QCOMPARE(messages.size(), refusals);
}

void TestRequestState::refusalsSayWhatIsTheCase_data()
{
    QTest::addColumn<char>("state");
    QTest::addColumn<RequestEvent>("event");
    QTest::addColumn<QString>("begin");
    QTest::newRow("expired") << 'e' << RequestEvent::Decide
                             << u"The request expired before this; it cannot be decided"_s;
    QTest::newRow("withdrawn") << 'w' << RequestEvent::Claim << u"The request was withdrawn before this; "_s;
    QTest::newRow("superseded") << 's' << RequestEvent::Release << u"The request was settled elsewhere before this; "_s;
    QTest::newRow("released") << 'R' << RequestEvent::Withdraw << u"The decision was released already; "_s;
    QTest::newRow("staged") << 'S' << RequestEvent::Decide << u"The request is decided and its decision waits"_s;
    QTest::newRow("held") << 'H' << RequestEvent::Hold << u"The request is decided and its decision is held; "_s;
    QTest::newRow("sending") << 'N' << RequestEvent::Undo << u"The decision is on its way to the agent already; "_s;
    QTest::newRow("acknowledged") << 'A' << RequestEvent::Undo << u"The agent has the decision already; "_s;
    QTest::newRow("unknown") << 'U' << RequestEvent::Undo << u"It is not known whether the agent has the decision; "_s;
    QTest::newRow("undeliverable") << 'X' << RequestEvent::SendAgain << u"The decision could not be delivered; "_s;
    QTest::newRow("pending") << 'P' << RequestEvent::Release << u"The request is still pending; "_s;
    QTest::newRow("changes requested") << 'C' << RequestEvent::Decide << u"Changes were requested and the agent has"_s;
}

void TestRequestState::refusalsSayWhatIsTheCase()
{
    QFETCH(char, state);
    QFETCH(RequestEvent, event);
    QFETCH(QString, begin);
    const Result<RequestState> next = nextState(stateOf(state), event);
    QVERIFY(!next);
    QVERIFY2(next.error().message.startsWith(begin), qPrintable(next.error().message));
}

void TestRequestState::pairsOutsideTheTableGoNowhere()
{
    for (const RequestEvent event : allEvents()) {
        QVERIFY(!nextState({Lifecycle::Pending, Delivery::Released}, event));
        QVERIFY(!nextState({Lifecycle::Decided, Delivery::None}, event));
        QVERIFY(!nextState({Lifecycle::Expired, Delivery::Staged}, event));
    }
}

void TestRequestState::statusWords_data()
{
    QTest::addColumn<char>("state");
    QTest::addColumn<bool>("claimed");
    QTest::addColumn<std::optional<Verdict>>("verdict");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *name, char state, std::optional<Verdict> verdict, const QString &expected) {
        QTest::newRow(name) << state << false << verdict << expected;
        QTest::addRow("%s, claimed", name) << state << true << verdict << (state == 'P' ? u"claimed"_s : expected);
    };
    row("pending", 'P', {}, u"pending"_s);
    row("changes requested", 'C', {}, u"changes-requested"_s);
    row("staged", 'S', Verdict::Approve, u"staged"_s);
    row("held", 'H', Verdict::Reject, u"held"_s);
    row("unknown", 'U', Verdict::Approve, u"unknown"_s);
    row("undeliverable", 'X', Verdict::Approve, u"undeliverable"_s);
    row("expired", 'e', {}, u"expired"_s);
    row("withdrawn", 'w', Verdict::Approve, u"withdrawn"_s);
    row("superseded", 's', Verdict::Approve, u"superseded"_s);
    for (const char state : {'R', 'N', 'A'}) {
        const QByteArray name = toText(stateOf(state)).toUtf8();
        row(name + " approve", state, Verdict::Approve, u"approved"_s);
        row(name + " approve edited", state, Verdict::ApproveEdited, u"approved-edited"_s);
        row(name + " reject", state, Verdict::Reject, u"rejected"_s);
        row(name + " answer", state, Verdict::Answer, u"answered"_s);
        row(name + " decline", state, Verdict::Decline, u"declined"_s);
        row(name + " cancel", state, Verdict::Cancel, u"cancelled"_s);
        row(name + " without a verdict is no yes", state, {}, u"unknown"_s);
    }
}

void TestRequestState::statusWords()
{
    QFETCH(char, state);
    QFETCH(bool, claimed);
    QFETCH(std::optional<Verdict>, verdict);
    QFETCH(QString, expected);
    QCOMPARE(statusWord(stateOf(state), claimed, verdict), expected);
}

QTEST_GUILESS_MAIN(TestRequestState)
#include "tst_request_state.moc"
