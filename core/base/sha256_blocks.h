// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace countersign {

/// The eight words of SHA-256 between two blocks (FIPS 180-4 section 6.2).
using Sha256State = std::array<std::uint32_t, 8>;

/// Whether this processor has the instructions that addSha256Blocks() needs.
bool hasSha256Instructions();
/// Takes \p count blocks of 64 bytes into \p state. Only where hasSha256Instructions().
void addSha256Blocks(Sha256State &state, const unsigned char *blocks, std::size_t count);

} // namespace countersign
