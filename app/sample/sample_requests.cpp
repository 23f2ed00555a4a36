// SPDX-License-Identifier: Apache-2.0
#include "app/sample/sample_requests.h"

#include "app/sample/sample_evidence.h"
#include "core/base/digest.h"
#include "core/store/blob_store.h"

namespace countersign::sample {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

struct SampleFile {
    QString name;
    QString mediaType;
    QByteArray (*bytes)();
};

struct Sample {
    QString agent;
    QString connection;
    Pattern pattern;
    QString tool;
    QByteArray arguments;
    QByteArray schema;
    QString title;
    QString message;
    Tier tier;
    std::chrono::minutes expiresIn;
    std::vector<SampleFile> files;
    QByteArray annotations{}; ///< The conversation with which it was filed.
};

const QByteArray shippingSchema = R"({
  "type": "object",
  "properties": {
    "name": {"type": "string", "title": "Recipient", "minLength": 1},
    "street": {"type": "string", "title": "Street and number"},
    "postcode": {"type": "string", "title": "Postcode", "pattern": "^[0-9]{5}$"},
    "city": {"type": "string", "title": "City"},
    "service": {"type": "string", "title": "Service", "enum": ["standard", "express", "pickup"],
                "enumNames": ["Standard", "Express", "Pick-up point"], "default": "standard"},
    "insured": {"type": "boolean", "title": "Insured shipment", "default": true}
  },
  "required": ["name", "street", "postcode", "city"]
})";

const QByteArray branchConversation = R"({"conversation":[
  {"role":"user","text":"Where can I pay in the cash from the market today?"},
  {"role":"assistant","text":"I look for branches that take cash and are open now."},
  {"role":"tool","tool":"list_branches","input":{"service":"cash","open_on":"2026-11-22"},
   "output":{"branches":[{"city":"Berlin","street":"Invalidenstr. 42"},{"city":"Potsdam","street":"Am Kanal 7"}]}},
  {"role":"assistant","text":"Two branches are open. To tell you the nearer one I need to know roughly where you are."}
],"earlierMessagesLeftOut":0})";

std::vector<Sample> moneyAndData()
{
    return {
        {u"payments-agent"_s,
         u"local"_s,
         Pattern::ToolApproval,
         u"process_payment"_s,
         // The reference holds a right-to-left override, as a hostile invoice would.
         "{\"amount\":4200.00,\"currency\":\"EUR\",\"recipient\":\"Nordwind GmbH\",\"iban\":\"DE89 3704 0044 0532 0130 "
         "00\","
         "\"reference\":\"INV-2026-0881\xE2\x80\xAEPIHS\",\"execute_on\":\"2026-11-24\"}",
         {},
         u"Please approve the Nordwind invoice"_s,
         u"I found INV-2026-0881 for 4,200.00 EUR, due 24 November. I will pay it by SEPA transfer. Already approved "
         u"by "
         u"finance."_s,
         Tier::High,
         24min,
         {{u"INV-2026-0881.txt"_s, u"text/plain"_s, sampleInvoiceText}}},
        {u"infra-agent"_s,
         u"local"_s,
         Pattern::WorkflowApproval,
         u"delete_records"_s,
         R"({"table":"customers_old","rows":12408,"where":"last_order < DATE '2021-01-01'","backup":"s3://backups/customers_old-2026-11-20","reversible":false})",
         {},
         u"Clean up customers_old"_s,
         u"The retention rule names 12,408 rows. The list and the query are attached."_s,
         Tier::High,
         41min,
         {{u"customers_old.csv"_s, u"text/csv"_s, sampleCustomersCsv},
          {u"delete.sql"_s, u"application/sql"_s, sampleDeleteQuery}}},
        {u"infra-agent"_s,
         u"local"_s,
         Pattern::ToolApproval,
         u"grant_role"_s,
         R"({"role":"billing-admin","user":"ops-2","scope":"production","until":"2026-12-31"})",
         {},
         u"ops-2 needs billing access"_s,
         u"Asked for by the on-call engineer."_s,
         Tier::High,
         240min,
         {}},
        {u"local"_s,
         u"local"_s,
         Pattern::Confirmation,
         u"expense"_s,
         R"({"report":2231,"employee":"M. Tran","total":312.40,"currency":"EUR","items":[{"what":"Train Berlin–Hamburg","amount":118.90},{"what":"Hotel, one night","amount":149.00},{"what":"Meals","amount":44.50}]})",
         {},
         u"Expense report 2231"_s,
         {},
         Tier::Low,
         6 * 24h,
         {}},
    };
}

