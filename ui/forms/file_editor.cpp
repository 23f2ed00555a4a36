// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/file_editor.h"

#include "core/base/digest.h"
#include "core/base/visible_text.h"
#include "core/engine/workspace_threads.h"
#include "ui/detail/flow_layout.h"
#include "ui/detail/run_aside.h"
#include "ui/detail/wrap_label.h"
#include "ui/forms/file_bytes.h"
#include "ui/style/flat_button.h"
#include "ui/style/labels.h"

#include <QtCore/QFileInfo>
#include <QtCore/QMimeData>
#include <QtGui/QDragEnterEvent>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QFileDialog>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

QString onlyFileOf(const QMimeData *data)
{
    const QList<QUrl> urls = data->urls();
    return urls.size() == 1 ? urls.first().toLocalFile() : QString();
}

} // namespace

FileEditor::FileEditor(QWidget *parent)
    : FieldEditor(parent)
    , m_choose(new FlatButton(tr("Choose a file…"), {}, FlatButton::Look::Plain, this))
    , m_save(new FlatButton(tr("Save as…"), {}, FlatButton::Look::Plain, this))
    , m_clear(new FlatButton(tr("Take away"), {}, FlatButton::Look::Plain, this))
    , m_about(new WrapLabel({}, TextSize::Small, this))
    , m_digest(new WrapLabel({}, TextSize::Small, this))
{
    setObjectName(u"fileEditor"_s);
    m_choose->setObjectName(u"chooseFile"_s);
    m_choose->setIconName(u"file"_s);
    m_save->setObjectName(u"saveFile"_s);
    m_clear->setObjectName(u"clearFile"_s);
    m_about->setObjectName(u"fileAbout"_s);
    m_digest->setObjectName(u"fileDigest"_s);
    m_about->setInk(WrapLabel::Ink::Dim);
    m_digest->setInk(WrapLabel::Ink::Dim);
    setAcceptDrops(true);
    auto *acts = new FlowLayout(grid(2), grid(1));
    acts->addWidget(m_choose);
    acts->addWidget(m_save);
    acts->addWidget(m_clear);
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(grid(1));
    rows->addLayout(acts);
    rows->addWidget(m_about);
    rows->addWidget(m_digest);
    setFocusProxy(m_choose);
    connect(m_choose, &FlatButton::clicked, this, &FileEditor::choose);
    connect(m_save, &FlatButton::clicked, this, &FileEditor::save);
    connect(m_clear, &FlatButton::clicked, this, [this] {
        ++m_generation;
        m_present = false;
        m_text.clear();
        m_bytes.reset();
        m_digestText.clear();
        m_fileName.clear();
        showFile();
        Q_EMIT absentWanted();
    });
}

bool FileEditor::fits(const FormField &field) const
{
    return field.kind == FieldKind::File;
}

void FileEditor::present(const FormField &field, const JsonValue *value, const QString &)
{
    const bool same = field.id == m_field;
    const std::string_view text = value && value->isString() ? value->utf8() : std::string_view();
    m_readOnly = field.readOnly;
    if (!same || m_present != (value != nullptr) || m_text != text) {
        ++m_generation; // A file that is still being read is no longer wanted.
        m_field = field.id;
        m_present = value != nullptr;
        m_text = text;
        m_bytes = m_present ? bytesOfBase64(text) : std::nullopt;
        m_digestText.clear();
        m_fileName.clear();
    }
    showFile();
}

QWidget *FileEditor::focusTarget()
{
    return m_choose;
}

std::vector<QWidget *> FileEditor::tabStops()
{
    std::vector<QWidget *> stops{m_choose};
    for (FlatButton *button : {m_save, m_clear}) {
        if (button->isEnabled()) {
            stops.push_back(button);
        }
    }
    return stops;
}

void FileEditor::setWrong(bool wrong)
{
    m_choose->setLook(wrong ? FlatButton::Look::Danger : FlatButton::Look::Plain);
}

void FileEditor::setWords(const QString &name, const QString &description)
{
    m_words = description;
    m_choose->setAccessibleName(tr("Choose a file for %1").arg(name));
    m_save->setAccessibleName(tr("Save the file of %1").arg(name));
    m_clear->setAccessibleName(tr("Take the file of %1 away").arg(name));
    describe();
}

void FileEditor::describe()
{
    m_choose->setAccessibleDescription(u"%1 %2 %3"_s.arg(m_about->text(), m_digest->text(), m_words).simplified());
}

