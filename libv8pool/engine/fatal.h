// SPDX-License-Identifier: Apache-2.0
//
// fatal.h: the last words of a process that V8 aborts.

#ifndef V8E_FATAL_H
#define V8E_FATAL_H

#include <v8.h>

namespace v8e {

void ReportFatalErrors(v8::Isolate *isolate);

// Names what the thread is doing, for the length of a scope.
class Doing {
  public:
    Doing(const char *bundle, const char *url);
    ~Doing();
    Doing(const Doing &) = delete;
    Doing &operator=(const Doing &) = delete;
};

} // namespace v8e

#endif // V8E_FATAL_H
