// SPDX-License-Identifier: Apache-2.0
#include "app/desktop/process_safety.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace countersign::desktop {

void protectProcess()
{
    ::umask(077);
#ifdef NDEBUG
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

} // namespace countersign::desktop
