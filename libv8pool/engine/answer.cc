// SPDX-License-Identifier: Apache-2.0
//
// answer.cc: string | { html|body, status, headers, redirect } | null.

#include "answer.h"

#include "../error.h"
#include "ctx.h"
#include "failure.h"
#include "headers.h"
#include "output.h"

#include <cstring>
#include <string>

namespace v8e {
namespace {

const char kAccepted[] = "a string, { html|body, status, headers, redirect }, "
                         "null, or a Promise of one";

struct Answer {
    int status = 0; // 0 = not given
    HeaderList headers;
    v8::Local<v8::String> body;
};

// One property of the answer at a time; the first failure stays.
class Reader {
  public:
    Reader(v8e_isolate *own, v8::Local<v8::Context> context,
           v8::Local<v8::Object> object, v8pool_error *err)
        : own_(own), context_(context), object_(object), err_(err)
    {
    }

    v8pool_status Read(Answer *answer);

  private:
    // False: status is set.  *value is undefined where there is none.
    bool Get(Name name, v8::Local<v8::Value> *value);
    bool ReadStatus(Answer *answer);
    bool ReadRedirect(Answer *answer);
    bool ReadBody(Name name, Answer *answer);
    bool Refuse(v8pool_status status)
    {
        status_ = status;
        return false;
    }

