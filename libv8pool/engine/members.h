// SPDX-License-Identifier: Apache-2.0
//
// members.h: what an object of a bundle's has, in words, for messages.

#ifndef V8E_MEMBERS_H
#define V8E_MEMBERS_H

#include "isolate.h"

namespace v8e {

std::string TextOf(v8::Isolate *isolate, v8::Local<v8::Value> value);

// "function", "object", "null" ...
std::string KindOf(v8::Isolate *isolate, v8::Local<v8::Value> value);

// Own properties, also those that are not enumerable; empty where it throws.
v8::Local<v8::Array> MemberNames(v8::Local<v8::Context> context,
                                 v8::Local<v8::Object> object);

// "App (object), boot (function)": what the author most likely meant; from the
// `first`th name.  Armed: it reads them.
std::string ListMembers(v8::Local<v8::Context> context,
                        v8::Local<v8::Object> object, uint32_t first);

} // namespace v8e

#endif // V8E_MEMBERS_H
