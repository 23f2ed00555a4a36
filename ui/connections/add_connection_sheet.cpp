// SPDX-License-Identifier: Apache-2.0
#include "ui/connections/add_connection_sheet.h"

#include "core/base/visible_text.h"
#include "ui/style/flat_button.h"
#include "ui/style/labels.h"

#include <QtCore/QDir>
#include <QtCore/QFileInfo>
#include <QtGui/QKeyEvent>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QScrollArea>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

constexpr int longestName = 64;
constexpr int longestField = 4000;
constexpr qint64 mostProfileBytes = 256 * 1024;

enum SignInPlace { NoSecret, InHeader, InQuery };
enum ProfileKind { BuiltIn, FromFile };

/// A regular file only: to open anything else could wait for ever.
Result<QByteArray> readProfileFile(const QString &path)
{
    const QString shown = displayText(path).text;
    const QFileInfo info(path);
    if (!info.isFile() || info.size() > mostProfileBytes) {
        return Error{
            ErrorCode::InvalidInput,
            AddConnectionSheet::tr("“%1” is no file of at most 256 kB: give the path of a profile in JSON.").arg(shown),
            {}};
    }
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        return Error{ErrorCode::InvalidInput,
                     AddConnectionSheet::tr("“%1” could not be read: check that you may read it.").arg(shown),
                     {}};
    }
    return file.read(mostProfileBytes);
}

void setChoices(QComboBox *box, const QStringList &words)
{
    box->addItems(words);
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(12);
}

} // namespace

AddConnectionSheet::AddConnectionSheet(QWidget *window)
    : Sheet(Place::Centre, window)
{
    setObjectName(u"addConnection"_s);
    setAccessibleName(tr("Add a connection"));
    auto *scroll = new QScrollArea(card());
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->viewport()->setAutoFillBackground(false);
    scroll->setWidget(makeFields());
    scroll->widget()->setAutoFillBackground(false);
    m_problem = makeLabel({}, TextSize::Body, card());
    m_problem->setObjectName(u"addProblem"_s);
    m_problem->setWordWrap(true);
    m_problem->hide();
    m_add = new FlatButton(tr("Add"), u"Ctrl ⏎"_s, FlatButton::Look::Primary, card());
    m_add->setObjectName(u"addNow"_s);
    auto *cancel = new FlatButton(tr("Cancel"), u"Esc"_s, FlatButton::Look::Plain, card());
    connect(m_add, &FlatButton::clicked, this, &AddConnectionSheet::submit);
    connect(cancel, &FlatButton::clicked, this, &AddConnectionSheet::close);
    connect(this, &Sheet::closed, m_secret, &QLineEdit::clear); // A secret never waits in a hidden field.

    auto *acts = new QHBoxLayout;
    acts->setSpacing(grid(2));
    acts->addWidget(m_add);
    acts->addWidget(cancel);
    acts->addStretch(1);
    auto *rows = new QVBoxLayout(card());
    rows->setContentsMargins(grid(6), grid(5), grid(4), grid(5));
    rows->setSpacing(grid(3));
    rows->addWidget(makeLabel(tr("Add a connection"), TextSize::Title, card()));
    rows->addWidget(scroll, 1);
    rows->addWidget(m_problem);
    rows->addLayout(acts);
    setCardSize(620, 640);
    follow();
}

QLineEdit *AddConnectionSheet::addField(QLayout *rows, const QString &label, const QString &objectName,
                                        const QString &example)
{
    auto *field = new QLineEdit;
    field->setObjectName(objectName);
    field->setAccessibleName(label);
    field->setPlaceholderText(example);
    field->setMaxLength(longestField);
    QLabel *words = makeDimLabel(label);
    words->setObjectName(objectName + u"Label"_s);
    rows->addWidget(words);
    rows->addWidget(field);
    connect(field, &QLineEdit::textChanged, this, &AddConnectionSheet::follow);
    return field;
}

QWidget *AddConnectionSheet::makeFields()
{
    auto *page = new QWidget(card());
    auto *rows = new QVBoxLayout(page);
    rows->setContentsMargins(0, 0, grid(2), 0);
    rows->setSpacing(grid(2));
    m_name = addField(rows, tr("Name"), u"newConnectionName"_s, tr("payments-agent"));
    m_name->setMaxLength(longestName);
    m_address =
        addField(rows, tr("Address of the agent"), u"newConnectionAddress"_s, u"wss://HOST/agents/AGENT/INSTANCE"_s);

    rows->addWidget(makeDimLabel(tr("Signs in with")));
    m_place = new QComboBox(page);
    m_place->setObjectName(u"newConnectionPlace"_s);
    m_place->setAccessibleName(tr("Signs in with"));
    setChoices(m_place, {tr("Nothing: the agent lets everybody in"), tr("A secret in a header"),
                         tr("A secret in the query of the address")});
    rows->addWidget(m_place);
    m_secretName = addField(rows, tr("Name of the header or query item"), u"newConnectionSecretName"_s, {});
    m_secret = addField(rows, tr("Secret, as it is to be sent (for a bearer token with “Bearer ” before it)"),
                        u"newConnectionSecret"_s, {});
    m_secret->setEchoMode(QLineEdit::Password);
    m_secret->setInputMethodHints(Qt::ImhHiddenText | Qt::ImhSensitiveData | Qt::ImhNoPredictiveText |
                                  Qt::ImhNoAutoUppercase);
    m_secret->setDragEnabled(false);

    rows->addWidget(makeDimLabel(tr("What its state means")));
    m_profileKind = new QComboBox(page);
    m_profileKind->setObjectName(u"newConnectionProfile"_s);
    m_profileKind->setAccessibleName(tr("What its state means"));
    setChoices(m_profileKind,
               {tr("Built-in profile: the shapes of the SDK's documentation"), tr("A profile in a file")});
    rows->addWidget(m_profileKind);
    m_profileFile =
        addField(rows, tr("Path of the profile, in JSON"), u"newConnectionProfileFile"_s, u"/home/me/profile.json"_s);
    QLabel *note = makeDimLabel(tr("The secret is kept in a file of its own that only you can read, bound to this "
                                   "server; it never stands in the workspace."),
                                TextSize::Small, page);
    note->setWordWrap(true);
    rows->addWidget(note);
    rows->addStretch(1);
    connect(m_place, &QComboBox::currentIndexChanged, this, [this](int place) {
        m_secretName->setText(place == InHeader ? u"Authorization"_s : place == InQuery ? u"token"_s : QString());
        follow();
    });
    connect(m_profileKind, &QComboBox::currentIndexChanged, this, &AddConnectionSheet::follow);
    return page;
}