    v8e_isolate *own_;
    v8::Local<v8::Context> context_;
    v8::Local<v8::Object> object_;
    v8pool_error *err_;
    v8pool_status status_ = V8POOL_OK;
};

bool Reader::Get(Name name, v8::Local<v8::Value> *value)
{
    v8::TryCatch caught(own_->v8);

    if (object_->Get(context_, own_->Get(name)).ToLocal(value)) {
        return true;
    }
    return Refuse(Failure(own_, context_, caught, V8POOL_E_SCRIPT, err_));
}

// 1xx are the server's to send (RFC 9110, 15.2).
bool Reader::ReadStatus(Answer *answer)
{
    v8::Local<v8::Value> value;

    if (!Get(Name::status, &value) || value->IsNullOrUndefined()) {
        return status_ == V8POOL_OK;
    }
    double number = value->IsNumber() ? value.As<v8::Number>()->Value() : 0;

    if (!(number >= 200 && number <= 599) ||
        number != static_cast<int>(number)) {
        v8::String::Utf8Value found(own_->v8, value);

        return Refuse(v8p_error_set(
            err_, V8POOL_E_ANSWER,
            "status: a whole number from 200 to 599 was expected, not %.40s",
            *found != nullptr ? *found : "a value that cannot be shown"));
    }
    answer->status = static_cast<int>(number);
    return true;
}

bool Reader::ReadRedirect(Answer *answer)
{
    v8::Local<v8::Value> value;

    if (!Get(Name::redirect, &value) || value->IsNullOrUndefined()) {
        return status_ == V8POOL_OK;
    }
    v8::String::Utf8Value text(own_->v8, value);

    if (!value->IsString() || *text == nullptr || text.length() == 0) {
        return Refuse(v8p_error_set(err_, V8POOL_E_ANSWER,
                                    "redirect: a URL was expected"));
    }
    if (answer->status == 0) {
        answer->status = 302;
    }
    if (answer->status / 100 != 3) {
        return Refuse(v8p_error_set(
            err_, V8POOL_E_ANSWER,
            "redirect: a status from 300 to 399 was expected beside it"));
    }
    v8pool_status status = answer->headers.Set(
        "location", std::string(*text, text.length()), err_);

    return status == V8POOL_OK || Refuse(status);
}

bool Reader::ReadBody(Name name, Answer *answer)
{
    v8::Local<v8::Value> value;

    if (!Get(name, &value) || value->IsNullOrUndefined()) {
        return status_ == V8POOL_OK;
    }
    if (!value->IsString()) {
        return Refuse(v8p_error_set(err_, V8POOL_E_ANSWER,
                                    "%s: a string was expected",
                                    name == Name::html ? "html" : "body"));
    }
    answer->body = value.As<v8::String>();
    return true;
}

v8pool_status Reader::Read(Answer *answer)
{
    v8::Local<v8::Value> headers;

    if (!ReadStatus(answer) || !Get(Name::headers, &headers)) {
        return status_;
    }
    if (!headers->IsNullOrUndefined()) {
        v8pool_status status = ReadHeaders(own_, context_, headers,
                                           &answer->headers, err_);

        if (status != V8POOL_OK) {
            return status;
        }
    }
    if (!ReadRedirect(answer) || !ReadBody(Name::html, answer)) {
        return status_;
    }
    if (answer->body.IsEmpty() && !ReadBody(Name::body, answer)) {
        return status_;
    }
    if (answer->body.IsEmpty() && answer->status == 0) {
        return v8p_error_set(err_, V8POOL_E_ANSWER,
                             "the returned object has none of html, body, "
                             "redirect and status");
    }
    return V8POOL_OK;
}

v8pool_status ReadValue(v8e_isolate *own, v8::Local<v8::Context> context,
                        v8::Local<v8::Value> value, Answer *answer,
                        v8pool_error *err)
{
    if (value->IsString()) {
        answer->body = value.As<v8::String>();
        return V8POOL_OK;
    }
    if (value->IsNull()) {
        return V8POOL_DECLINED;
    }
    if (value->IsObject() && !value->IsFunction() && !value->IsArray()) {
        return Reader(own, context, value.As<v8::Object>(), err).Read(answer);
    }
    v8::String::Utf8Value kind(own->v8, value->TypeOf(own->v8));

    return v8p_error_set(err, V8POOL_E_ANSWER, "it returned %s; expected %s",
                         value->IsArray() ? "an array"
                         : value->IsUndefined()
                             ? "nothing (undefined)"
                             : *kind,
                         kAccepted);
}

v8pool_status SendBody(v8e_isolate *own, const Answer &answer,
                       const v8pool_request *request, v8pool_error *err)
{
    char *data = nullptr;
    size_t length = 0;

    switch (ToUtf8(own->v8, answer.body, request->max_response_bytes, &data,
                   &length)) {
    case Output::kTooLarge:
        return v8p_error_set(err, V8POOL_E_TOO_LARGE,
                             "the response has more than %zu bytes",
                             request->max_response_bytes);
    case Output::kNoMemory:
        return v8p_error_set(err, V8POOL_E_MEMORY, "no memory for the answer");
    case Output::kOk:
        break;
    }
    if (own->sink->chunk(own->sink->baton, data, length, 0) != 0) {
        return v8p_error_set(err, V8POOL_E_CANCELLED, "nobody listens");
    }
    return V8POOL_OK;
}

} // namespace

v8pool_status SendAnswer(v8e_isolate *own, v8::Local<v8::Context> context,
                         v8::Local<v8::Value> value, const Running &running,
                         v8pool_error *err)
{
    Answer answer;
    v8pool_status status = ReadValue(own, context, value, &answer, err);
    bool has_body = !answer.body.IsEmpty() && answer.body->Length() > 0;

    if (status != V8POOL_OK) {
        return status;
    }
    if (has_body && !answer.headers.Has("content-type")) {
        answer.headers.Add("content-type", "text/html; charset=utf-8", err);
    }
    status = AddCtxFields(running, &answer.headers, err);
    if (status != V8POOL_OK) {
        return status;
    }
    const auto &fields = answer.headers.View();

    if (own->sink->head(own->sink->baton,
                        answer.status != 0 ? answer.status : 200,
                        fields.data(), fields.size()) != 0) {
        return v8p_error_set(err, V8POOL_E_CANCELLED, "nobody listens");
    }
    return has_body ? SendBody(own, answer, running.request, err) : V8POOL_OK;
}

} // namespace v8e
