// SPDX-License-Identifier: Apache-2.0
#include "ui/connections/add_connection_sheet.h"

#include "core/base/visible_text.h"
#include "core/connections/token_command.h"
#include "ui/detail/wrap_label.h"
#include "ui/style/flat_button.h"
#include "ui/style/labels.h"

#include <QtCore/QDir>
#include <QtCore/QFileInfo>
#include <QtCore/QProcess>
#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>
#include <QtGui/QKeyEvent>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QStackedWidget>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

constexpr int longestName = 64;
constexpr int longestField = 4000;
constexpr qint64 mostProfileBytes = 256 * 1024;

enum SignInPlace { NoSecret, InHeader, InQuery, FromCommand, FromAddress };
enum TokenMethod { Get, Post };
enum Starts { ByCommand, ByAddress };
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
    m_pages = new QStackedWidget(card());
    m_wayIn = new WayInPage(card());
    m_pages->addWidget(scrolled(m_wayIn));
    m_form = scrolled(makeFields());
    m_pages->addWidget(m_form);
    m_snippet = scrolled(makeSnippetPage());
    m_pages->addWidget(m_snippet);
    connect(m_wayIn, &WayInPage::chosen, this, &AddConnectionSheet::goTo);
    m_problem = makeLabel({}, TextSize::Body, card());
    m_problem->setObjectName(u"addProblem"_s);
    m_problem->setWordWrap(true);
    m_problem->hide();
    m_add = new FlatButton(tr("Add"), u"Ctrl ⏎"_s, FlatButton::Look::Primary, card());
    m_add->setObjectName(u"addNow"_s);
    m_copy = new FlatButton(tr("Copy"), u"Ctrl ⏎"_s, FlatButton::Look::Primary, card());
    m_copy->setObjectName(u"copySnippet"_s);
    m_back = new FlatButton(tr("Back"), u"Alt ←"_s, FlatButton::Look::Plain, card());
    m_back->setObjectName(u"addBack"_s);
    auto *cancel = new FlatButton(tr("Cancel"), u"Esc"_s, FlatButton::Look::Plain, card());
    connect(m_add, &FlatButton::clicked, this, &AddConnectionSheet::submit);
    connect(m_copy, &FlatButton::clicked, this, &AddConnectionSheet::submit);
    connect(m_back, &FlatButton::clicked, this, &AddConnectionSheet::goBack);
    connect(cancel, &FlatButton::clicked, this, &AddConnectionSheet::close);

    auto *acts = new QHBoxLayout;
    acts->setSpacing(grid(2));
    acts->addWidget(m_add);
    acts->addWidget(m_copy);
    acts->addWidget(m_back);
    acts->addWidget(cancel);
    acts->addStretch(1);
    m_title = makeLabel({}, TextSize::Title, card());
    auto *rows = new QVBoxLayout(card());
    rows->setContentsMargins(grid(6), grid(5), grid(4), grid(5));
    rows->setSpacing(grid(3));
    rows->addWidget(m_title);
    rows->addWidget(m_pages, 1);
    rows->addWidget(m_problem);
    rows->addLayout(acts);
    setCardSize(620, 640);
    goBack();
}

QScrollArea *AddConnectionSheet::scrolled(QWidget *page)
{
    auto *scroll = new QScrollArea(card());
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->viewport()->setAutoFillBackground(false);
    scroll->setWidget(page);
    page->setAutoFillBackground(false);
    return scroll;
}

QWidget *AddConnectionSheet::makeSnippetPage()
{
    auto *page = new QWidget(card());
    m_explanation = new WrapLabel({}, TextSize::Body, page);
    m_explanation->setObjectName(u"snippetExplanation"_s);
    m_code = new QPlainTextEdit(page);
    m_code->setObjectName(u"snippet"_s);
    m_code->setAccessibleName(tr("What to copy"));
    m_code->setReadOnly(true);
    m_code->setTabChangesFocus(true);
    m_code->installEventFilter(this);
    auto *rows = new QVBoxLayout(page);
    rows->setContentsMargins(0, 0, grid(2), 0);
    rows->setSpacing(grid(3));
    rows->addWidget(m_explanation);
    rows->addWidget(m_code, 1);
    return page;
}

