// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/csv_table.h"
#include "ui/detail/evidence_panel.h"
#include "ui/detail/payload_view.h"
#include "ui/style/theme.h"

#include "core/base/signature.h"
#include "tests/support/fake_clock.h"

#include <QtCore/QBuffer>
#include <QtCore/QElapsedTimer>
#include <QtCore/QTemporaryDir>
#include <QtTest/QAbstractItemModelTester>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <QtWidgets/QApplication>
#include <QtWidgets/QLabel>
#include <QtWidgets/QScrollBar>
#include <QtWidgets/QTableView>

using namespace countersign;
using namespace countersign::ui;
using namespace Qt::Literals::StringLiterals;

class TestEvidence : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void everyKindIsShownAsWhatItIs();
    void csvFieldsFollowTheirQuotes();
    void aLargeTableOpensWithoutStallingAndScrollsToItsEnd();
    void aSwappedFileIsRedAndBlocks();
    void aMissingFileBlocks();

private:
    EvidenceItem add(const QString &name, const QString &type, const QByteArray &bytes);

    QTemporaryDir m_folder;
    FakeClock m_clock;
};

void TestEvidence::initTestCase()
{
    QVERIFY(initCrypto());
    applyTheme(*qApp, ColourScheme::Light);
}

EvidenceItem TestEvidence::add(const QString &name, const QString &type, const QByteArray &bytes)
{
    const Result<BlobStore::Stored> stored = BlobStore(m_folder.path()).addBytes(bytes);
    return stored ? EvidenceItem{name, type, stored->size, stored->sha256} : EvidenceItem{};
}

void TestEvidence::everyKindIsShownAsWhatItIs()
{
    const BlobStore blobs(m_folder.path());
    QImage image(30, 20, QImage::Format_RGB32);
    image.fill(Qt::red);
    QByteArray png;
    QBuffer buffer(&png);
    image.save(&buffer, "PNG");
    using Kind = OpenedEvidence::Kind;
    QCOMPARE(openEvidence(blobs, add(u"a.png"_s, u"image/png"_s, png))->picture.size(), QSize(30, 20));
    // By content, not by claim: HTML that says it is a picture is text.
    QVERIFY(openEvidence(blobs, add(u"b.png"_s, u"image/png"_s, "<img src=x>"))->kind == Kind::Text);
    QVERIFY(openEvidence(blobs, add(u"c.svg"_s, u"image/svg+xml"_s, "<svg/>"))->kind == Kind::Text);
    QVERIFY(openEvidence(blobs, add(u"d.csv"_s, u"text/csv"_s, "a,b\n1,2\n"))->kind == Kind::Table);
    QVERIFY(openEvidence(blobs, add(u"e.bin"_s, {},
                                    QByteArray("\x7f"
                                               "ELF\0\0",
                                               6)))
                ->kind == Kind::Other);
    QByteArray broken = png.left(40);
    QVERIFY(openEvidence(blobs, add(u"f.png"_s, u"image/png"_s, broken))->kind == Kind::Other);
}

void TestEvidence::csvFieldsFollowTheirQuotes()
{
    const BlobStore blobs(m_folder.path());
    const auto opened = openEvidence(blobs, add(u"q.csv"_s, u"text/csv"_s,
                                                "id;name\r\n1;\"two\nlines; \"\"quoted\"\"\"\r\n2;\xe2\x80\xae"
                                                "x"));
    QVERIFY(opened && opened->table);
    QCOMPARE(opened->table->header(), (QStringList{u"id"_s, u"name"_s}));
    QCOMPARE(opened->table->rowCount(), 2);
    const auto rows = opened->table->rows(0, 10);
    QCOMPARE(rows->at(0).at(1), u"two⟨U+000A⟩lines; \"quoted\""_s);
    QCOMPARE(rows->at(1).at(1), u"⟨U+202E⟩x"_s);
    QVERIFY(opened->table->rows(5, 10)->empty());
}

void TestEvidence::aLargeTableOpensWithoutStallingAndScrollsToItsEnd()
{
    QByteArray csv("id,name,amount\n");
    constexpr int count = 1'000'000;
    csv.reserve(34 * count);
    for (int i = 0; i < count; ++i) {
        csv += QByteArray::number(i) + ",customer number " + QByteArray::number(i) + ",10.50\n";
    }
    EvidencePanel panel(m_clock, m_folder.path());
    panel.resize(800, 600);
    panel.show();
    QVERIFY(QTest::qWaitForWindowExposed(&panel));
    auto *table = panel.findChild<CsvTable *>();
    QAbstractItemModelTester watcher(table->model());
    QSignalSpy opened(&panel, &EvidencePanel::opened);
    QSignalSpy shown(table, &CsvTable::rowsShown);
    QElapsedTimer timer;
    timer.start();
    panel.setItems({add(u"big.csv"_s, u"text/csv"_s, csv)});
    QVERIFY(panel.isChecking());
    QVERIFY(!panel.obstacle().isEmpty()); // Not approved on what is not checked yet.
    QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 1, 60'000);
    QTRY_VERIFY_WITH_TIMEOUT(!panel.isChecking(), 60'000);
    QVERIFY(panel.obstacle().isEmpty());
    QTRY_VERIFY(table->model()->rowCount() > 3);
    QVERIFY(table->model()->rowCount() < 200);
    QCOMPARE(table->model()->cell(0, 0), u"0"_s);
    const auto *grid = table->findChild<QTableView *>();
    const QString middle = table->model()->cell(0, 1);
    QVERIFY(grid->columnWidth(1) > QFontMetrics(grid->font()).horizontalAdvance(middle + middle.right(2))); // Whole.
    auto *bar = table->findChild<QScrollBar *>(QString(), Qt::FindDirectChildrenOnly);
    bar->setValue(bar->maximum());
    const auto last = [&] { return table->model()->cell(table->model()->rowCount() - 1, 0); };
    QTRY_COMPARE(last(), QString::number(count - 1));
}

void TestEvidence::aSwappedFileIsRedAndBlocks()
{
    const EvidenceItem item = add(u"<b>query</b>.sql"_s, u"text/plain"_s, "SELECT 1");
    const QString path = BlobStore(m_folder.path()).pathOf(item.sha256);
    QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner);
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("DROP ALL");
    file.close();
    EvidencePanel panel(m_clock, m_folder.path());
    panel.show();
    panel.setItems({item});
    QTRY_VERIFY(!panel.isChecking());
    QVERIFY2(panel.obstacle().contains(u"changed"_s), qPrintable(panel.obstacle()));
    QVERIFY(panel.findChild<QWidget *>(u"evidenceProblem"_s)->isVisible());
    for (const QLabel *label : panel.findChildren<QLabel *>()) {
        QVERIFY(label->textFormat() == Qt::PlainText);
    }
}

void TestEvidence::aMissingFileBlocks()
{
    EvidencePanel panel(m_clock, m_folder.path());
    panel.setItems({EvidenceItem{u"gone.txt"_s, u"text/plain"_s, 3, sha256("never stored")}});
    QTRY_VERIFY(!panel.isChecking());
    QVERIFY2(panel.obstacle().contains(u"missing"_s), qPrintable(panel.obstacle()));
}

QTEST_MAIN(TestEvidence)
#include "tst_evidence.moc"
