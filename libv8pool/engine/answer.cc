// SPDX-License-Identifier: Apache-2.0
//
// answer.cc: string | { html|body, status, headers, redirect } | Response |
// stream | async iterable | null.

#include "answer.h"

#include "../error.h"
#include "ctx.h"
#include "failure.h"
#include "headers.h"
#include "sending.h"
#include "turn.h"
#include "wrap.h"

#include <cstring>
#include <string>

namespace v8e {
namespace {

const char kAccepted[] = "a string, { html|body, status, headers, redirect }, "
                         "a Response, a stream, null, or a Promise of one";

struct Answer {
    int status = 0; // 0 = not given
    HeaderList headers;
    bool is_typed = true; // HTML, where it does not say what it is
    v8::Local<v8::String> body;
    v8::Local<v8::Value> source; // bytes, or what gives them bit by bit
    v8::Local<v8::Object> object; // what is no Response and no stream
    bool is_redirect = false;
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
    answer->is_redirect = true;
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
    if (value->IsString()) {
        answer->body = value.As<v8::String>();
        return true;
    }
    if (name == Name::html) {
        return Refuse(v8p_error_set(err_, V8POOL_E_ANSWER,
                                    "html: a string was expected"));
    }
    if (!value->IsObject()) {
        return Refuse(v8p_error_set(err_, V8POOL_E_ANSWER,
                                    "body: a string, bytes, a stream or an "
                                    "async iterable was expected"));
    }
    answer->source = value;
    return true;
}

v8pool_status Reader::Read(Answer *answer)
{
    v8::Local<v8::Value> headers;

    answer->object = object_;
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
    if (answer->body.IsEmpty() && answer->source.IsEmpty() &&
        answer->status == 0) {
        return v8p_error_set(err_, V8POOL_E_ANSWER,
                             "the returned object has none of html, body, "
                             "redirect and status");
    }
    return V8POOL_OK;
}

// [name, value, …] of a Response's.  A bundle that has changed Array.prototype
// may have put getters into it.
v8pool_status ReadPairs(v8e_isolate *own, v8::Local<v8::Context> context,
                        v8::Local<v8::Array> pairs, HeaderList *list,
                        v8pool_error *err)
{
    v8::TryCatch caught(own->v8);
    v8pool_status status = V8POOL_OK;

    for (uint32_t i = 0; i + 1 < pairs->Length() && status == V8POOL_OK;
         i += 2) {
        v8::Local<v8::Value> first, second;

        if (!pairs->Get(context, i).ToLocal(&first) ||
            !pairs->Get(context, i + 1).ToLocal(&second)) {
            return Failure(own, context, caught, V8POOL_E_SCRIPT, err);
        }
        v8::String::Utf8Value name(own->v8, first);

        status = list->Add(*name != nullptr ? *name : "",
                           FieldBytes(own->v8, second), err);
    }
    return status;
}

// What answer.js made of a Response, a stream or an iterable: objects of ours.
v8pool_status ReadParts(v8e_isolate *own, v8::Local<v8::Context> context,
                        v8::Local<v8::Object> parts, Answer *answer,
                        v8pool_error *err)
{
    auto get = [&](Name name) {
        return parts->Get(context, own->Get(name)).ToLocalChecked();
    };
    // it was a number when answer.js looked
    double status = get(Name::status)->IsNumber()
                        ? get(Name::status).As<v8::Number>()->Value()
                        : 0;

    if (!(status >= 200 && status <= 599)) {
        return v8p_error_set(err, V8POOL_E_ANSWER,
                             "the Response has status %g; one from 200 to 599 "
                             "was expected",
                             status);
    }
    answer->is_typed = get(Name::plain)->IsTrue();
    answer->status = answer->is_typed ? 0 : static_cast<int>(status);
    if (get(Name::body)->IsString()) {
        answer->body = get(Name::body).As<v8::String>();
    }
    if (get(Name::body)->IsObject()) {
        answer->source = get(Name::body);
    }
    return ReadPairs(own, context, get(Name::headers).As<v8::Array>(),
                     &answer->headers, err);
}

bool IsPlain(v8::Isolate *isolate, v8::Local<v8::Object> object)
{
    v8::Local<v8::Value> prototype = object->GetPrototype();

    return prototype->IsNull() ||
           prototype == v8::Object::New(isolate)->GetPrototype();
}

v8pool_status ReadObject(v8e_run *run, v8::Local<v8::Context> context,
                         v8::Local<v8::Object> object, Answer *answer,
                         v8pool_error *err)
{
    v8e_isolate *own = run->own->owner;
    v8::TryCatch caught(own->v8);
    v8::Local<v8::Value> args[] = {object};
    v8::Local<v8::Value> parts;

    if (IsPlain(own->v8, object)) {
        return Reader(own, context, object, err).Read(answer);
    }
    if (!run->own->answer_parts.Get(own->v8)
             ->Call(context, v8::Undefined(own->v8), 1, args)
             .ToLocal(&parts)) {
        return Failure(own, context, caught, V8POOL_E_SCRIPT, err);
    }
    return parts->IsObject() ? ReadParts(own, context, parts.As<v8::Object>(),
                                         answer, err)
                             : Reader(own, context, object, err).Read(answer);
}

v8pool_status ReadValue(v8e_run *run, v8::Local<v8::Context> context,
                        v8::Local<v8::Value> value, Answer *answer,
                        v8pool_error *err)
{
    v8e_isolate *own = run->own->owner;

    if (value->IsString()) {
        answer->body = value.As<v8::String>();
        return V8POOL_OK;
    }
    if (value->IsNull()) {
        return V8POOL_DECLINED;
    }
    if (value->IsObject() && !value->IsFunction() && !value->IsArray()) {
        return ReadObject(run, context, value.As<v8::Object>(), answer, err);
    }
    v8::String::Utf8Value kind(own->v8, value->TypeOf(own->v8));

    return v8p_error_set(err, V8POOL_E_ANSWER, "it returned %s; expected %s",
                         value->IsArray() ? "an array"
                         : value->IsUndefined()
                             ? "nothing (undefined)"
                             : *kind,
                         kAccepted);
}

// answer.js reads it and writes what it gives.
v8pool_status Pump(v8e_run *run, v8::Local<v8::Context> context,
                   v8::Local<v8::Value> source, v8pool_error *err)
{
    v8::Isolate *isolate = run->own->owner->v8;
    v8::TryCatch caught(isolate);
    v8::Local<v8::Value> args[] = {source};
    v8::Local<v8::Value> promise;

    if (!run->own->answer_pump.Get(isolate)
             ->Call(context, v8::Undefined(isolate), 1, args)
             .ToLocal(&promise)) {
        return Failure(run->own->owner, context, caught, V8POOL_E_SCRIPT, err);
    }
    promise.As<v8::Promise>()->MarkAsHandled();
    run->awaited.Reset(isolate, promise.As<v8::Promise>());
    return V8POOL_OK;
}

v8pool_status SendBody(v8e_run *run, v8::Local<v8::Context> context,
                       const Answer &answer, v8pool_error *err)
{
    if (!answer.source.IsEmpty() && answer.source->IsArrayBufferView()) {
        return SendView(run, answer.source.As<v8::ArrayBufferView>(), err);
    }
    if (!answer.source.IsEmpty()) {
        return Pump(run, context, answer.source, err);
    }
    return !answer.body.IsEmpty() && answer.body->Length() > 0
               ? SendText(run, answer.body, err)
               : V8POOL_OK;
}

// A page that is not whole in itself: not a Response, nor what says that it is
// no HTML.
bool IsWrapped(const v8e_run *run, const Answer &answer)
{
    const std::string *type = answer.headers.Find("content-type");

    return run->request->wrapped_in != nullptr && answer.is_typed &&
           !answer.is_redirect && (type == nullptr || IsHtml(*type)) &&
           !(answer.body.IsEmpty() && answer.source.IsEmpty());
}

} // namespace

bool IsResponse(const v8e_run *run, v8::Local<v8::Context> context,
                v8::Local<v8::Value> value)
{
    v8e_isolate *own = run->own->owner;
    v8::TryCatch caught(own->v8);
    v8::Local<v8::Value> args[] = {value};
    v8::Local<v8::Value> parts, plain;

    return value->IsObject() && !value->IsNativeError() &&
           run->own->answer_parts.Get(own->v8)
               ->Call(context, v8::Undefined(own->v8), 1, args)
               .ToLocal(&parts) &&
           parts->IsObject() &&
           parts.As<v8::Object>()
               ->Get(context, own->Get(Name::plain))
               .ToLocal(&plain) &&
           plain->IsFalse();
}

v8pool_status SendAnswer(v8e_run *run, v8::Local<v8::Context> context,
                         v8::Local<v8::Value> value, v8pool_error *err)
{
    Answer answer;
    v8pool_status status = ReadValue(run, context, value, &answer, err);
    std::string before;
    bool has_body = !answer.source.IsEmpty() ||
                    (!answer.body.IsEmpty() && answer.body->Length() > 0);

    if (status == V8POOL_OK && IsWrapped(run, answer)) {
        has_body = true;
        status = Wrap(run, context, answer.object, &before, err);
    }
    if (status != V8POOL_OK) {
        return status;
    }
    if (has_body && answer.is_typed &&
        answer.headers.Find("content-type") == nullptr) {
        answer.headers.Add("content-type", "text/html; charset=utf-8", err);
    }
    status = AddCtxFields(run, &answer.headers, err);
    if (status != V8POOL_OK) {
        return status;
    }
    const auto &fields = answer.headers.View();
    // Whoever gets renderError's page must know first that it is that.
    int streamed = !answer.source.IsEmpty() &&
                   !answer.source->IsArrayBufferView() &&
                   run->failed == nullptr;
    int usual = run->failed == nullptr ? 200 : 500;

    if (run->sink->head(run->sink->baton,
                        answer.status != 0 ? answer.status : usual,
                        fields.data(), fields.size(), streamed) != 0) {
        return v8p_error_set(err, V8POOL_E_CANCELLED, "nobody listens");
    }
    status = SendBytes(run, before.data(), before.size(), err);
    return status == V8POOL_OK ? SendBody(run, context, answer, err) : status;
}

} // namespace v8e
