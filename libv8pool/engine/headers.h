// SPDX-License-Identifier: Apache-2.0

#ifndef V8E_HEADERS_H
#define V8E_HEADERS_H

#include "isolate.h"

#include <utility>

namespace v8e {

// An answer's header fields; text is owned here until they are sent.
class HeaderList {
  public:
    // E_ANSWER when name or value is no header field (RFC 9110, 5.1 and 5.5):
    // a line break in a value would let a bundle forge a response.
    v8pool_status Add(const std::string &name, const std::string &value,
                      v8pool_error *err);
    // In place of those of that name, in lower case.
    v8pool_status Set(const char *name, const std::string &value,
                      v8pool_error *err);
    // The first one's value, by a name in lower case; nullptr: there is none.
    const std::string *Find(const char *name) const;
    // Valid until the next Add().
    const std::vector<v8pool_header> &View();

  private:
    std::vector<std::pair<std::string, std::string>> fields_;
    std::vector<v8pool_header> view_;
};

// The value of a field of the web's classes: a unit is a byte there (Fetch, 2.2.2),
// both ways.  What a class of the bundle's own has beyond that goes as UTF-8.
std::string FieldBytes(v8::Isolate *isolate, v8::Local<v8::Value> value);
v8::Local<v8::String> FieldText(v8::Isolate *isolate, const std::string &bytes);

// Adds the own enumerable properties of a plain object: a string, a number or
// an array of these for each name.  Armed.
v8pool_status ReadHeaders(v8e_isolate *isolate, v8::Local<v8::Context> context,
                          v8::Local<v8::Value> object, HeaderList *list,
                          v8pool_error *err);

} // namespace v8e

#endif // V8E_HEADERS_H
