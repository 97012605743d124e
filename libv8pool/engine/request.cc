// SPDX-License-Identifier: Apache-2.0
//
// request.cc: a request as plain JavaScript objects.  Made with all properties
// at once: that costs a fifth of setting them one by one (v8-rules e7).

#include "request.h"

#include "body.h"
#include "builtin.h"
#include "headers.h"
#include "natives.h"
#include "turn.h"

#include <cstring>
#include <string>

namespace v8e {
namespace {

v8::Local<v8::Object> Plain(v8::Isolate *isolate, v8::Local<v8::Name> *names,
                            v8::Local<v8::Value> *values, size_t count,
                            bool null_prototype)
{
    // Names come from the client: without a prototype, "constructor" or
    // "__proto__" is a header like any other.
    v8::Local<v8::Value> prototype =
        null_prototype ? v8::Local<v8::Value>(v8::Null(isolate))
                       : v8::Object::New(isolate)->GetPrototype();

    return v8::Object::New(isolate, prototype, names, values, count);
}

// A field that came twice is one value, joined by ", " (RFC 9110, 5.3), or
// "; " for Cookie (RFC 6265, 5.4 allows one; RFC 9113, 8.2.3 splits it).
void JoinHeader(const v8pool_request *request, size_t first, std::string *out)
{
    const char *name = request->headers[first].name;
    const char *glue = strcmp(name, "cookie") == 0 ? "; " : ", ";

    *out = request->headers[first].value;
    for (size_t i = first + 1; i < request->header_count; i++) {
        if (strcmp(request->headers[i].name, name) == 0) {
            *out += glue;
            *out += request->headers[i].value;
        }
    }
}

bool SeenBefore(const v8pool_request *request, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(request->headers[i].name, request->headers[n].name) == 0) {
            return true;
        }
    }
    return false;
}

// A Request's values are bytes; ctx.request's are text.
enum class Values { kText, kBytes };

v8::Local<v8::Object> Headers(v8::Isolate *isolate,
                              const v8pool_request *request, Values kind)
{
    std::vector<v8::Local<v8::Name>> names;
    std::vector<v8::Local<v8::Value>> values;
    std::string value;

    names.reserve(request->header_count);
    values.reserve(request->header_count);
    for (size_t i = 0; i < request->header_count; i++) {
        const char *name = request->headers[i].name;

        if (SeenBefore(request, i)) {
            continue;
        }
        JoinHeader(request, i, &value);
        names.push_back(v8::String::NewFromUtf8(
                            isolate, name, v8::NewStringType::kInternalized)
                            .FromMaybe(v8::String::Empty(isolate)));
        values.push_back(kind == Values::kBytes
                             ? FieldText(isolate, value)
                             : Utf8(isolate, value.data(), value.size()));
    }
    return Plain(isolate, names.data(), values.data(), names.size(), true);
}

v8::Local<v8::Value> Body(v8::Isolate *isolate, const v8pool_request *request)
{
    if (request->body == nullptr) {
        return v8::Null(isolate);
    }
    return Utf8(isolate, request->body, request->body_length);
}

v8::Local<v8::Object> Request(v8e_isolate *own, const v8pool_request *request,
                              Values kind)
{
    v8::Isolate *isolate = own->v8;
    std::string url = std::string(request->origin) + request->url;
    v8::Local<v8::Name> names[] = {own->Get(Name::method), own->Get(Name::url),
                                   own->Get(Name::headers),
                                   own->Get(Name::body)};
    v8::Local<v8::Value> values[] = {
        Utf8(isolate, request->method, strlen(request->method)),
        Utf8(isolate, url.data(), url.size()),
        Headers(isolate, request, kind),
        kind == Values::kText ? Body(isolate, request)
                              : v8::Local<v8::Value>(v8::Null(isolate))};

    return Plain(isolate, names, values, 4, false);
}

// As it came, not as text.
v8::MaybeLocal<v8::Value> BodyOf(const v8e_run *run, v8::Local<v8::Context> context)
{
    v8::Isolate *isolate = context->GetIsolate();
    const v8pool_request *request = run->request;
    v8::Local<v8::Uint8Array> bytes;
    uint8_t *data;

    if (request->body_streamed) {
        return MakeBody(run, context);
    }
    if (request->body == nullptr) {
        return v8::Null(isolate).As<v8::Value>();
    }
    if (!NewBytes(isolate, request->body_length, &data).ToLocal(&bytes)) {
        return {};
    }
    memcpy(data, request->body, request->body_length);
    return bytes.As<v8::Value>();
}

