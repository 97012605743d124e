// SPDX-License-Identifier: Apache-2.0
//
// wrap.cc: a template's pieces, with head and state between them.

#include "wrap.h"

#include "../error.h"
#include "../template.h"
#include "failure.h"
#include "output.h"
#include "turn.h"

#include <cstdlib>
#include <string>
#include <strings.h>

namespace v8e {
namespace {

using v8::Local;

class Wrapper {
  public:
    Wrapper(v8e_run *run, Local<v8::Context> context,
            Local<v8::Object> object, v8pool_error *err)
        : run_(run), own_(run->own->owner), context_(context),
          object_(object), err_(err)
    {
    }

    v8pool_status Read(v8p_marker marker, std::string *text);

  private:
    v8pool_status Get(Name name, Local<v8::Value> *value);
    v8pool_status ReadHead(Local<v8::Value> value, std::string *text);
    v8pool_status ReadState(Local<v8::Value> value, std::string *text);
    v8pool_status ToText(Local<v8::String> string, std::string *text);

    v8e_run *run_;
    v8e_isolate *own_;
    Local<v8::Context> context_;
    Local<v8::Object> object_;
    v8pool_error *err_;
};

v8pool_status Wrapper::Get(Name name, Local<v8::Value> *value)
{
    v8::TryCatch caught(own_->v8);

    return object_->Get(context_, own_->Get(name)).ToLocal(value)
               ? V8POOL_OK
               : Failure(own_, context_, caught, V8POOL_E_SCRIPT, err_);
}

v8pool_status Wrapper::ToText(Local<v8::String> string, std::string *text)
{
    size_t most = run_->request->max_response_bytes;
    char *data = nullptr;
    size_t length = 0;

    switch (ToUtf8(own_->v8, string, most, &data, &length)) {
    case Output::kTooLarge:
        return v8p_error_set(err_, V8POOL_E_TOO_LARGE,
                             "the response has more than %zu bytes", most);
    case Output::kNoMemory:
        return v8p_error_set(err_, V8POOL_E_MEMORY,
                             "no memory for the answer");
    case Output::kOk:
        break;
    }
    text->assign(data != nullptr ? data : "", length);
    free(data);
    return V8POOL_OK;
}

v8pool_status Wrapper::ReadHead(Local<v8::Value> value, std::string *text)
{
    if (!value->IsString()) {
        return v8p_error_set(err_, V8POOL_E_ANSWER,
                             "head: a string was expected");
    }
    return ToText(value.As<v8::String>(), text);
}

v8pool_status Wrapper::ReadState(Local<v8::Value> value, std::string *text)
{
    v8::TryCatch caught(own_->v8);
    Local<v8::String> json;
    size_t length = 0;

    if (!v8::JSON::Stringify(context_, value).ToLocal(&json)) {
        v8pool_status status =
            Failure(own_, context_, caught, V8POOL_E_SCRIPT, err_);
        std::string why = err_->message;

        return status != V8POOL_E_SCRIPT
                   ? status
                   : v8p_error_message(err_, V8POOL_E_ANSWER,
                                       "state: what JSON can hold was "
                                       "expected: %.300s",
                                       why.c_str());
    }
    v8pool_status status = ToText(json, text);

    // No JSON text is that: a function, or a toJSON() that gave undefined.
    if (status != V8POOL_OK || *text == "undefined") {
        text->clear();
        return status;
    }
    char *script = v8p_template_state(
        text->data(), text->size(),
        run_->nonce.empty() ? nullptr : run_->nonce.c_str(), &length);

    if (script == nullptr) {
        return v8p_error_set(err_, V8POOL_E_MEMORY,
                             "no memory for the answer");
    }
    text->assign(script, length);
    free(script);
    return V8POOL_OK;
}

// What goes there; nothing, where the answer has nothing for it.
v8pool_status Wrapper::Read(v8p_marker marker, std::string *text)
{
    Local<v8::Value> value;

    if (object_.IsEmpty() || marker == V8P_MARKER_HTML ||
        marker == V8P_MARKERS) {
        return V8POOL_OK;
    }
    v8pool_status status =
        Get(marker == V8P_MARKER_HEAD ? Name::head : Name::state, &value);

    if (status != V8POOL_OK || value->IsNullOrUndefined()) {
        return status;
    }
    return marker == V8P_MARKER_HEAD ? ReadHead(value, text)
                                     : ReadState(value, text);
}

} // namespace

v8pool_status Wrap(v8e_run *run, Local<v8::Context> context,
                   Local<v8::Object> object, std::string *before,
                   v8pool_error *err)
{
    Wrapper wrapper(run, context, object, err);
    std::string *to = before;
    size_t count;
    const v8p_piece *pieces =
        v8p_template_pieces(run->request->wrapped_in, &count);

    for (size_t i = 0; i < count; i++) {
        std::string text;
        v8pool_status status = wrapper.Read(pieces[i].marker, &text);

        if (status != V8POOL_OK) {
            return status;
        }
        to->append(pieces[i].text, pieces[i].length);
        to->append(text);
        if (pieces[i].marker == V8P_MARKER_HTML) {
            to = &run->behind;
        }
    }
    return V8POOL_OK;
}

bool IsHtml(const std::string &type)
{
    static const char html[] = "text/html";
    size_t length = sizeof(html) - 1;

    return strncasecmp(type.c_str(), html, length) == 0 &&
           (type.size() == length || type[length] == ';' ||
            type[length] == ' ' || type[length] == '\t');
}

} // namespace v8e