void AddConnectionSheet::openFresh()
{
    for (QLineEdit *field : {m_name, m_address, m_secretName, m_secret, m_profileFile}) {
        field->clear();
    }
    m_place->setCurrentIndex(NoSecret);
    m_profileKind->setCurrentIndex(BuiltIn);
    fail({});
    open();
}

void AddConnectionSheet::fail(const QString &visible)
{
    m_isAdding = false;
    setProblem(visible);
    follow();
}

void AddConnectionSheet::setProblem(const QString &visible)
{
    m_problem->setText(visible);
    m_problem->setVisible(!visible.isEmpty());
    QPalette palette = m_problem->palette();
    palette.setColor(QPalette::WindowText, colours().bad);
    m_problem->setPalette(palette);
}

void AddConnectionSheet::follow()
{
    if (!m_profileFile || !m_add) {
        return; // Still being made.
    }
    const bool secret = m_place->currentIndex() != NoSecret;
    const bool file = m_profileKind->currentIndex() == FromFile;
    for (const auto &[field, shown] :
         {std::pair(m_secretName, secret), std::pair(m_secret, secret), std::pair(m_profileFile, file)}) {
        field->setVisible(shown);
        if (auto *label = findChild<QLabel *>(field->objectName() + u"Label"_s)) {
            label->setVisible(shown);
        }
    }
    QString missing;
    if (m_isAdding) {
        missing = tr("It is being added.");
    } else if (m_name->text().trimmed().isEmpty()) {
        missing = tr("Type a name first.");
    } else if (m_address->text().trimmed().isEmpty()) {
        missing = tr("Type the address of the agent.");
    } else if (secret && (m_secretName->text().trimmed().isEmpty() || m_secret->text().isEmpty())) {
        missing = tr("Type the name and the value of the secret, or choose to sign in with nothing.");
    } else if (file && m_profileFile->text().trimmed().isEmpty()) {
        missing = tr("Type the path of the profile, or choose the built-in one.");
    }
    m_add->setDisabledReason(missing);
}

Result<ConnectionService::NewConnection> AddConnectionSheet::read() const
{
    ConnectionService::NewConnection connection;
    connection.name = m_name->text().trimmed();
    connection.url = QUrl(m_address->text().trimmed(), QUrl::StrictMode);
    if (m_place->currentIndex() != NoSecret) {
        connection.secrets.push_back(
            {m_place->currentIndex() == InHeader ? Secret::Place::Header : Secret::Place::Query,
             m_secretName->text().trimmed().toUtf8(), m_secret->text().toUtf8()});
    }
    if (m_profileKind->currentIndex() == FromFile) {
        Result<QByteArray> profile = readProfileFile(m_profileFile->text().trimmed());
        if (!profile) {
            return profile.error();
        }
        if (profile->isEmpty()) {
            return Error{ErrorCode::InvalidInput, tr("The profile is empty: choose the built-in one instead."), {}};
        }
        connection.profile = std::move(*profile);
    }
    if (const Result<> allowed = checkNewConnection(connection); !allowed) {
        return allowed.error();
    }
    return connection;
}

void AddConnectionSheet::submit()
{
    if (!m_add->disabledReason().isEmpty()) {
        setProblem(m_add->disabledReason());
        return;
    }
    const Result<ConnectionService::NewConnection> connection = read();
    if (!connection) {
        setProblem(displayText(connection.error().message).text);
        return;
    }
    setProblem({});
    m_isAdding = true;
    follow();
    Q_EMIT addWanted(*connection);
}

QWidget *AddConnectionSheet::firstField()
{
    return m_name;
}

void AddConnectionSheet::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
        if (event->modifiers().testFlag(Qt::ControlModifier)) {
            submit();
        } else {
            focusNextPrevChild(true); // Goes on, adds nothing.
        }
        event->accept();
        return;
    }
    Sheet::keyPressEvent(event);
}

void AddConnectionSheet::changeEvent(QEvent *event)
{
    Sheet::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_problem) {
        setProblem(m_problem->text());
    }
}

} // namespace countersign::ui
