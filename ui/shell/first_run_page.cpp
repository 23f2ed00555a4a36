// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/first_run_page.h"

#include "ui/shell/brief_clipboard.h"
#include "ui/shell/passphrase_strength.h"
#include "ui/style/card.h"
#include "ui/style/flat_button.h"
#include "ui/style/labels.h"

#include <QtCore/QFileInfo>
#include <QtGui/QKeyEvent>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QCheckBox>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QStackedWidget>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

constexpr int pageSteps = 135;
constexpr int longestName = 64;
constexpr int longestPassphrase = 1000;
constexpr int mostNumbers = 1000;

QString strengthWords(PassphraseStrength strength)
{
    switch (strength) {
    case PassphraseStrength::Empty:
        return FirstRunPage::tr("A few unrelated words are easy to keep and hard to guess.");
    case PassphraseStrength::Weak:
        return FirstRunPage::tr("Weak: whoever copies the key file could guess it.");
    case PassphraseStrength::Fair:
        return FirstRunPage::tr("Fair. Another word would make it strong.");
    case PassphraseStrength::Strong:
        break;
    }
    return FirstRunPage::tr("Strong.");
}

QLabel *wrapped(QLabel *label)
{
    label->setWordWrap(true);
    return label;
}

QLineEdit *makeSecretField(const QString &name, const QString &words, QWidget *parent)
{
    auto *field = new QLineEdit(parent);
    field->setObjectName(name);
    field->setEchoMode(QLineEdit::Password);
    field->setPlaceholderText(words);
    field->setAccessibleName(words);
    field->setMaxLength(longestPassphrase);
    return field;
}

} // namespace

FirstRunPage::FirstRunPage(const QString &suggestedName, QWidget *parent)
    : QScrollArea(parent)
{
    setObjectName(u"firstRun"_s);
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setFocusPolicy(Qt::NoFocus);
    m_page = new QWidget(this);
    m_steps = new QStackedWidget(m_page);
    m_steps->addWidget(makeForm(suggestedName));
    m_steps->addWidget(makeCodePage());
    auto *around = new QVBoxLayout(m_page);
    around->addStretch(1);
    // Between stretches, not aligned: an aligned card would not grow with its wrapped lines.
    auto *middle = new QHBoxLayout;
    middle->addStretch(1);
    middle->addWidget(m_steps, 1000);
    middle->addStretch(1);
    around->addLayout(middle);
    around->addStretch(2);
    setWidget(m_page);
    applyGrid();
    follow();
}

QWidget *FirstRunPage::makeForm(const QString &suggestedName)
{
    auto *card = new Card({}, Card::Edge::Solid, m_steps);
    m_name = new QLineEdit(suggestedName.left(longestName), card);
    m_name->setObjectName(u"reviewerName"_s);
    m_name->setMaxLength(longestName);
    m_name->setPlaceholderText(tr("Your name, as it stands beside your decisions"));
    m_name->setAccessibleName(tr("Your name"));
    m_passphrase = makeSecretField(u"newPassphrase"_s, tr("Passphrase"), card);
    m_again = makeSecretField(u"newPassphraseAgain"_s, tr("The same passphrase again"), card);
    m_strength = wrapped(makeDimLabel({}, TextSize::Small, card));
    m_strength->setObjectName(u"strength"_s);
    m_without = new QCheckBox(tr("Without a passphrase"), card);
    m_without->setObjectName(u"withoutPassphrase"_s);
    m_withoutNote = wrapped(makeLabel(tr("You give up the main protection: every program that runs under your account "
                                         "can then read the key and decide in your name, unseen. The window opens "
                                         "without asking."),
                                      TextSize::Small, card));
    m_problem = wrapped(makeLabel({}, TextSize::Body, card));
    m_problem->setObjectName(u"firstRunProblem"_s);
    m_make = new FlatButton(tr("Make my key"), {}, FlatButton::Look::Primary, card);
    m_make->setObjectName(u"makeKey"_s);
    auto *later = new FlatButton(tr("Later"), u"Esc"_s, FlatButton::Look::Plain, card);
    later->setObjectName(u"later"_s);
    connect(m_make, &FlatButton::clicked, this, &FirstRunPage::submit);
    connect(later, &FlatButton::clicked, this, &FirstRunPage::postponed);
    for (QLineEdit *field : {m_name, m_passphrase, m_again}) {
        connect(field, &QLineEdit::textChanged, this, &FirstRunPage::follow);
        connect(field, &QLineEdit::returnPressed, this,
                [this] { focusNextPrevChild(true); }); // Goes on, makes nothing.
    }
    connect(m_without, &QCheckBox::toggled, this, &FirstRunPage::follow);

    QVBoxLayout *rows = card->body();
    rows->addWidget(makeLabel(tr("Welcome to Countersign"), TextSize::Heading, card));
    rows->addWidget(
        wrapped(makeDimLabel(tr("Agents and scripts ask here before they act, and you decide. Every decision "
                                "is signed with a key of yours, so that nobody else can approve in your "
                                "name. You become the first administrator of this workspace."),
                             TextSize::Body, card)));
    for (QWidget *widget : std::initializer_list<QWidget *>{m_name, m_passphrase, m_again, m_strength, m_without,
                                                            m_withoutNote, m_problem}) {
        rows->addWidget(widget);
    }
    auto *acts = new QHBoxLayout;
    acts->addWidget(m_make);
    acts->addWidget(later);
    acts->addStretch(1);
    rows->addLayout(acts);
    return card;
}

