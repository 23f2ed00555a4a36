// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/answer_sources.h"

#include "core/base/json_reader.h"
#include "core/base/visible_text.h"
#include "core/engine/workspace_threads.h"
#include "ui/detail/flow_layout.h"
#include "ui/detail/known_places.h"
#include "ui/detail/run_aside.h"
#include "ui/detail/wrap_label.h"
#include "ui/forms/file_bytes.h"
#include "ui/forms/segment_switch.h"
#include "ui/style/flat_button.h"
#include "ui/style/theme.h"

#include <QtCore/QFileInfo>
#include <QtCore/QStringConverter>
#include <QtGui/QClipboard>
#include <QtWidgets/QApplication>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QCheckBox>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QCompleter>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPlainTextEdit>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype mostCharacters = 700 * 1024;
constexpr qint64 largestFile = 700 * 1024; ///< As base64 it still fits into an answer (MODEL.md section 1).

QVBoxLayout *rowsOf(QWidget *widget)
{
    auto *rows = new QVBoxLayout(widget);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(grid(2));
    return rows;
}

WrapLabel *note(QWidget *parent)
{
    auto *label = new WrapLabel({}, TextSize::Small, parent);
    label->setInk(WrapLabel::Ink::Dim);
    return label;
}

std::optional<QString> textOf(const QByteArray &bytes)
{
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString text = decoder(bytes);
    return decoder.hasError() || text.contains(QChar(u'\0')) ? std::nullopt : std::optional(text);
}

QString draftText(const JsonValue &draft, std::string_view key)
{
    const JsonValue *value = draft.find(key);
    return value ? value->toString() : QString();
}

} // namespace

// The clipboard

ClipboardSource::ClipboardSource(QWidget *parent)
    : AnswerSource(parent)
    , m_take(new FlatButton(tr("Take the clipboard's text"), {}, FlatButton::Look::Plain, this))
    , m_note(note(this))
{
    m_take->setObjectName(u"takeClipboard"_s);
    m_take->setIconName(u"copy"_s);
    QVBoxLayout *rows = rowsOf(this);
    rows->addWidget(m_take, 0, Qt::AlignLeft);
    rows->addWidget(m_note);
    connect(m_take, &FlatButton::clicked, this, &ClipboardSource::take);
    forget();
}

void ClipboardSource::take()
{
    const QString text = QApplication::clipboard()->text();
    m_text.reset();
    m_problem = text.isEmpty() ? tr("The clipboard holds no text. Copy something, then take it again.")
                : text.size() > mostCharacters
                    ? tr("The clipboard's text is too long to be sent: %1 characters, and an answer holds %2.")
                          .arg(QString::number(text.size()), QString::number(mostCharacters))
                    : QString();
    if (m_problem.isEmpty()) {
        m_text = text;
    }
    m_note->setText(
        !m_problem.isEmpty()
            ? m_problem
            : tr("Taken: %1 characters. What is copied from now on is not sent.").arg(QString::number(text.size())));
    Q_EMIT arrived();
}

std::vector<JsonValue> ClipboardSource::shapes() const
{
    return m_text ? textShapes(*m_text) : std::vector<JsonValue>();
}

QString ClipboardSource::lacking() const
{
    return m_problem.isEmpty() ? tr("Take the clipboard's text first: nothing of it was read yet.") : m_problem;
}

QWidget *ClipboardSource::firstControl() const
{
    return m_take;
}

void ClipboardSource::forget()
{
    m_text.reset();
    m_problem.clear();
    m_note->setText(tr("The clipboard is read when you press this, and shown below before anything is sent."));
}

// A file

