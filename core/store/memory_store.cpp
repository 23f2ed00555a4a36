// SPDX-License-Identifier: Apache-2.0
#include "core/store/memory_writer.h"
#include "core/store/sqlite_store.h"

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

/// Owns the state before the reader that refers to it is made.
struct OwnedState {
    MemoryState state;
};

class MemoryStore final : private OwnedState, public StoreReading<Store, MemoryReader>
{
public:
    explicit MemoryStore(const WorkspaceInfo &info)
        : StoreReading(static_cast<const OwnedState *>(this)->state)
    {
        state.workspace = info;
    }

    Result<> transact(const Work &work) override
    {
        const MemoryState before = state;
        MemoryWriter writer(state);
        Result<> done = work(writer);
        if (done && writer.failure()) {
            done = *writer.failure();
        }
        if (!done) {
            state = before;
        }
        return done;
    }
    Result<> together(const std::function<Result<>()> &work) override { return work(); } // There is no disk.
    bool changedElsewhere() override { return false; }                                   // Nobody else can see it.
    Result<> quickCheck() override { return {}; }
    Result<> backup(const QString &path) override
    {
        return Error{
            ErrorCode::Storage,
            u"Nothing was copied to %1 because this workspace is kept in memory only. Use one in a file."_s.arg(path),
            {}};
    }
};

} // namespace

std::unique_ptr<Store> makeMemoryStore(const Clock &clock, IdSource &ids)
{
    WorkspaceInfo info;
    info.id = WorkspaceId(ids.nextId());
    info.schemaVersion = 1;
    info.createdAt = clock.now();
    return std::make_unique<MemoryStore>(info);
}

} // namespace countersign