QWidget *FirstRunPage::makeCodePage()
{
    auto *card = new Card({}, Card::Edge::Solid, m_steps);
    m_code = new QLineEdit(card);
    m_code->setObjectName(u"recoveryCode"_s);
    m_code->setReadOnly(true);
    m_code->setAccessibleName(tr("Recovery code"));
    auto *copy = new FlatButton(tr("Copy"), {}, FlatButton::Look::Plain, card);
    copy->setObjectName(u"copyCode"_s);
    copy->setIconName(u"copy"_s);
    m_copied = wrapped(makeDimLabel({}, TextSize::Small, card));
    connect(copy, &FlatButton::clicked, this, [this] {
        copyBriefly(m_code->text());
        m_copied->setText(tr("Copied. The clipboard is emptied in 30 seconds."));
    });
    auto *written = new FlatButton(tr("I have written it down"), {}, FlatButton::Look::Primary, card);
    written->setObjectName(u"writtenDown"_s);
    connect(written, &FlatButton::clicked, this, [this] {
        m_code->clear();
        Q_EMIT done();
    });

    QVBoxLayout *rows = card->body();
    rows->addWidget(makeLabel(tr("Your recovery code"), TextSize::Heading, card));
    rows->addWidget(
        wrapped(makeDimLabel(tr("If you lose your key file or forget its passphrase, this code lets you put "
                                "a new key in its place. It is shown only now and stored nowhere: write it "
                                "down and keep it away from this machine."),
                             TextSize::Body, card)));
    rows->addWidget(m_code);
    auto *copyRow = new QHBoxLayout;
    copyRow->addWidget(copy);
    copyRow->addWidget(m_copied, 1);
    rows->addLayout(copyRow);
    rows->addWidget(written, 0, Qt::AlignLeft);
    return card;
}

void FirstRunPage::applyGrid()
{
    m_page->layout()->setContentsMargins(grid(4), grid(4), grid(4), grid(4));
    for (int i = 0; i < m_steps->count(); ++i) {
        QLayout *body = static_cast<Card *>(m_steps->widget(i))->body();
        body->setContentsMargins(grid(9), grid(8), grid(9), grid(9));
        body->setSpacing(grid(4));
    }
    m_steps->setMaximumWidth(grid(pageSteps));
    m_code->setFont(monoFont(TextSize::Body));
    const auto paint = [](QLabel *label, const QColor &ink) {
        QPalette palette = label->palette();
        palette.setColor(QPalette::WindowText, ink);
        label->setPalette(palette);
    };
    paint(m_problem, colours().bad);
    paint(m_withoutNote, colours().warn);
}

void FirstRunPage::follow()
{
    const bool without = m_without->isChecked();
    m_passphrase->setVisible(!without);
    m_again->setVisible(!without);
    m_strength->setVisible(!without);
    m_withoutNote->setVisible(without);
    m_strength->setText(strengthWords(strengthOf(m_passphrase->text())));
    m_problem->setVisible(!m_problem->text().isEmpty());
    QString missing;
    if (m_name->text().trimmed().isEmpty()) {
        missing = tr("Type your name first.");
    } else if (!without && m_passphrase->text().isEmpty()) {
        missing = tr("Type a passphrase, or choose to go without one.");
    } else if (!without && m_passphrase->text() != m_again->text()) {
        missing = tr("The two passphrases differ.");
    }
    m_make->setDisabledReason(missing);
}

void FirstRunPage::submit()
{
    m_problem->clear();
    follow();
    const QByteArray passphrase = m_without->isChecked() ? QByteArray() : m_passphrase->text().toUtf8();
    m_passphrase->clear();
    m_again->clear();
    m_make->setDisabledReason(tr("Making the key…"));
    Q_EMIT keyWanted(m_name->text().trimmed(), passphrase);
}

void FirstRunPage::setProblem(const QString &sentence)
{
    m_problem->setText(sentence);
    follow();
    focusField();
}

void FirstRunPage::showRecoveryCode(const FirstAdministrator &made)
{
    m_code->setText(made.recoveryCode);
    m_code->setCursorPosition(0);
    m_copied->clear();
    m_steps->setCurrentIndex(1);
    m_code->setFocus(Qt::OtherFocusReason);
}

bool FirstRunPage::isShowingCode() const
{
    return m_steps->currentIndex() == 1 && !m_code->text().isEmpty();
}

void FirstRunPage::focusField()
{
    (m_name->text().isEmpty() ? m_name : m_passphrase)->setFocus(Qt::OtherFocusReason);
}

QString FirstRunPage::keyFilePath(const QString &folder, const QString &reviewerName)
{
    QString base;
    for (const QChar c : reviewerName.left(longestName)) {
        const bool harmless = (c.unicode() < 0x80 && c.isLetterOrNumber()) || c == u'_' || c == u'-';
        base += harmless ? c : QChar(u'-');
    }
    QString path = folder + u'/' + base + u".key"_s;
    for (int number = 2; QFileInfo::exists(path) && number < mostNumbers; ++number) {
        path = folder + u'/' + base + u'-' + QString::number(number) + u".key"_s;
    }
    return path;
}

void FirstRunPage::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape && !isShowingCode()) {
        Q_EMIT postponed();
        return;
    }
    QScrollArea::keyPressEvent(event);
}

void FirstRunPage::changeEvent(QEvent *event)
{
    QScrollArea::changeEvent(event);
    const bool themeChanged = event->type() == QEvent::StyleChange;
    if (themeChanged && m_steps && m_code) {
        applyGrid();
    }
}

} // namespace countersign::ui
