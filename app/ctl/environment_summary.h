// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"

#include <vector>

namespace countersign::ctl {

/// The environment of a gated command as the reviewer sees it: how many variables, their names, a hash over names and
/// values, and the values of those that change what runs. Variables that merely name the terminal session are left out
/// of all of it, so that a request can be taken up again from another terminal; the command does not get them either.
/// \p environment: `NAME=VALUE`.
JsonValue summarizeEnvironment(const std::vector<QByteArray> &environment);

/// What the command gets: what was counted, and the size of the terminal where it is a number.
std::vector<QByteArray> environmentForChild(const std::vector<QByteArray> &environment);

/// The variables that a gated command does not get, for the help.
QString notGivenNames();

/// The value of \p name, or empty.
QByteArray environmentValue(const std::vector<QByteArray> &environment, const QByteArray &name);

} // namespace countersign::ctl