FileSource::FileSource(QWidget *parent)
    : AnswerSource(parent)
    , m_choose(new FlatButton(tr("Choose a file…"), {}, FlatButton::Look::Plain, this))
    , m_form(new SegmentSwitch(this))
    , m_note(note(this))
{
    m_choose->setObjectName(u"chooseAnswerFile"_s);
    m_choose->setIconName(u"file"_s);
    m_form->setObjectName(u"fileForm"_s);
    m_form->setLabels({tr("as text"), tr("as base64")});
    m_form->setWords(tr("How the file is sent"), {});
    m_withName = new QCheckBox(tr("Tell its name, too"), this); // Behind the buttons of the switch, for Tab as well.
    m_withName->setObjectName(u"fileName"_s);
    auto *line = new QWidget(this);
    auto *flow = new FlowLayout(grid(2), grid(1), line);
    flow->addWidget(m_choose);
    flow->addWidget(m_form);
    flow->addWidget(m_withName);
    QVBoxLayout *rows = rowsOf(this);
    rows->addWidget(line);
    rows->addWidget(m_note);
    connect(m_choose, &FlatButton::clicked, this, &FileSource::choose);
    connect(m_form, &SegmentSwitch::chosen, this, &AnswerSource::arrived);
    connect(m_withName, &QCheckBox::clicked, this, &AnswerSource::arrived);
    forget();
}

void FileSource::choose()
{
    auto *dialog = new QFileDialog(this, tr("Choose a file"));
    dialog->setObjectName(u"chooseAnswerFileDialog"_s);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, [this, generation = m_generation](const QString &path) {
        if (generation == m_generation) { // Still the same request.
            takeFile(path);
        }
    });
    dialog->open();
}

void FileSource::takeFile(const QString &path)
{
    const int generation = ++m_generation;
    m_note->setText(tr("Reading “%1”…").arg(displayText(QFileInfo(path).fileName()).text));
    whenDone(runAside([path] { return readFieldFile(path, largestFile); }), this,
             [this, generation, path](const Result<QByteArray> &bytes) {
                 if (generation != m_generation) {
                     return;
                 }
                 m_bytes = bytes ? std::optional(*bytes) : std::nullopt;
                 m_text = bytes ? textOf(*bytes) : std::nullopt;
                 m_problem = bytes ? QString() : bytes.error().message;
                 m_name = QFileInfo(path).fileName();
                 show();
                 Q_EMIT arrived();
             });
}

void FileSource::show()
{
    m_form->setVisible(m_bytes.has_value());
    m_withName->setVisible(m_bytes.has_value());
    if (!m_bytes) {
        m_note->setText(m_problem);
        return;
    }
    m_form->setLabels({tr("as text"), tr("as base64")});
    m_form->button(0)->setEnabled(m_text.has_value());
    m_form->setCurrent(m_text ? 0 : 1);
    m_note->setText(tr("“%1”, %2 bytes, as it was a moment ago. %3")
                        .arg(displayText(m_name).text, QLocale().toString(m_bytes->size()),
                             m_text ? tr("Its folder is never sent.")
                                    : tr("It is no text, so that it goes as base64. Its folder is never sent.")));
}

std::vector<JsonValue> FileSource::shapes() const
{
    if (!m_bytes) {
        return {};
    }
    const QString name = m_withName->isChecked() ? m_name : QString();
    return m_text && m_form->current() == 0 ? fileTextShapes(*m_text, name) : fileBytesShapes(*m_bytes, name);
}

QString FileSource::lacking() const
{
    return m_problem.isEmpty() ? tr("Choose a file first.") : m_problem;
}

QWidget *FileSource::firstControl() const
{
    return m_choose;
}

void FileSource::forget()
{
    ++m_generation;
    m_bytes.reset();
    m_text.reset();
    m_name.clear();
    m_problem.clear();
    m_withName->setChecked(false);
    m_form->hide();
    m_withName->hide();
    m_note->setText(tr("At most %1 bytes. What is in it is shown below before anything is sent.")
                        .arg(QLocale().toString(largestFile)));
}

// A location