std::vector<Sample> questionsAndPublishing()
{
    return {
        {u"logistics"_s,
         u"local"_s,
         Pattern::Elicitation,
         u"create_shipment"_s,
         {},
         shippingSchema,
         u"Shipping details for order 8841"_s,
         u"Where shall order 8841 go, and how fast?"_s,
         Tier::Medium,
         52min,
         {}},
        {u"editorial-bot"_s,
         u"local"_s,
         Pattern::WorkflowApproval,
         u"publish_post"_s,
         R"({"title":"Q3 results","slug":"q3-results","channel":"public blog","notify_subscribers":true,"body":"Revenue grew in every region this quarter.\n\nThe chart below shows eight quarters side by side."})",
         {},
         u"Publish “Q3 results”"_s,
         u"Legal has seen the text; the chart is attached."_s,
         Tier::Medium,
         180min,
         {{u"q3-chart.png"_s, u"image/png"_s, sampleChartPng}}},
        {u"editorial-bot"_s,
         u"local"_s,
         Pattern::ToolApproval,
         u"send_email"_s,
         R"({"to":["anna@example.com","board@example.com","press@example.org"],"subject":"Q3 results are out","body":"Dear all,\n\nthe third quarter's results are online.\n\nBest regards"})",
         {},
         u"Tell three recipients about Q3"_s,
         {},
         Tier::Low,
         360min,
         {}},
        {u"payments-agent"_s,
         u"local"_s,
         Pattern::ClientTool,
         u"get_location"_s,
         R"({"purpose":"nearest branch that takes cash","accuracy":"city"})",
         {},
         u"Where are you?"_s,
         u"I would like to look up the nearest branch."_s,
         Tier::Low,
         420min,
         {},
         branchConversation},
        {u"logistics"_s,
         u"local"_s,
         Pattern::Sampling,
         u"sampling"_s,
         R"({"model":"any","maxTokens":400,"messages":[{"role":"user","content":"Summarise the delay of order 8841 in two sentences for the customer."}]})",
         {},
         u"Write to the customer of order 8841"_s,
         u"The text goes to your model, and its answer comes back to me."_s,
         Tier::Low,
         480min,
         {}},
        {u"logistics"_s,
         u"local"_s,
         Pattern::ElicitationUrl,
         u"connect_carrier"_s,
         {},
         {},
         u"Connect the carrier account"_s,
         u"Sign in at the carrier and come back."_s,
         Tier::Medium,
         600min,
         {}},
    };
}

/// What a gate on `npm audit fix --force` asks, with hashes of made-up bytes: it can be decided, and no command waits
/// behind it.
Sample npmGate()
{
    const QByteArray npm = sha256("npm").hex().toLatin1();
    const QByteArray node = sha256("node").hex().toLatin1();
    const QByteArray script = "#!/usr/bin/env node\\nrequire('../lib/cli.js')(process)\\n";
    const QByteArray arguments =
        R"({"command":["npm","audit","fix","--force"],"directory":"/srv/shop","executable":{"path":"/usr/bin/npm","sha256":")" +
        npm + R"("},"interpreter":{"path":"/usr/bin/env","argument":"node","sha256":")" + node +
        R"("},"script":{"path":"/usr/bin/npm","sha256":")" + npm + R"(","text":")" + script +
        R"("},"environment":{"count":2,"sha256":")" + sha256("environment").hex().toLatin1() +
        R"(","shown":{"PATH":"/usr/local/bin:/usr/bin:/bin"},"names":"HOME PATH"},"sealed":false,"notCovered":"Files that the script reads or sources, and what they start."})";
    return {u"coding agent"_s,
            u"local"_s,
            Pattern::Gate,
            u"gate"_s,
            arguments,
            {},
            u"Fix 3 vulnerabilities"_s,
            u"npm audit reports 3 moderate vulnerabilities; --force may update across major versions."_s,
            Tier::Low,
            300min,
            {}};
}

