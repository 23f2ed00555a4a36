// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/submission_options.h"

#include "app/ctl/input.h"
#include "core/store/blob_store.h"

#include <QtCore/QFileInfo>
#include <QtCore/QMimeDatabase>

#include <pwd.h>
#include <unistd.h>

namespace countersign::ctl {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype maxNameBytes = 256;
constexpr qsizetype maxEvidenceFiles = 64;

Result<EvidenceItem> storeEvidence(const BlobStore &blobs, const QString &path)
{
    Result<BlobStore::Stored> stored = blobs.addFile(path);
    if (!stored) {
        return stored.error();
    }
    EvidenceItem item;
    item.name = QFileInfo(path).fileName();
    item.mediaType = QMimeDatabase().mimeTypeForFile(path).name();
    item.size = stored->size;
    item.sha256 = stored->sha256;
    return item;
}

Result<> readEvidence(const ParsedOptions &options, const WorkspaceLocation &location, RoundContent &content)
{
    const QStringList paths = options.values(u"evidence"_s);
    if (paths.isEmpty()) {
        return {};
    }
    if (paths.size() > maxEvidenceFiles) {
        return Error{ErrorCode::TooLarge, u"--evidence: at most 64 files belong to one request."_s, {}};
    }
    content.evidence.clear();
    const BlobStore blobs(location.blobFolder);
    for (const QString &path : paths) {
        Result<EvidenceItem> item = storeEvidence(blobs, path);
        if (!item) {
            return Error{item.error().code, u"--evidence: "_s + item.error().message, item.error().detail};
        }
        content.evidence.push_back(*std::move(item));
    }
    return {};
}

Result<> readName(const ParsedOptions &options, const QString &option, QString &name)
{
    if (const auto given = options.optional(option)) {
        if (given->isEmpty() || given->toUtf8().size() > maxNameBytes) {
            return Error{ErrorCode::InvalidInput, u"--"_s + option + u" takes 1 to 256 bytes."_s, {}};
        }
        name = *given;
    }
    return {};
}

Result<> readPayloads(const ParsedOptions &options, RoundContent &content)
{
    if (const auto given = options.optional(u"args"_s)) {
        Result<QByteArray> arguments = jsonOf(u"--args"_s, *given);
        if (!arguments) {
            return arguments.error();
        }
        content.arguments = *std::move(arguments);
    }
    if (const auto given = options.optional(u"schema"_s)) {
        Result<QByteArray> schema = schemaOf(u"--schema"_s, *given);
        if (!schema) {
            return schema.error();
        }
        content.schema = *std::move(schema);
    }
    return {};
}

Result<> readTimes(const ParsedOptions &options, Submission &submission)
{
    if (const auto given = options.optional(u"expires"_s)) {
        Result<std::chrono::milliseconds> duration = durationOf(u"--expires"_s, *given);
        if (!duration) {
            return duration.error();
        }
        submission.expiresIn = *duration;
    }
    if (const auto given = options.optional(u"tier"_s)) {
        Result<Tier> tier = tierOf(*given);
        if (!tier) {
            return tier.error();
        }
        submission.content.requestedTier = *tier;
    }
    return {};
}

} // namespace

std::vector<Option> askingOptions()
{
    return {
        {u"title"_s, u"T"_s, u"What it is about, in the agent's words"_s},
        {u"message"_s, u"M"_s, u"More about it, in the agent's words"_s},
        {u"tier"_s, u"low|medium|high"_s, u"How much a mistake would cost, as the agent sees it"_s},
        {u"expires"_s, u"24h"_s, u"How long it waits (90s, 30m, 24h, 7d, 2w); without it, for ever"_s},
        {u"evidence"_s, u"FILE"_s, u"A file for the reviewer to look at"_s, true},
        {u"agent"_s, u"NAME"_s, u"Who asks; without it, local"_s},
        {u"key"_s, u"K"_s, u"The same key and content again is the same request"_s},
    };
}

std::vector<Option> requestOptions()
{
    std::vector<Option> options = askingOptions();
    const std::vector<Option> payloads{
        {u"tool"_s, u"N"_s, u"The tool that would be called"_s},
        {u"args"_s, u"JSON|@FILE|-"_s, u"Its arguments"_s},
        {u"schema"_s, u"JSON|@FILE"_s, u"The JSON Schema of the arguments"_s},
    };
    options.insert(options.begin() + 1, payloads.begin(), payloads.end());
    return options;
}

QString defaultAgentName()
{
    return u"local"_s;
}

QString osUserName()
{
    const passwd *entry = ::getpwuid(::geteuid());
    return entry ? QString::fromLocal8Bit(entry->pw_name) : QString::number(::geteuid());
}

Submission emptySubmission()
{
    Submission submission;
    submission.agentName = defaultAgentName();
    submission.osUser = osUserName();
    return submission;
}

Result<Submission> readSubmission(const ParsedOptions &options, const WorkspaceLocation &location, Submission base)
{
    RoundContent &content = base.content;
    content.title = options.optional(u"title"_s).value_or(content.title);
    content.message = options.optional(u"message"_s).value_or(content.message);
    for (const Result<> &step :
         {readName(options, u"agent"_s, base.agentName), readName(options, u"key"_s, base.idempotencyKey),
          readName(options, u"tool"_s, content.toolName), readTimes(options, base), readPayloads(options, content)}) {
        if (!step) {
            return step.error();
        }
    }
    if (Result<> evidence = readEvidence(options, location, content); !evidence) {
        return evidence.error();
    }
    return base;
}

} // namespace countersign::ctl
