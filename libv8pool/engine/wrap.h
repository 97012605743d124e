// SPDX-License-Identifier: Apache-2.0
//
// wrap.h: what a template puts around an answer.

#ifndef V8E_WRAP_H
#define V8E_WRAP_H

#include "isolate.h"

namespace v8e {

// What is sent before the body; what comes behind it waits in run->behind.
// object: the answer's, whose head and state are read; empty = it has neither.
// Armed.  E_ANSWER: one of them is not what was expected.
v8pool_status Wrap(v8e_run *run, v8::Local<v8::Context> context,
                   v8::Local<v8::Object> object, std::string *before,
                   v8pool_error *err);

// Whether a Content-Type is that of a page.
bool IsHtml(const std::string &type);

} // namespace v8e

#endif // V8E_WRAP_H
