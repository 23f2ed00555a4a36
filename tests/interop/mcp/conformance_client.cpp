// SPDX-License-Identifier: Apache-2.0
// The client of the product without a window, with a person who always says the same: what the official conformance
// suite starts. Lists and uses everything that the server at the last argument offers, and ends with 0 when it could.
#include "core/base/json_reader.h"
#include "core/connections/mcp/client.h"
#include "core/connections/mcp/http_transport.h"
#include "core/connections/mcp/oauth_authorization.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QTimer>
#include <QtCore/QUrl>
#include <QtNetwork/QNetworkReply>

#include <cstdio>

using namespace countersign;
using namespace countersign::mcp;
using namespace Qt::StringLiterals;

namespace {

void tell(const QString &line)
{
    std::fprintf(stderr, "%s\n", qPrintable(line));
}

/// What a form sends when nobody touches it: its defaults.
JsonValue untouched(const QByteArray &schema)
{
    JsonValue answer = JsonValue::object();
    const Result<JsonValue> read = readJson(schema, JsonLimits::schema());
    const JsonValue *properties = read ? read->find("properties") : nullptr;
    for (const JsonValue::Member &property : properties ? properties->members() : JsonValue::Object()) {
        if (const JsonValue *value = property.value.find("default")) {
            answer.set(property.key, *value);
        }
    }
    return answer;
}

/// Arguments that fit a tool: numbers, texts and so on by their types.
JsonValue madeUp(const JsonValue &schema, const JsonValue &someSchema)
{
    JsonValue arguments = JsonValue::object();
    const JsonValue *properties = schema.find("properties");
    qint64 number = 5;
    for (const JsonValue::Member &property : properties ? properties->members() : JsonValue::Object()) {
        const JsonValue *type = property.value.find("type");
        const std::string_view name = type ? type->utf8() : std::string_view();
        if (property.key == "schema" && name == "object") {
            arguments.set(property.key, someSchema);
        } else if (name == "number" || name == "integer") {
            arguments.set(property.key, JsonValue::fromInteger(number));
            number -= 2;
        } else if (name == "string") {
            arguments.set(property.key, JsonValue::fromString(u"us-west1"_s));
        } else if (name == "boolean") {
            arguments.set(property.key, JsonValue::fromBool(true));
        }
    }
    return arguments;
}

class ScriptedPerson final : public InputHandler
{
public:
    Client *client = nullptr;

    void ask(const InputRequest &request) override
    {
        tell(u"asked: "_s + request.message);
        InputAnswer answer;
        answer.action = InputAnswer::Action::Accept;
        if (request.kind == InputRequest::Kind::Form) {
            answer.content = writeJson(untouched(request.schema));
        } else if (request.kind == InputRequest::Kind::Sampling) {
            answer.content = R"({"role":"assistant","content":{"type":"text","text":"Paris"},"model":"a person"})";
        }
        // A person never answers within the question.
        QTimer::singleShot(20, client, [this, id = request.id, answer] {
            if (const Result<> taken = client->answer(id, answer); !taken) {
                tell(u"not answered: "_s + taken.error().message);
            }
        });
    }
    void withdraw(InputRequest::Id, const QString &why) override { tell(u"withdrawn: "_s + why); }
};

/// Uses everything, then ends the program.
class Visitor final : public QObject
{
public:
    explicit Visitor(Client &client)
        : m_client(client)
    {
        const Result<JsonValue> context = readJson(qgetenv("MCP_CONFORMANCE_CONTEXT"));
        if (const JsonValue *calls = context ? context->find("toolCalls") : nullptr) {
            m_givenCalls = calls->items();
        }
    }

