// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/engine_rig.h"
#include "tests/support/fault_vfs.h"

#include <functional>

/// What happens in the crash test: the steps, and the processes that do them.
namespace countersign::test::crash {

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

/// The machine and the people, who outlive every crash.
struct World {
    EngineRig rig;
    FaultVfs vfs;
    SigningKey r1Fresh = SigningKey::generate();
    SigningKey r2Key = SigningKey::generate();

    World()
    {
        rig.engine.reset();
        rig.store.reset();
    }
};

/// One process on the workspace, from its start to its crash.
struct Process {
    World &world;
    SqliteOptions options;
    std::unique_ptr<Store> store;
    std::unique_ptr<Engine> engine;

    Result<> start()
    {
        auto opened = openSqliteStore(world.rig.path, world.rig.clock, world.rig.ids, options);
        if (!opened) {
            return opened.error();
        }
        store = std::move(opened).value();
        engine = world.rig.newEngine(*store);
        const auto people = engine->directory();
        if (!people) {
            return people.error();
        }
        for (const SigningKey *key : {&world.rig.r1Key, &world.r1Fresh}) {
            if (people->activeByKey(key->publicKey().fingerprint())) {
                EngineRig::unlock(*engine, world.rig.r1, *key);
            }
        }
        return {};
    }
    void stop()
    {
        engine.reset();
        store.reset();
    }
    const SigningKey &adminKey() const
    {
        const auto people = engine->directory();
        return people && people->activeByKey(world.r1Fresh.publicKey().fingerprint()) ? world.r1Fresh : world.rig.r1Key;
    }
    /// The request that the scenario calls \p name.
    Result<Request> find(const QString &name)
    {
        const auto agent = store->principalByName(u"local"_s, u"user"_s, u"agent"_s);
        if (!agent || !*agent) {
            return agent ? Error{ErrorCode::NotFound, u"no agent"_s, {}} : agent.error();
        }
        const auto found = store->requestByKey((*agent)->id, name);
        if (!found || !*found) {
            return found ? Error{ErrorCode::NotFound, u"no request "_s + name, {}} : found.error();
        }
        return **found;
    }
};

struct Step {
    QString name;
    std::function<Result<>(Process &)> run;
    bool goesOn = false; ///< Needs the process that did the step before it.
};

template<typename T>
Result<> withoutValue(const Result<T> &result)
{
    return result ? Result<>() : Result<>(result.error());
}

/// A step on the request called \p name.
inline Step on(const QString &name, const QString &what,
               const std::function<Result<>(Process &, const Request &)> &work)
{
    return {what + u' ' + name, [name, work](Process &process) -> Result<> {
                const Result<Request> request = process.find(name);
                return request ? work(process, *request) : Result<>(request.error());
            }};
}

inline Step submit(const SubmissionBuilder &submission, const QString &name)
{
    return {u"submit "_s + name, [submission, name](Process &process) {
                return withoutValue(process.engine->submit(SubmissionBuilder(submission).withKey(name)));
            }};
}

/// As an agent that shows several things at once makes it: they share one commit.
inline Step submitTogether(const QStringList &names)
{
    return {u"submit "_s + names.join(u" and "_s), [names](Process &process) {
                return process.engine->together([&]() -> Result<> {
                    for (const QString &name : names) {
                        if (const auto filed = process.engine->submit(aSubmission().withKey(name)); !filed) {
                            return filed.error();
                        }
                    }
                    return {};
                });
            }};
}

inline Step decide(const QString &name, Verdict verdict, Staging staging)
{
    return on(name, u"decide"_s, [verdict, staging](Process &process, const Request &request) {
        DecideOrder order;
        order.request = request.id;
        order.payloadHash = process.store->round(request.id, request.round).value()->payloadHash;
        order.verdict = verdict;
        order.content.reason = u"as agreed"_s;
        order.shown = WhatWasShown::nothingOnCommandLine();
        order.staging = staging;
        return withoutValue(process.engine->decide(order));
    });
}

/// Time passes until the staging is over. The seat that decided releases it; after a crash there is only its reviewer.
inline Step releaseInTime(const QString &name)
{
    Step step = on(name, u"release"_s, [](Process &process, const Request &request) -> Result<> {
        process.world.rig.clock.advance(20s);
        const Result<int> fired = process.engine->runDueTimers();
        if (!fired) {
            return fired.error();
        }
        const auto now = process.store->request(request.id);
        if (!now || (*now)->state.delivery != Delivery::Held) {
            return withoutValue(now);
        }
        return withoutValue(process.engine->release(request.id));
    });
    step.goesOn = true;
    return step;
}

/// The last process leaves and a new one comes: SQLite moves the log into the database on the way.
inline Step restart()
{
    return {u"restart"_s, [](Process &process) -> Result<> {
                const Result<> left = process.engine->leave();
                process.stop();
                const Result<> started = process.start();
                return left ? started : left;
            }};
}

/// The seat holds what it has staged. If it died instead, the next one finds that out.
inline Step leave()
{
    return {u"leave"_s,
            [](Process &process) -> Result<> {
                if (const Result<> left = process.engine->leave(); !left) {
                    return left;
                }
                process.world.rig.clock.advance(20s);
                return withoutValue(process.engine->runDueTimers());
            },
            true};
}

using Chapter = std::vector<Step>;

inline Chapter oneApproval()
{
    return {
        submit(aSubmission().inTier(Tier::Low), u"payment"_s),
        on(u"payment"_s, u"claim"_s,
           [](Process &process, const Request &r) { return withoutValue(process.engine->claim(r.id)); }),
        on(u"payment"_s, u"draft"_s,
           [](Process &process, const Request &r) { return process.engine->saveDraft(r.id, 1, R"({"amount":1})"); }),
        decide(u"payment"_s, Verdict::Reject, Staging::Stage),
        on(u"payment"_s, u"undo"_s,
           [](Process &process, const Request &r) { return withoutValue(process.engine->undo(r.id)); }),
        decide(u"payment"_s, Verdict::Approve, Staging::Stage),
        releaseInTime(u"payment"_s),
        on(u"payment"_s, u"begin"_s,
           [](Process &process, const Request &r) {
               const RoundContent content = process.store->round(r.id, r.round).value()->content;
               return withoutValue(process.engine->beginExecution(r.id, content));
           }),
        on(u"payment"_s, u"finish"_s,
           [](Process &process, const Request &r) {
               Outcome outcome;
               outcome.exitCode = 3;
               return process.engine->finishExecution(r.id, outcome);
           }),
        restart(),
    };
}

inline Chapter oneRevision()
{
    return {
        submit(aSubmission().forTool(u"deploy"_s), u"deployment"_s),
        decide(u"deployment"_s, Verdict::RequestChanges, Staging::ReleaseAtOnce),
        on(u"deployment"_s, u"revise"_s,
           [](Process &process, const Request &r) {
               return withoutValue(process.engine->revise(
                   r.id, aSubmission().forTool(u"deploy"_s).withArguments(R"({"to":"staging"})")));
           }),
        on(u"deployment"_s, u"withdraw"_s,
           [](Process &process, const Request &r) {
               return process.engine->withdraw(r.id, u"no longer needed"_s, u"agent"_s);
           }),
        submit(aSubmission().forTool(u"mail"_s), u"mail"_s),
        decide(u"mail"_s, Verdict::Reject, Staging::ReleaseAtOnce),
        on(u"mail"_s, u"acknowledge"_s,
           [](Process &process, const Request &r) { return process.engine->acknowledge(r.id); }),
        on(u"mail"_s, u"outcome"_s,
           [](Process &process, const Request &r) {
               Outcome outcome;
               outcome.exitCode = 1;
               return process.engine->reportOutcome(r.id, outcome);
           }),
    };
}

inline Chapter oneDeadline()
{
    return {
        submit(aSubmission().expiringIn(30min), u"offer"_s),
        on(u"offer"_s, u"defer"_s,
           [](Process &process, const Request &r) {
               return withoutValue(process.engine->defer(r.id, process.world.rig.clock.now() + 10min));
           }),
        on(u"offer"_s, u"expire"_s,
           [](Process &process, const Request &) {
               process.world.rig.clock.advance(31min);
               return withoutValue(process.engine->runDueTimers());
           }),
        submitTogether({u"order"_s, u"second order"_s, u"third order"_s}),
        decide(u"order"_s, Verdict::Approve, Staging::Stage),
        leave(),
        on(u"order"_s, u"release"_s,
           [](Process &process, const Request &r) { return withoutValue(process.engine->release(r.id)); }),
        restart(),
    };
}

inline Chapter people()
{
    return {
        {u"enrol R2"_s,
         [](Process &process) {
             return withoutValue(process.engine->enrol(u"R2"_s, {u"finance"_s}, process.world.r2Key.publicKey(), false,
                                                       process.adminKey()));
         }},
        submit(aSubmission(), u"contract"_s),
        on(u"contract"_s, u"delegate"_s,
           [](Process &process, const Request &r) { return withoutValue(process.engine->delegate(r.id, u"R2"_s)); }),
        {u"disable R2"_s, [](Process &process) { return process.engine->disable(u"R2"_s, process.adminKey()); }},
        {u"rotate R1"_s,
         [](Process &process) -> Result<> {
             const Result<> rotated =
                 process.engine->rotate(u"R1"_s, process.world.r1Fresh.publicKey(), process.adminKey());
             if (rotated) {
                 EngineRig::unlock(*process.engine, process.world.rig.r1, process.world.r1Fresh);
             }
             return rotated;
         }},
        decide(u"contract"_s, Verdict::Approve, Staging::ReleaseAtOnce),
        restart(),
    };
}

} // namespace countersign::test::crash