// What a Request is made with besides its URL.  False: an exception is pending.
bool MakeInit(const v8e_run *run, v8::Local<v8::Context> context,
              v8::Local<v8::Object> init)
{
    v8::Isolate *isolate = context->GetIsolate();
    v8::Local<v8::Value> body;

    return BodyOf(run, context).ToLocal(&body) &&
           init->Set(context, run->own->owner->Get(Name::body), body)
               .IsJust() &&
           (!run->request->body_streamed ||
            init->Set(context, Utf8(isolate, "duplex", 6),
                      Utf8(isolate, "half", 4))
                .IsJust());
}

constexpr char kStreamed[] =
    "ctx.request.body: this body comes in pieces (it is longer than 64 KiB, or "
    "its length is not known): it can be read from the Request only";

void ThrowStreamed(const Info &info)
{
    ThrowTypeError(info.GetIsolate(), kStreamed);
}

// Who looks for its text must not take it for none.
void RefuseText(v8::Local<v8::Context> context, v8e_isolate *own,
                v8::Local<v8::Object> request)
{
    v8::Local<v8::Function> getter;

    if (v8::Function::New(context, ThrowStreamed).ToLocal(&getter)) {
        request->SetAccessorProperty(own->Get(Name::body), getter, {},
                                     v8::DontEnum);
    }
}

// ctx.request
v8::Local<v8::Object> PlainRequest(const v8e_run *run,
                                   v8::Local<v8::Context> context)
{
    v8e_isolate *own = run->own->owner;
    v8::Local<v8::Object> plain = Request(own, run->request, Values::kText);

    if (run->request->body_streamed) {
        RefuseText(context, own, plain);
    }
    return plain;
}

} // namespace

// The configuration's values change at a restart only: the object is made once
// for each set and frozen.
v8::Local<v8::Object> MakeEnv(v8e_context *own, v8::Local<v8::Context> context,
                              const v8pool_env *env)
{
    v8::Isolate *isolate = own->owner->v8;
    uint64_t id = env != nullptr ? env->id : 0;
    std::vector<v8::Local<v8::Name>> names;
    std::vector<v8::Local<v8::Value>> values;

    if (!own->env.IsEmpty() && own->env_id == id &&
        own->env_given == (env != nullptr)) {
        return own->env.Get(isolate);
    }
    for (size_t i = 0; env != nullptr && i < env->count; i++) {
        const v8pool_header &pair = env->values[i];

        names.push_back(Utf8(isolate, pair.name, strlen(pair.name)));
        values.push_back(Utf8(isolate, pair.value, strlen(pair.value)));
    }
    v8::Local<v8::Object> object =
        Plain(isolate, names.data(), values.data(), names.size(), true);

    // Not listed: what is listed is the configuration's.  Fails only where the
    // configuration has that name.
    (void)object
        ->DefineOwnProperty(context, own->owner->Get(Name::assets),
                            own->assets.Get(isolate), v8::DontEnum)
        .IsJust();
    (void)object->SetIntegrityLevel(context, v8::IntegrityLevel::kFrozen);
    own->env.Reset(isolate, object);
    own->env_id = id;
    own->env_given = env != nullptr;
    UpdateWorkersEnv(own, context, object);
    return object;
}

v8::MaybeLocal<v8::Value> MakeRequest(const v8e_run *run,
                                      v8::Local<v8::Context> context)
{
    v8e_isolate *own = run->own->owner;
    v8::Isolate *isolate = own->v8;
    const v8pool_request *request = run->request;
    v8::Local<v8::Object> init;
    v8::Local<v8::Value> made;

    if (!context->Global()->Get(context, Utf8(isolate, "Request", 7))
             .ToLocal(&made)) {
        return {};
    }
    if (!made->IsFunction()) { // a context without web APIs
        return PlainRequest(run, context).As<v8::Value>();
    }
    init = Request(own, request, Values::kBytes);
    if (!MakeInit(run, context, init)) {
        return {};
    }
    v8::Local<v8::Value> args[] = {init->Get(context, own->Get(Name::url))
                                       .FromMaybe(v8::Local<v8::Value>()),
                                   init};

    if (*request->origin == '\0') { // a Request has a whole URL
        std::string url = std::string("http://localhost") + request->url;

        args[0] = Utf8(isolate, url.data(), url.size());
    }
    return made.As<v8::Function>()
        ->NewInstance(context, 2, args)
        .FromMaybe(v8::Local<v8::Object>())
        .As<v8::Value>();
}

v8::MaybeLocal<v8::Value> MakeCtx(v8e_context *own,
                                  v8::Local<v8::Context> context,
                                  const v8e_run *run)
{
    v8::Isolate *isolate = own->owner->v8;
    v8::Local<v8::Value> args[] = {
        v8::Integer::NewFromUnsigned(isolate, run->id),
        PlainRequest(run, context),
        MakeEnv(own, context, run->request->env), own->bundle_name.Get(isolate)};

    return own->make_ctx.Get(isolate)->Call(context, v8::Undefined(isolate), 4,
                                            args);
}

} // namespace v8e