LocationSource::LocationSource(QWidget *parent)
    : AnswerSource(parent)
    , m_mode(new SegmentSwitch(this))
{
    m_mode->setObjectName(u"locationMode"_s);
    m_mode->setLabels({tr("coordinates"), tr("in words")});
    m_mode->setWords(tr("Location"), {});
    m_mode->setCurrent(0);
    m_coordinates = new QWidget(this); // Behind the buttons of the switch, for Tab as well.
    m_places = new QComboBox(m_coordinates);
    m_latitude = new QLineEdit(m_coordinates);
    m_longitude = new QLineEdit(m_coordinates);
    m_words = new QLineEdit(this);
    m_places->setObjectName(u"knownPlaces"_s);
    m_places->setAccessibleName(tr("Pick a city"));
    m_places->setEditable(true);
    m_places->setInsertPolicy(QComboBox::NoInsert);
    m_places->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_places->setMinimumContentsLength(18);
    m_places->lineEdit()->setPlaceholderText(tr("a city, or type degrees"));
    for (const KnownPlace &place : knownPlaces()) {
        m_places->addItem(place.name, QStringList{place.latitude, place.longitude});
    }
    m_places->setCurrentIndex(-1);
    m_places->setVisible(m_places->count() > 0);
    m_places->completer()->setFilterMode(Qt::MatchContains);
    m_places->completer()->setCompletionMode(QCompleter::PopupCompletion);
    m_latitude->setObjectName(u"latitude"_s);
    m_latitude->setAccessibleName(tr("Latitude"));
    m_latitude->setPlaceholderText(tr("latitude, 52.52"));
    m_longitude->setObjectName(u"longitude"_s);
    m_longitude->setAccessibleName(tr("Longitude"));
    m_longitude->setPlaceholderText(tr("longitude, 13.40"));
    m_words->setObjectName(u"placeWords"_s);
    m_words->setAccessibleName(tr("The place in words"));
    m_words->setPlaceholderText(tr("“Berlin, at the main station”: as exact as you want to be"));
    m_words->setMaxLength(4000);
    auto *line = new FlowLayout(grid(2), grid(1), m_coordinates);
    line->addWidget(m_places);
    for (QLineEdit *field : {m_latitude, m_longitude}) {
        field->setMaxLength(24);
        field->setMinimumWidth(grid(40));
        line->addWidget(field);
        connect(field, &QLineEdit::textEdited, this, &AnswerSource::typed);
    }
    QVBoxLayout *rows = rowsOf(this);
    rows->addWidget(m_mode, 0, Qt::AlignLeft);
    rows->addWidget(m_coordinates);
    rows->addWidget(m_words);
    connect(m_words, &QLineEdit::textEdited, this, &AnswerSource::typed);
    connect(m_mode, &SegmentSwitch::chosen, this, [this] {
        showMode();
        Q_EMIT typed();
    });
    connect(m_places, &QComboBox::activated, this, &LocationSource::pick);
    showMode();
}

void LocationSource::showMode()
{
    m_coordinates->setVisible(m_mode->current() == 0);
    m_words->setVisible(m_mode->current() != 0);
}

void LocationSource::pick()
{
    const QStringList degrees = m_places->currentData().toStringList();
    if (degrees.size() == 2) {
        m_latitude->setText(degrees[0]);
        m_longitude->setText(degrees[1]);
        Q_EMIT arrived();
    }
}

std::vector<JsonValue> LocationSource::shapes() const
{
    if (m_mode->current() != 0) {
        const QString words = m_words->text().trimmed();
        return words.isEmpty() ? std::vector<JsonValue>() : placeWordShapes(words);
    }
    const auto latitude = degrees(m_latitude->text(), 90, u'N', u'S');
    const auto longitude = degrees(m_longitude->text(), 180, u'E', u'W');
    return latitude && longitude ? placeShapes(*latitude, *longitude) : std::vector<JsonValue>();
}

QString LocationSource::lacking() const
{
    if (m_mode->current() != 0) {
        return tr("Say in words where you are.");
    }
    if (!degrees(m_latitude->text(), 90, u'N', u'S')) {
        return m_latitude->text().isEmpty() ? tr("Pick a city, or type latitude and longitude in degrees.")
                                            : tr("The latitude is no number from −90 to 90, such as 52.52 or 33.87 S.");
    }
    return tr("The longitude is no number from −180 to 180, such as 13.40 or 70.67 W.");
}

