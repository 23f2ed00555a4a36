// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/domain/request.h"
#include "core/store/blob_store.h"
#include "ui/detail/csv_file.h"
#include "ui/detail/payload_rows.h"

#include <QtGui/QImage>
#include <QtWidgets/QWidget>

class QLabel;
class QListWidget;
class QStackedWidget;

namespace countersign::ui {

class Card;
class CsvTable;
class PayloadView;
class WrapLabel;

/// What an evidence file turned out to be. A value, made off the GUI thread after the content was checked against its
/// hash.
struct OpenedEvidence {
    enum class Kind { Text, Table, Picture, Other };
    Kind kind = Kind::Other;
    PayloadRows rows;
    std::shared_ptr<CsvFile> table; ///< Shared with its reader threads.
    QImage picture;
    QString note; ///< Ours: how much of it is shown, or why not more.
};
/// Any thread; slow. Errors of BlobStore::open(): NotFound, Damaged.
Result<OpenedEvidence> openEvidence(const BlobStore &blobs, const EvidenceItem &item);

/// The Evidence tab: the files of a round and a viewer for text, CSV tables and pictures; hash and size of anything
/// else. Every file is checked against its hash as soon as the request is shown. GUI thread.
class EvidencePanel : public QWidget
{
    Q_OBJECT
public:
    EvidencePanel(const Clock &clock, const QString &blobFolder, QWidget *parent = nullptr);

    void setItems(const std::vector<EvidenceItem> &items);
    /// Why nothing may be approved on this evidence; empty: every file is what was attached.
    QString obstacle() const;
    bool isChecking() const { return m_unchecked > 0; }
    void page(int direction);
    bool hasHeightForWidth() const override { return false; } ///< The file scrolls; the decisions keep their room.

Q_SIGNALS:
    void obstacleChanged();
    void opened(); ///< The chosen file is on screen, or its problem.

protected:
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void adapt();
    void check(size_t index);
    void open(int index);
    void apply(const Result<OpenedEvidence> &opened, const EvidenceItem &item);
    void showProblem(const QString &sentence);
    void describe(size_t index);

    const Clock &m_clock;
    BlobStore m_blobs;
    std::vector<EvidenceItem> m_items;
    std::vector<QString> m_problems; ///< By item; empty: sound or not checked yet.
    int m_unchecked = 0;
    int m_generation = 0;
    int m_opening = 0;
    Card *m_files = nullptr;
    Card *m_content = nullptr;
    QListWidget *m_list = nullptr;
    QStackedWidget *m_viewer = nullptr;
    PayloadView *m_text = nullptr;
    CsvTable *m_table = nullptr;
    QLabel *m_picture = nullptr;
    WrapLabel *m_note = nullptr;
    QWidget *m_problem = nullptr;
    WrapLabel *m_problemText = nullptr;
    WrapLabel *m_hash = nullptr;
};

} // namespace countersign::ui
