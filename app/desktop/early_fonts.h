// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <thread>

namespace countersign::desktop {

/// Reads the font configuration of the system (some sixty files) on a thread of its own, while the application object
/// is made: whoever asks for a font before wait() reads it a second time.
class EarlyFonts
{
public:
    EarlyFonts();
    ~EarlyFonts() { wait(); }
    EarlyFonts(const EarlyFonts &) = delete;
    EarlyFonts &operator=(const EarlyFonts &) = delete;

    void wait();

private:
    std::thread m_reading;
};

} // namespace countersign::desktop
