// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/command.h"
#include "app/ctl/environment_summary.h"
#include "app/ctl/gate.h"
#include "app/ctl/submission_options.h"

namespace countersign::ctl {

using namespace Qt::StringLiterals;

namespace {

int runGate(Invocation &call)
{
    Gate gate(call);
    return gate.run();
}

std::vector<Option> gateOptions()
{
    std::vector<Option> options = askingOptions();
    const std::vector<Option> own{
        {u"sealed"_s, {}, u"Runs a private copy, so that nothing can change it once it was read"_s},
        {u"resume"_s, u"ID"_s, u"Takes a request up again; after changes were requested, as its next round"_s},
        {u"result-file"_s, u"FILE"_s, u"Gets the request as JSON: it tells a rejection from a command that exits 10"_s},
    };
    options.insert(options.end(), own.begin(), own.end());
    return options;
}

} // namespace

std::vector<Command> gateCommands()
{
    return {
        {u"gate"_s,
         u"Asks, then runs exactly the approved command."_s,
         u"The reviewer sees the arguments, the directory, the executable, the script with its text, and the "
         u"environment. "
         u"They are checked\nagain before the start. The command owns stdin, stdout, stderr and the exit code; with "
         u"--json the request is printed only\nwhen the command does not run. Ctrl+C while waiting withdraws; a "
         u"hang-up "
         u"leaves the request for --resume.\nOnce it is approved, a signal that arrives before the command was started "
         u"still keeps it from running.\n"_s +
             interruptedWaitHelp() +
             u"\n\nThe command does not get these variables, since they name the terminal session only and are not "
             u"counted:\n"_s +
             notGivenNames() + u"\nCOLUMNS and LINES are given when they are numbers, and not counted."_s,
         {{}, 0, 0, true, gateOptions()},
         runGate}};
}

} // namespace countersign::ctl