    void visit()
    {
        tell(u"ready: "_s + m_client.server().protocolVersion);
        begin();
        m_client.listTools([this](const Result<std::vector<ServerTool>> &tools) {
            tools ? useTools(*tools) : fail(tools.error().message);
            end();
        });
        if (m_client.server().offers(u"resources")) {
            list("resources/list", "resources", "resources/read", "uri");
        }
        if (m_client.server().offers(u"prompts")) {
            list("prompts/list", "prompts", "prompts/get", "name");
        }
    }

private:
    void useTools(const std::vector<ServerTool> &tools)
    {
        JsonValue someSchema = JsonValue::object();
        for (const ServerTool &tool : tools) {
            const JsonValue schema = readJson(tool.tool.inputSchema, JsonLimits::schema()).valueOr(JsonValue::object());
            if (someSchema.members().empty()) {
                someSchema = schema;
            }
            bool wasGiven = false;
            for (const JsonValue &call : m_givenCalls) {
                if (call.find("name")->toString() == tool.tool.name) {
                    const JsonValue *arguments = call.find("arguments");
                    callTool(tool.tool.name, writeJson(arguments ? *arguments : JsonValue::object()));
                    wasGiven = true;
                }
            }
            if (!wasGiven) {
                callTool(tool.tool.name, writeJson(madeUp(schema, someSchema)));
            }
        }
    }
    void callTool(const QString &name, const QByteArray &arguments)
    {
        begin();
        m_client.callTool(name, arguments, {}, [this, name](const CallEnd &done) {
            done.isResult() || done.kind == CallEnd::Kind::Error
                ? tell(name + u": "_s + QString::fromUtf8(done.body.left(200)) + done.words)
                : fail(name + u": "_s + done.words);
            end();
        });
    }
    void list(const QByteArray &method, const char *member, const QByteArray &useMethod, const char *key)
    {
        begin();
        m_client.request(method, "{}", {}, [this, member, useMethod, key](const CallEnd &listed) {
            const Result<JsonValue> result = readJson(listed.body);
            const JsonValue *items = result ? result->find(member) : nullptr;
            for (const JsonValue &item : items ? items->items() : JsonValue::Array()) {
                begin();
                const QByteArray params = "{\"" + QByteArray(key) + "\":" + writeJson(*item.find(key)) + '}';
                m_client.request(useMethod, params, {}, [this](const CallEnd &) { end(); });
            }
            end();
        });
    }
    void begin() { ++m_open; }
    void end()
    {
        if (--m_open == 0) {
            connect(&m_client, &Client::closed, this,
                    [this] { QTimer::singleShot(100, this, [this] { QCoreApplication::exit(m_code); }); });
            m_client.close();
        }
    }
    void fail(const QString &why)
    {
        tell(u"failed: "_s + why);
        m_code = 1;
    }

    Client &m_client;
    JsonValue::Array m_givenCalls;
    int m_open = 0;
    int m_code = 0;
};

/// Signs in as the scripted person would: agrees, and follows wherever the address leads.
class Browser final : public QObject
{
public:
    void open(const SignInQuestion &question, const std::function<void(const Result<> &)> &settled)
    {
        tell(u"signs in at "_s + question.issuer + u" for "_s + question.scope);
        settled({});
        follow(question.address);
    }

private:
    void follow(const QUrl &address)
    {
        // By hand: QNetworkAccessManager may ask twice when it follows by itself.
        QNetworkRequest request(address);
        request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
        QNetworkReply *reply = m_network.get(request);
        connect(reply, &QNetworkReply::finished, this, [this, reply] {
            reply->deleteLater();
            const QUrl next = reply->attribute(QNetworkRequest::RedirectionTargetAttribute).toUrl();
            if (!next.isEmpty()) {
                follow(reply->url().resolved(next));
            }
        });
    }

    QNetworkAccessManager m_network;
};

OAuthAuthorization::Options signInOptions()
{
    OAuthAuthorization::Options options;
    options.metadataDocument = QUrl(u"https://conformance-test.local/client-metadata.json"_s); // The suite's own.
    const Result<JsonValue> context = readJson(qgetenv("MCP_CONFORMANCE_CONTEXT"));
    if (const JsonValue *id = context ? context->find("client_id") : nullptr) {
        const JsonValue *secret = context->find("client_secret");
        options.client = oauth::Client();
        options.client->id = id->toString();
        options.client->secret = secret ? secret->toString() : QString();
    }
    return options;
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const SystemClock clock;
    EventLoopScheduler scheduler(clock);
    SystemIdSource ids(clock);
    MemorySecretStore secrets;
    Browser browser;
    OAuthAuthorization authorization(
        {secrets, clock, ids,
         [&browser](const SignInQuestion &question, auto settled) { browser.open(question, settled); }},
        signInOptions());
    StreamableHttpTransport transport(QUrl(application.arguments().constLast(), QUrl::StrictMode), authorization,
                                      scheduler);
    ScriptedPerson person;
    Client::Options options;
    options.sampling = true;
    Client client(transport, scheduler, &person, options);
    person.client = &client;
    Visitor visitor(client);
    QObject::connect(&client, &Client::troubled, [](const QString &words) { tell(u"trouble: "_s + words); });
    QObject::connect(&client, &Client::ready, &visitor, [&visitor] { visitor.visit(); });
    QObject::connect(&client, &Client::closed, &application, [](const Error &why) {
        tell(u"closed: "_s + why.message);
        if (why.code != ErrorCode::Cancelled) {
            QCoreApplication::exit(2);
        }
    });
    client.open();
    return QCoreApplication::exec();
}