void FileEditor::choose()
{
    auto *dialog = new QFileDialog(this, tr("Choose a file"));
    dialog->setObjectName(u"chooseFileDialog"_s);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, [this, field = m_field](const QString &path) {
        if (field == m_field) { // Not scrolled on to another field meanwhile.
            takeFile(path);
        }
    });
    dialog->open();
}

void FileEditor::takeFile(const QString &path)
{
    if (m_readOnly) {
        return;
    }
    const int generation = ++m_generation;
    say(tr("Reading “%1”…").arg(displayText(QFileInfo(path).fileName()).text));
    whenDone(runAside([path] { return readFieldFile(path, largestFieldFile); }), this,
             [this, generation, path](const Result<QByteArray> &bytes) {
                 if (generation != m_generation) {
                     return;
                 }
                 if (!bytes) {
                     showFile();
                     say(bytes.error().message);
                     return;
                 }
                 m_present = true;
                 m_bytes = *bytes;
                 m_digestText.clear();
                 m_text = bytes->toBase64().toStdString();
                 m_fileName = displayText(QFileInfo(path).fileName()).text;
                 showFile();
                 Q_EMIT valueEdited(JsonValue::fromUtf8(m_text));
             });
}

void FileEditor::save()
{
    if (!m_bytes) {
        return;
    }
    auto *dialog = new QFileDialog(this, tr("Save the file as"));
    dialog->setObjectName(u"saveFileDialog"_s);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->selectFile(u"file.bin"_s); // A name from outside would choose the program that opens it.
    connect(dialog, &QFileDialog::fileSelected, this, [this, field = m_field](const QString &path) {
        if (field == m_field) {
            saveTo(path);
        }
    });
    dialog->open();
}

void FileEditor::saveTo(const QString &path)
{
    if (!m_bytes) {
        return;
    }
    whenDone(runAside([path, bytes = *m_bytes] { return writeFieldFile(path, bytes); }), this,
             [this, generation = m_generation, path](const Result<> &saved) {
                 if (generation == m_generation) {
                     say(saved ? tr("Saved as “%1”.").arg(displayText(QFileInfo(path).fileName()).text)
                               : saved.error().message);
                 }
             });
}

void FileEditor::say(const QString &sentence)
{
    if (sentence != m_about->text()) {
        m_about->setText(sentence);
        describe();
        updateGeometry();
        Q_EMIT heightChanged(); // It may take another number of lines.
    }
}

void FileEditor::showFile()
{
    const QLocale locale;
    QString about;
    QString digest;
    if (m_bytes) {
        const QString size = tr("%1 bytes").arg(locale.toString(m_bytes->size()));
        about = m_fileName.isEmpty() ? size : u"%1 · %2"_s.arg(m_fileName, size);
        if (m_digestText.isEmpty()) {
            m_digestText = tr("SHA-256 %1").arg(sha256(QByteArrayView(*m_bytes)).hex());
        }
        digest = m_digestText;
    } else if (m_present) {
        about = tr("The value is no base64 text; it stays as it is (%1 bytes).")
                    .arg(locale.toString(static_cast<qlonglong>(m_text.size())));
    } else {
        about = tr("No file · drop one here · at most %1 KiB").arg(locale.toString(largestFieldFile / 1024));
    }
    m_digest->setText(digest);
    const bool appears = digest.isEmpty() == m_digest->isVisibleTo(this);
    m_digest->setVisible(!digest.isEmpty());
    m_choose->setEnabled(!m_readOnly);
    m_save->setDisabledReason(m_bytes ? QString() : tr("There is no file to save."));
    m_clear->setDisabledReason(m_readOnly   ? tr("This value must not be changed.")
                               : !m_present ? tr("There is no file to take away.")
                                            : QString());
    say(about);
    if (appears) {
        updateGeometry();
        Q_EMIT heightChanged();
    }
}

void FileEditor::dragEnterEvent(QDragEnterEvent *event)
{
    if (!m_readOnly && !onlyFileOf(event->mimeData()).isEmpty()) {
        event->acceptProposedAction();
    }
}

void FileEditor::dropEvent(QDropEvent *event)
{
    const QString path = onlyFileOf(event->mimeData());
    if (!m_readOnly && !path.isEmpty()) {
        event->setDropAction(Qt::CopyAction); // The file stays where it is, whatever was offered.
        event->accept();
        takeFile(path);
    }
}

} // namespace countersign::ui
