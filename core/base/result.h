// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QString>

#include <optional>
#include <utility>
#include <variant>

namespace countersign {

/// What went wrong, for the program to branch on. The words for people are in Error::message.
enum class ErrorCode {
    InvalidInput, ///< The caller gave something that cannot be meant.
    Malformed,    ///< Outside data that breaks its own format.
    TooLarge,     ///< A stated limit was passed.
    NotFound,
    Conflict,       ///< Same idempotency key with other content, or a lost compare-and-set.
    AlreadyDecided, ///< Somebody else's decision stands; the message says whose.
    WrongState,     ///< The state table has no way for this event from here.
    Expired,
    ContentChanged, ///< A hash that was named is not the current one.
    NotAllowed,     ///< Key, eligibility, tier or signature: this actor may not.
    WrongPassphrase,
    Busy,    ///< Another process holds what is needed; trying again may work.
    Storage, ///< The store could not read or write; nothing was half-done.
    DiskFull,
    ReadOnly,
    Damaged,      ///< Stored data contradicts itself.
    NewerVersion, ///< Written by a later version of Countersign.
    Unreachable,
    Cancelled,
    Internal,
};

/// One failure. \c message is one sentence for the person: what happened, to what, and what to do.
/// \c detail (SQL text, JSON Pointer, errno) is for the log and never holds payloads or secrets.
struct Error {
    ErrorCode code = ErrorCode::Internal;
    QString message;
    QString detail;

    friend bool operator==(const Error &, const Error &) = default;
};

/// A value or an Error. Converts from either, so that `return page.error();` works across types.
/// Reading value() of a failure is a bug of the caller and asserts.
template<typename T = void>
class [[nodiscard]] Result
{
public:
    Result(T value)
        : m_state(std::in_place_index<0>, std::move(value))
    {} // NOLINT(google-explicit-constructor)
    Result(Error error)
        : m_state(std::in_place_index<1>, std::move(error))
    {} // NOLINT(google-explicit-constructor)

    explicit operator bool() const { return m_state.index() == 0; }
    bool hasValue() const { return m_state.index() == 0; }

    const T &value() const &
    {
        Q_ASSERT(hasValue());
        return *std::get_if<0>(&m_state);
    }
    T &value() &
    {
        Q_ASSERT(hasValue());
        return *std::get_if<0>(&m_state);
    }
    T &&value() &&
    {
        Q_ASSERT(hasValue());
        return std::move(*std::get_if<0>(&m_state));
    }
    const T &operator*() const & { return value(); }
    T &operator*() & { return value(); }
    T &&operator*() && { return std::move(*this).value(); }
    const T *operator->() const { return &value(); }
    T *operator->() { return &value(); }
    T valueOr(T other) const { return hasValue() ? value() : std::move(other); }

    const Error &error() const
    {
        Q_ASSERT(!hasValue());
        return *std::get_if<1>(&m_state);
    }

private:
    std::variant<T, Error> m_state;
};

/// Success without a value, or an Error.
template<>
class [[nodiscard]] Result<void>
{
public:
    Result() = default;
    Result(Error error)
        : m_error(std::move(error))
    {} // NOLINT(google-explicit-constructor)

    explicit operator bool() const { return !m_error.has_value(); }
    bool hasValue() const { return !m_error.has_value(); }
    const Error &error() const
    {
        Q_ASSERT(m_error.has_value());
        return *m_error;
    }

private:
    std::optional<Error> m_error;
};

} // namespace countersign