QWidget *LocationSource::firstControl() const
{
    return m_mode->current() != 0 ? m_words : m_latitude;
}

void LocationSource::forget()
{
    m_mode->setCurrent(0);
    m_places->setCurrentIndex(-1);
    m_places->clearEditText();
    for (QLineEdit *field : {m_latitude, m_longitude, m_words}) {
        field->clear();
    }
    showMode();
}

JsonValue LocationSource::draft() const
{
    return JsonValue::object({{"words", JsonValue::fromBool(m_mode->current() != 0)},
                              {"latitude", JsonValue::fromString(m_latitude->text())},
                              {"longitude", JsonValue::fromString(m_longitude->text())},
                              {"place", JsonValue::fromString(m_words->text())}});
}

void LocationSource::takeDraft(const JsonValue &draft)
{
    const JsonValue *words = draft.find("words");
    m_mode->setCurrent(words && words->toBool() ? 1 : 0);
    m_latitude->setText(draftText(draft, "latitude"));
    m_longitude->setText(draftText(draft, "longitude"));
    m_words->setText(draftText(draft, "place"));
    showMode();
}

// Anything

FreeSource::FreeSource(QWidget *parent)
    : AnswerSource(parent)
    , m_form(new SegmentSwitch(this))
{
    m_form->setObjectName(u"freeForm"_s);
    m_form->setLabels({tr("text"), tr("JSON")});
    m_form->setWords(tr("What you type is"), {});
    m_form->setCurrent(0);
    m_text = new QPlainTextEdit(this); // Behind the buttons of the switch, for Tab as well.
    m_text->setObjectName(u"freeAnswer"_s);
    m_text->setAccessibleName(tr("Your answer"));
    m_text->setPlaceholderText(tr("Your answer. Never type passwords or keys here."));
    m_text->setTabChangesFocus(true);
    m_text->setFixedHeight(grid(28));
    QVBoxLayout *rows = rowsOf(this);
    rows->addWidget(m_form, 0, Qt::AlignLeft);
    rows->addWidget(m_text);
    connect(m_text, &QPlainTextEdit::textChanged, this, &AnswerSource::typed);
    connect(m_form, &SegmentSwitch::chosen, this, &AnswerSource::typed);
}

bool FreeSource::isJson() const
{
    return m_form->current() == 1;
}

std::vector<JsonValue> FreeSource::shapes() const
{
    const QString text = m_text->toPlainText();
    if (text.trimmed().isEmpty() || text.size() > mostCharacters) {
        return {};
    }
    if (!isJson()) {
        return textShapes(text);
    }
    Result<JsonValue> value = readJson(text.toUtf8());
    return value ? std::vector<JsonValue>{*std::move(value)} : std::vector<JsonValue>();
}

QString FreeSource::lacking() const
{
    const QString text = m_text->toPlainText();
    if (text.trimmed().isEmpty()) {
        return tr("Type your answer first; Decline says that you will not answer.");
    }
    if (text.size() > mostCharacters) {
        return tr("Your answer is too long to be sent: %1 characters of at most %2.")
            .arg(QString::number(text.size()), QString::number(mostCharacters));
    }
    return tr("This is no JSON yet: %1").arg(displayText(readJson(text.toUtf8()).error().message).text);
}

QWidget *FreeSource::firstControl() const
{
    return m_text;
}

void FreeSource::forget()
{
    const QSignalBlocker quiet(m_text);
    m_text->clear();
    m_form->setCurrent(0);
}

JsonValue FreeSource::draft() const
{
    return JsonValue::object(
        {{"json", JsonValue::fromBool(isJson())}, {"text", JsonValue::fromString(m_text->toPlainText())}});
}

void FreeSource::takeDraft(const JsonValue &draft)
{
    const QSignalBlocker quiet(m_text);
    const JsonValue *json = draft.find("json");
    m_form->setCurrent(json && json->toBool() ? 1 : 0);
    m_text->setPlainText(draftText(draft, "text"));
}

} // namespace countersign::ui
