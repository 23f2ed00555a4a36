// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/ctl/bound_file.h"
#include "app/ctl/script_finder.h"
#include "core/base/json_value.h"

#include <optional>
#include <vector>

namespace countersign::ctl {

enum class Sealing { No, Yes };

/// What a gated command is on this machine now (MODEL.md section 7): argument vector, directory, resolved executable,
/// interpreter and script with their hashes, and the environment. The files stay open.
class GateBinding
{
public:
    /// InvalidInput: an argument or the directory is not valid UTF-8, or the script is no file. NotFound: the command
    /// or its script cannot be found or read.
    static Result<GateBinding> capture(const std::vector<QByteArray> &command,
                                       const std::vector<QByteArray> &environment, Sealing sealing);

    /// The arguments of the request: JSON text, the same for the same state of the machine.
    const QByteArray &argumentsJson() const { return m_argumentsJson; }
    /// The script's text is too large or no text and must go along as evidence.
    const BoundFile *scriptForEvidence() const;

    const std::vector<QByteArray> &command() const { return m_command; }
    const BoundFile &executable() const { return *m_executable; }
    const BoundFile *interpreter() const { return m_interpreter ? &*m_interpreter : nullptr; }
    const BoundFile *script() const { return m_script ? &*m_script : nullptr; }
    /// Of the executable, when it is started through an interpreter.
    const std::optional<Shebang> &shebang() const { return m_shebang; }
    /// Position of the script in the command: 0 when the executable is the script itself.
    size_t scriptIndex() const { return m_scriptIndex; }
    Sealing sealing() const { return m_sealing; }

    /// Every file still has the content that was bound.
    bool isUnchanged() const;
    /// Which parts differ from what was asked, in words: "the script, the environment".
    static QString differences(const QByteArray &askedJson, const QByteArray &nowJson);

private:
    GateBinding() = default;
    Result<> findExecutable(const std::vector<QByteArray> &environment);
    Result<> findInterpreter(const std::vector<QByteArray> &environment);
    Result<> findScript();
    Result<> describe(const std::vector<QByteArray> &environment);
    JsonValue scriptJson() const;
    JsonValue interpreterJson() const;
    QString notCovered() const;

    std::vector<QByteArray> m_command;
    QByteArray m_directory;
    Sealing m_sealing = Sealing::No;
    std::optional<BoundFile> m_executable;
    std::optional<Shebang> m_shebang;
    std::optional<BoundFile> m_interpreter;
    std::optional<BoundFile> m_program; ///< What `env` of a shebang line starts.
    std::optional<BoundFile> m_script;
    size_t m_scriptIndex = 0;
    QByteArray m_argumentsJson;
};

} // namespace countersign::ctl