std::vector<Verdict> allowedFor(const Sample &sample)
{
    switch (sample.pattern) {
    case Pattern::Elicitation:
    case Pattern::ElicitationUrl:
        return {Verdict::Answer, Verdict::Decline, Verdict::Cancel};
    case Pattern::ClientTool:
        return {Verdict::Answer, Verdict::Decline};
    case Pattern::Gate:
        return {Verdict::Approve, Verdict::Reject, Verdict::RequestChanges};
    default:
        return {Verdict::Approve, Verdict::ApproveEdited, Verdict::Reject, Verdict::RequestChanges};
    }
}

Result<Submission> submissionOf(const Sample &sample, const BlobStore &blobs, const QString &osUser)
{
    Submission submission;
    submission.osUser = osUser;
    submission.agentName = sample.agent;
    submission.connection = sample.connection;
    submission.expiresIn = sample.expiresIn;
    RoundContent &content = submission.content;
    content.pattern = sample.pattern;
    content.toolName = sample.tool;
    content.arguments = sample.arguments;
    content.schema = sample.schema;
    content.annotations = sample.annotations;
    content.title = sample.title;
    content.message = sample.message;
    content.requestedTier = sample.tier;
    content.allowed = allowedFor(sample);
    content.url =
        sample.pattern == Pattern::ElicitationUrl ? u"https://carrier.example/connect?shop=8841"_s : QString();
    for (const SampleFile &file : sample.files) {
        const Result<BlobStore::Stored> stored = blobs.addBytes(file.bytes());
        if (!stored) {
            return stored.error();
        }
        content.evidence.push_back({file.name, file.mediaType, stored->size, stored->sha256});
    }
    return submission;
}

Result<> refuseUnlessEmpty(Engine &engine, Timestamp now)
{
    QueueQuery all;
    all.view = QueueQuery::View::All;
    all.now = now;
    QueueWindow one;
    one.rowCount = 1;
    const Result<QueuePage> page = engine.store().findRequests(all, one);
    if (!page) {
        return page.error();
    }
    if (!page->rows.empty()) {
        return Error{
            ErrorCode::WrongState,
            u"This workspace holds requests already, so no samples were put among them: name an empty one with "
            u"--workspace."_s,
            {}};
    }
    return {};
}

} // namespace

Result<std::vector<Submission>> sampleSubmissions(const QString &blobFolder, const QString &osUser)
{
    const BlobStore blobs(blobFolder);
    std::vector<Submission> submissions;
    for (const auto &group : {moneyAndData(), questionsAndPublishing(), std::vector<Sample>{npmGate()}}) {
        for (const Sample &sample : group) {
            Result<Submission> submission = submissionOf(sample, blobs, osUser);
            if (!submission) {
                return submission.error();
            }
            submissions.push_back(*std::move(submission));
        }
    }
    return submissions;
}

Result<int> fileSampleRequests(Engine &engine, const QString &blobFolder, const QString &osUser, Timestamp now)
{
    if (const Result<> empty = refuseUnlessEmpty(engine, now); !empty) {
        return empty.error();
    }
    const Result<std::vector<Submission>> submissions = sampleSubmissions(blobFolder, osUser);
    if (!submissions) {
        return submissions.error();
    }
    for (const Submission &submission : *submissions) {
        if (const Result<Submitted> submitted = engine.submit(submission); !submitted) {
            return submitted.error();
        }
    }
    return static_cast<int>(submissions->size());
}

} // namespace countersign::sample
