// SPDX-License-Identifier: Apache-2.0
#include "app/desktop/early_fonts.h"

#include <fontconfig/fontconfig.h>

namespace countersign::desktop {

EarlyFonts::EarlyFonts()
    : m_reading([] { FcInit(); })
{}

void EarlyFonts::wait()
{
    if (m_reading.joinable()) {
        m_reading.join();
    }
}

} // namespace countersign::desktop