bool AddConnectionSheet::isMcp() const
{
    return m_way == WayInPage::Way::McpServer;
}

void AddConnectionSheet::goTo(WayInPage::Way way)
{
    m_way = way;
    setProblem({});
    m_title->setText(WayInPage::headingOf(way));
    const QString snippet = WayInPage::snippetOf(way);
    m_pages->setCurrentWidget(snippet.isEmpty() ? m_form : m_snippet);
    m_add->setVisible(snippet.isEmpty());
    m_copy->setVisible(!snippet.isEmpty());
    m_copy->setLabel(tr("Copy"));
    m_back->show();
    m_explanation->setText(WayInPage::explanationOf(way));
    m_code->setFont(monoFont(TextSize::Small));
    m_code->setPlainText(snippet);
    follow();
    if (isOpen()) {
        (snippet.isEmpty() ? static_cast<QWidget *>(m_name) : m_code)->setFocus(Qt::OtherFocusReason);
    }
}

void AddConnectionSheet::goBack()
{
    m_title->setText(tr("What do you have?"));
    m_pages->setCurrentIndex(0);
    m_add->hide();
    m_copy->hide();
    m_back->hide();
    setProblem({});
    m_secret->clear();
    m_tokenSecret->clear();
    if (isOpen()) {
        m_wayIn->firstField()->setFocus(Qt::OtherFocusReason);
    }
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
    m_startsLabel = makeDimLabel(tr("It is"));
    rows->addWidget(m_startsLabel);
    m_starts = new QComboBox(page);
    m_starts->setObjectName(u"newConnectionStarts"_s);
    m_starts->setAccessibleName(tr("It is"));
    setChoices(m_starts, {tr("A command on this machine"), tr("An address")});
    rows->addWidget(m_starts);
    m_command = addField(rows, tr("Command that starts the server; no shell reads it"), u"newConnectionCommand"_s,
                         u"npx -y @modelcontextprotocol/server-everything"_s);
    m_folder = addField(rows, tr("Folder to start it in (may be empty)"), u"newConnectionFolder"_s, u"/home/me"_s);
    m_address = addField(rows, tr("Address"), u"newConnectionAddress"_s, u"wss://HOST/agents/AGENT/INSTANCE"_s);

    m_placeLabel = makeDimLabel(tr("Signs in with"));
    rows->addWidget(m_placeLabel);
    m_place = new QComboBox(page);
    m_place->setObjectName(u"newConnectionPlace"_s);
    m_place->setAccessibleName(tr("Signs in with"));
    setChoices(m_place, {tr("Nothing: it lets everybody in"), tr("A secret in a header"),
                         tr("A secret in the query of the address"), tr("A token that a command prints"),
                         tr("A token that an address gives")});
    rows->addWidget(m_place);
    m_secretName = addField(rows, tr("Name of the header or query item"), u"newConnectionSecretName"_s, {});
    m_secret = addField(rows, tr("Secret, as it is to be sent (for a bearer token with “Bearer ” before it)"),
                        u"newConnectionSecret"_s, {});
    maskSecret(m_secret);

    m_tokenCommand = addField(rows, tr("Command that prints the token; no shell reads it, and it has 10 s"),
                              u"newConnectionTokenCommand"_s, u"gcloud auth print-access-token"_s);
    m_tokenAddress = addField(rows, tr("Address that gives the token, in JSON or as one word; it has 10 s"),
                              u"newConnectionTokenAddress"_s, u"https://HOST/token"_s);
    m_tokenMethodLabel = makeDimLabel(tr("It is asked with"));
    rows->addWidget(m_tokenMethodLabel);
    m_tokenMethod = new QComboBox(page);
    m_tokenMethod->setObjectName(u"newConnectionTokenMethod"_s);
    m_tokenMethod->setAccessibleName(tr("It is asked with"));
    setChoices(m_tokenMethod, {u"GET"_s, u"POST"_s});
    rows->addWidget(m_tokenMethod);
    m_tokenHeader =
        addField(rows, tr("Header that it wants (may be empty)"), u"newConnectionTokenHeader"_s, u"Authorization"_s);
    m_tokenSecret = addField(rows, tr("Secret in that header, as it is to be sent"), u"newConnectionTokenSecret"_s, {});
    maskSecret(m_tokenSecret);
    m_profileLabel = makeDimLabel(tr("What its state means"));
    rows->addWidget(m_profileLabel);
    m_profileKind = new QComboBox(page);
    m_profileKind->setObjectName(u"newConnectionProfile"_s);
    m_profileKind->setAccessibleName(tr("What its state means"));
    setChoices(m_profileKind,
               {tr("Built-in profile: the shapes of the SDK's documentation"), tr("A profile in a file")});
    rows->addWidget(m_profileKind);
    m_profileFile =
        addField(rows, tr("Path of the profile, in JSON"), u"newConnectionProfileFile"_s, u"/home/me/profile.json"_s);
    m_note = new WrapLabel({}, TextSize::Small, page);
    m_note->setInk(WrapLabel::Ink::Dim);
    rows->addWidget(m_note);
    rows->addStretch(1);
    connect(m_place, &QComboBox::currentIndexChanged, this, [this](int place) {
        m_secretName->setText(place == InHeader ? u"Authorization"_s : place == InQuery ? u"token"_s : QString());
        follow();
    });
    connect(m_profileKind, &QComboBox::currentIndexChanged, this, &AddConnectionSheet::follow);
    connect(m_starts, &QComboBox::currentIndexChanged, this, &AddConnectionSheet::follow);
    return page;
}

