// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/passphrase_strength.h"

#include <cmath>

namespace countersign::ui {
namespace {

constexpr double fairBits = 45;
constexpr double strongBits = 70;

/// Characters that add nothing: the same again, or the next in the alphabet ("aaaa", "1234").
bool continues(QChar before, QChar now)
{
    const int step = now.unicode() - before.unicode();
    return step >= -1 && step <= 1;
}

} // namespace

PassphraseStrength strengthOf(const QString &passphrase)
{
    if (passphrase.isEmpty()) {
        return PassphraseStrength::Empty;
    }
    bool lower = false;
    bool upper = false;
    bool digit = false;
    bool other = false;
    double fresh = 0;
    QChar before;
    for (const QChar c : passphrase) {
        fresh += continues(before, c) ? 0.05 : 1.0;
        before = c;
        lower = lower || c.isLower();
        upper = upper || c.isUpper();
        digit = digit || c.isDigit();
        other = other || !c.isLetterOrNumber();
    }
    const double alphabet = (lower ? 26 : 0) + (upper ? 26 : 0) + (digit ? 10 : 0) + (other ? 20 : 0);
    // Words are not random letters: what looks like n bits is worth less.
    const double bits = 0.75 * fresh * std::log2(std::max(alphabet, 2.0));
    if (bits >= strongBits) {
        return PassphraseStrength::Strong;
    }
    return bits >= fairBits ? PassphraseStrength::Fair : PassphraseStrength::Weak;
}

} // namespace countersign::ui
