// SPDX-License-Identifier: Apache-2.0

#ifndef V8E_PLATFORM_H
#define V8E_PLATFORM_H

#include "engine.h"

namespace v8 {
class Platform;
}

namespace v8e {

// Pre: v8e_platform_start() returned V8POOL_OK.
v8::Platform *Platform();

} // namespace v8e

#endif // V8E_PLATFORM_H