void AddConnectionSheet::maskSecret(QLineEdit *field)
{
    field->setEchoMode(QLineEdit::Password);
    field->setInputMethodHints(Qt::ImhHiddenText | Qt::ImhSensitiveData | Qt::ImhNoPredictiveText |
                               Qt::ImhNoAutoUppercase);
    field->setDragEnabled(false);
    connect(this, &Sheet::closed, field, &QLineEdit::clear); // A secret never waits in a hidden field.
}

void AddConnectionSheet::clear()
{
    for (QLineEdit *field : {m_name, m_address, m_secretName, m_secret, m_profileFile, m_command, m_folder,
                             m_tokenCommand, m_tokenAddress, m_tokenHeader, m_tokenSecret}) {
        field->clear();
    }
    m_place->setCurrentIndex(NoSecret);
    m_tokenMethod->setCurrentIndex(Get);
    m_profileKind->setCurrentIndex(BuiltIn);
    m_starts->setCurrentIndex(ByCommand);
    fail({});
}

void AddConnectionSheet::openFresh()
{
    m_signInOf.clear();
    m_add->setLabel(tr("Add"));
    clear();
    goBack();
    open();
}

void AddConnectionSheet::openForSignIn(const QString &name)
{
    m_signInOf = name;
    m_add->setLabel(tr("Save"));
    clear();
    goTo(WayInPage::Way::Agent);
    m_title->setText(tr("How “%1” signs in").arg(displayText(name).text));
    m_back->hide();
    open();
    m_place->setFocus(Qt::OtherFocusReason);
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

void AddConnectionSheet::setShown(QLineEdit *field, bool shown)
{
    field->setVisible(shown);
    if (auto *label = findChild<QLabel *>(field->objectName() + u"Label"_s)) {
        label->setVisible(shown);
    }
}

void AddConnectionSheet::follow()
{
    if (!m_note || !m_add) {
        return; // Still being made.
    }
    const bool isCommand = isMcp() && m_starts->currentIndex() == ByCommand;
    const int place = isCommand ? int(NoSecret) : m_place->currentIndex();
    const bool secret = place == InHeader || place == InQuery;
    for (QWidget *one : {static_cast<QWidget *>(m_startsLabel), static_cast<QWidget *>(m_starts)}) {
        one->setVisible(isMcp());
    }
    for (QWidget *one : {static_cast<QWidget *>(m_placeLabel), static_cast<QWidget *>(m_place)}) {
        one->setVisible(!isCommand);
    }
    for (QWidget *one : {static_cast<QWidget *>(m_profileLabel), static_cast<QWidget *>(m_profileKind)}) {
        one->setVisible(!isMcp() && m_signInOf.isEmpty());
    }
    setShown(m_name, m_signInOf.isEmpty());
    setShown(m_command, isCommand);
    setShown(m_folder, isCommand);
    setShown(m_address, !isCommand && m_signInOf.isEmpty());
    setShown(m_secretName, secret);
    setShown(m_secret, secret);
    setShown(m_tokenCommand, place == FromCommand);
    for (QLineEdit *one : {m_tokenAddress, m_tokenHeader, m_tokenSecret}) {
        setShown(one, place == FromAddress);
    }
    m_tokenMethodLabel->setVisible(place == FromAddress);
    m_tokenMethod->setVisible(place == FromAddress);
    setShown(m_profileFile, m_signInOf.isEmpty() && !isMcp() && m_profileKind->currentIndex() == FromFile);
    m_name->setPlaceholderText(isMcp() ? tr("files") : tr("payments-agent"));
    m_address->setPlaceholderText(isMcp() ? u"https://HOST/mcp"_s : u"wss://HOST/agents/AGENT/INSTANCE"_s);
    m_note->setText(isCommand
                        ? tr("Adding it here is your consent to start this command on this machine, as you. Another "
                             "command asks again.")
                        : tr("Secrets and where tokens come from are kept in the desktop's keychain, or without one in "
                             "a file that only you can read, bound to this server; they never stand in the "
                             "workspace."));
    m_add->setDisabledReason(missing());
}

/// What is to be typed yet, as a sentence.
QString AddConnectionSheet::missing() const
{
    const bool isCommand = isMcp() && m_starts->currentIndex() == ByCommand;
    const int place = isCommand ? int(NoSecret) : m_place->currentIndex();
    if (m_isAdding) {
        return tr("It is being added.");
    }
    if (m_signInOf.isEmpty() && m_name->text().trimmed().isEmpty()) {
        return tr("Type a name first.");
    }
    if (isCommand) {
        return m_command->text().trimmed().isEmpty() ? tr("Type the command that starts the server.") : QString();
    }
    if (m_signInOf.isEmpty() && m_address->text().trimmed().isEmpty()) {
        return isMcp() ? tr("Type the address of the server.") : tr("Type the address of the agent.");
    }
    if ((place == InHeader || place == InQuery) &&
        (m_secretName->text().trimmed().isEmpty() || m_secret->text().isEmpty())) {
        return tr("Type the name and the value of the secret, or choose to sign in with nothing.");
    }
    if (place == FromCommand && m_tokenCommand->text().trimmed().isEmpty()) {
        return tr("Type the command that prints the token, or choose to sign in with nothing.");
    }
    if (place == FromAddress && m_tokenAddress->text().trimmed().isEmpty()) {
        return tr("Type the address that gives the token, or choose to sign in with nothing.");
    }
    if (place == FromAddress && m_tokenHeader->text().trimmed().isEmpty() != m_tokenSecret->text().isEmpty()) {
        return tr("Type both the header that the address wants and its secret, or neither.");
    }
    if (!isMcp() && m_profileKind->currentIndex() == FromFile && m_profileFile->text().trimmed().isEmpty()) {
        return tr("Type the path of the profile, or choose the built-in one.");
    }
    return {};
}

TokenAddress AddConnectionSheet::readTokenAddress() const
{
    TokenAddress address;
    address.url = QUrl(m_tokenAddress->text().trimmed(), QUrl::StrictMode);
    address.isPosted = m_tokenMethod->currentIndex() == Post;
    if (const QByteArray header = m_tokenHeader->text().trimmed().toUtf8(); !header.isEmpty()) {
        address.headers.push_back({Secret::Place::Header, header, m_tokenSecret->text().toUtf8()});
    }
    return address;
}

Result<> AddConnectionSheet::readSignIn(ConnectionService::NewConnection &connection) const
{
    const int place = m_place->currentIndex();
    if (place == InHeader || place == InQuery) {
        connection.secrets.push_back({place == InHeader ? Secret::Place::Header : Secret::Place::Query,
                                      m_secretName->text().trimmed().toUtf8(), m_secret->text().toUtf8()});
    } else if (place == FromCommand) {
        Result<QStringList> command = readTokenCommand(m_tokenCommand->text());
        if (!command) {
            return command.error();
        }
        TokenSource token;
        token.command = std::move(*command);
        connection.token = std::move(token);
    } else if (place == FromAddress) {
        TokenSource token;
        token.address = readTokenAddress();
        connection.token = std::move(token);
    }
    return {};
}

Result<ConnectionService::NewConnection> AddConnectionSheet::read() const
{
    ConnectionService::NewConnection connection;
    connection.name = m_name->text().trimmed();
    if (isMcp() && m_starts->currentIndex() == ByCommand) {
        connection.kind = u"mcp-stdio"_s;
        connection.command = {QProcess::splitCommand(m_command->text().trimmed()), m_folder->text().trimmed()};
    } else {
        connection.kind = isMcp() ? u"mcp-http"_s : u"cloudflare"_s;
        connection.url = QUrl(m_address->text().trimmed(), QUrl::StrictMode);
        if (const Result<> signedIn = readSignIn(connection); !signedIn) {
            return signedIn.error();
        }
    }
    if (!isMcp() && m_profileKind->currentIndex() == FromFile) {
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
    if (m_pages->currentWidget() == m_snippet) {
        QGuiApplication::clipboard()->setText(m_code->toPlainText());
        m_copy->setLabel(tr("Copied"));
        return;
    }
    if (m_pages->currentWidget() != m_form) {
        return;
    }
    if (!m_add->disabledReason().isEmpty()) {
        setProblem(m_add->disabledReason());
        return;
    }
    if (!m_signInOf.isEmpty()) {
        ConnectionService::NewConnection holder;
        Result<> read = readSignIn(holder);
        const SignIn signIn{holder.secrets, holder.token};
        read = read ? checkSignIn(signIn) : read;
        setProblem(read ? QString() : displayText(read.error().message).text);
        if (read) {
            m_isAdding = true;
            follow();
            Q_EMIT signInWanted(m_signInOf, signIn);
        }
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
    return m_wayIn->firstField();
}

void AddConnectionSheet::keyPressEvent(QKeyEvent *event)
{
    const bool isGuide = m_pages->currentIndex() == 0;
    if (isGuide && event->modifiers() == Qt::NoModifier && m_wayIn->handleKey(event->key())) {
        event->accept();
        return;
    }
    if (!isGuide && event->key() == Qt::Key_Left && event->modifiers().testFlag(Qt::AltModifier) &&
        m_signInOf.isEmpty()) {
        goBack();
        event->accept();
        return;
    }
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
        if (event->modifiers().testFlag(Qt::ControlModifier)) {
            submit();
        } else if (auto *button = qobject_cast<QAbstractButton *>(focusWidget()); isGuide && button) {
            button->click();
        } else {
            focusNextPrevChild(true); // Goes on, adds nothing.
        }
        event->accept();
        return;
    }
    Sheet::keyPressEvent(event);
}

bool AddConnectionSheet::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_code && event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        if (key->key() == Qt::Key_Left && key->modifiers().testFlag(Qt::AltModifier)) {
            goBack(); // A text would scroll.
            return true;
        }
    }
    return Sheet::eventFilter(watched, event);
}

void AddConnectionSheet::changeEvent(QEvent *event)
{
    Sheet::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_problem) {
        setProblem(m_problem->text());
        m_code->setFont(monoFont(TextSize::Small));
    }
}

} // namespace countersign::ui
