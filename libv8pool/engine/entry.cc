// SPDX-License-Identifier: Apache-2.0
//
// entry.cc: the order of docs/bundle-contract.md, "The entry".

#include "entry.h"

#include "../error.h"
#include "boundary.h"
#include "failure.h"
#include "members.h"
#include "request.h"
#include "turn.h"

#include <cstring>
#include <string>

namespace v8e {
namespace {

using v8::Local;

// A function, what it is called on, and with.
struct Found {
    Local<v8::Value> value;
    Local<v8::Value> receiver;
    Call call;
    std::string text;    // "App.render"
    bool global = false; // and no export
};

enum class Look { found, none, threw };

class Finder {
  public:
    explicit Finder(Local<v8::Context> context)
        : isolate_(context->GetIsolate()), context_(context)
    {
    }

    // entry=NAME: a function, or an object that has an entry.
    Look Named(Local<v8::Object> start, const std::string &path, Found *found);
    // Without: of what a module exports, or sets; of a script's globals.
    Look InModule(Local<v8::Object> exports, Found *found);
    Look InScript(uint32_t before, Found *found);

  private:
    // The first of the contract's members that `object` has.
    Look InObject(Local<v8::Object> object, const std::string &shown,
                  Found *found);
    // "App.server.render" from `start`; what is there may be anything.
    Look ByPath(Local<v8::Object> start, const std::string &path, Found *found);
    // The one object among the bundle's globals that has an entry.
    Look InGlobals(uint32_t before, Found *found);
    Look Member(Local<v8::Object> object, const char *name, Found *found);
    Look Default(Local<v8::Object> object, const std::string &shown,
                 Found *found);

    v8::Isolate *isolate_;
    Local<v8::Context> context_;
};

std::string Dotted(const std::string &shown, const char *name)
{
    return shown.empty() ? name : shown + "." + name;
}

// `render` alone may mean two things: (request, ctx) in frameworks, (url) in
// Vite's templates.  What it declares tells them apart.
Call CallOf(const std::string &name, Local<v8::Value> function,
            v8::Isolate *isolate, Local<v8::Context> context)
{
    Local<v8::Value> length;

    if (name == "fetch" || name == "handler" || name == "default") {
        return Call::fetch;
    }
    if (name == "render" &&
        function.As<v8::Function>()
            ->Get(context, v8::String::NewFromUtf8Literal(isolate, "length"))
            .ToLocal(&length) &&
        length->IsNumber() && length.As<v8::Number>()->Value() >= 2) {
        return Call::request;
    }
    return Call::url;
}

Look Finder::Member(Local<v8::Object> object, const char *name, Found *found)
{
    found->receiver = object;
    if (!object->Get(context_, Utf8(isolate_, name, strlen(name)))
             .ToLocal(&found->value)) {
        return Look::threw;
    }
    if (!found->value->IsFunction()) {
        return Look::none;
    }
    found->call = CallOf(name, found->value, isolate_, context_);
    return Look::found;
}

// A function, or an object with `fetch`.
Look Finder::Default(Local<v8::Object> object, const std::string &shown,
                     Found *found)
{
    Look look = Member(object, "default", found);

    found->text = Dotted(shown, "default");
    if (look != Look::none || !found->value->IsObject()) {
        return look;
    }
    look = Member(found->value.As<v8::Object>(), "fetch", found);
    found->text += ".fetch";
    return look;
}

Look Finder::InObject(Local<v8::Object> object, const std::string &shown,
                      Found *found)
{
    static const char *const kNames[] = {"fetch",      "handler",
                                         "render",     "renderPage",
                                         "renderToString"};
    Look look = Default(object, shown, found);

    for (const char *name : kNames) {
        if (look != Look::none) {
            break;
        }
        look = Member(object, name, found);
        found->text = Dotted(shown, name);
    }
    return look;
}

Look Finder::ByPath(Local<v8::Object> start, const std::string &path,
                    Found *found)
{
    size_t from = 0;
    size_t dot;

    found->value = start;
    do {
        dot = path.find('.', from);
        std::string name = path.substr(from, dot - from);

        if (!found->value->IsObject()) {
            found->value = v8::Undefined(isolate_);
            return Look::none;
        }
        Look look =
            Member(found->value.As<v8::Object>(), name.c_str(), found);

        if (look == Look::threw) {
            return look;
        }
        from = dot + 1;
    } while (dot != std::string::npos);
    found->text = path;
    return found->value->IsFunction() ? Look::found : Look::none;
}

Look Finder::InGlobals(uint32_t before, Found *found)
{
    Local<v8::Array> names = MemberNames(context_, context_->Global());
    int count = 0;

    for (uint32_t i = before; i < names->Length(); i++) {
        v8::TryCatch ignored(isolate_); // getters of others are no entry
        Local<v8::Value> name, value;
        Found here;

        if (names->Get(context_, i).ToLocal(&name) && name->IsString() &&
            context_->Global()->Get(context_, name).ToLocal(&value) &&
            value->IsObject() && !value->IsFunction() &&
            InObject(value.As<v8::Object>(), TextOf(isolate_, name), &here) ==
                Look::found) {
            *found = here;
            count++;
        }
        if (ignored.HasTerminated()) {
            ignored.ReThrow();
            return Look::threw;
        }
    }
    return count == 1 ? Look::found : Look::none; // of several, none
}

Look Finder::Named(Local<v8::Object> start, const std::string &path,
                   Found *found)
{
    Look look = ByPath(start, path, found);
    Found within;

    if (look != Look::none || !found->value->IsObject()) {
        return look;
    }
    look = InObject(found->value.As<v8::Object>(), path, &within);
    if (look == Look::found) {
        *found = within;
    }
    return look;
}

Look Finder::InScript(uint32_t before, Found *found)
{
    Look look = ByPath(context_->Global(), "renderPage", found);
    Found other;

    if (look != Look::none) {
        return look;
    }
    look = InGlobals(before, &other);
    if (look == Look::found) {
        *found = other;
    }
    return look;
}

Look Finder::InModule(Local<v8::Object> exports, Found *found)
{
    Look look;

    if (exports->IsFunction()) { // module.exports = ...
        *found = {exports, v8::Undefined(isolate_), Call::fetch,
                  "module.exports"};
        return Look::found;
    }
    look = InObject(exports, "", found);
    if (look == Look::none) {
        look = ByPath(context_->Global(), "renderPage", found);
        found->global = true;
    }
    return look;
}

// entry=
struct Wanted {
    std::string path; // empty: the contract's order
    bool given;       // what it takes is said
    Call call;
};

// "render(request)": NAME and what it takes.  False: no such thing.
bool Split(const char *text, Wanted *wanted)
{
    const char *open = strchr(text, '(');
    std::string takes = open != nullptr ? open : "";

    wanted->path = std::string(text).substr(0, strcspn(text, "("));
    wanted->given = open != nullptr;
    wanted->call = takes == "(request)"       ? Call::request
                   : takes == "(request,env)" ? Call::fetch
                                              : Call::url;
    return !wanted->path.empty() &&
           (takes.empty() || takes == "(url)" || wanted->call != Call::url);
}

v8pool_status SayNone(v8e_context *own, Local<v8::Context> context,
                      Local<v8::Object> exports, const std::string &path,
                      const Found &found, uint32_t before, v8pool_error *err)
{
    v8::Isolate *isolate = own->owner->v8;
    std::string what;

    if (exports.IsEmpty()) {
        what = "globalThis." + (path.empty() ? "renderPage" : path) + " is " +
               KindOf(isolate, found.value) +
               ", a function (url, ctx) was expected; the bundle defines "
               "these globals: " +
               ListMembers(context, context->Global(), before);
    }
    else {
        what = (path.empty() ? "" : "the export " + path + " is " +
                                        KindOf(isolate, found.value) + "; ") +
               std::string("export default { fetch(request, env, ctx) }, a "
                           "default function, fetch, handler, render, "
                           "renderPage or renderToString was expected; the "
                           "bundle exports: ") +
               ListMembers(context, exports, 0);
    }
    v8p_error_set(err, V8POOL_E_BUNDLE,
                  "no entry: %s; name another function with entry=NAME",
                  what.c_str());
    v8p_text_copy(err->source, sizeof(err->source),
                  own->files.Entry().origin.data(),
                  own->files.Entry().origin.size(), 0);
    return V8POOL_E_BUNDLE;
}

const char *Arguments(Call call)
{
    return call == Call::url       ? "(url, ctx)"
           : call == Call::request ? "(request, ctx)"
                                   : "(request, env, ctx)";
}

} // namespace

uint32_t CountGlobals(Local<v8::Context> context)
{
    return MemberNames(context, context->Global())->Length();
}

v8pool_status FindEntry(v8e_context *own, Local<v8::Context> context,
                        Local<v8::Object> exports, const char *option,
                        uint32_t before, v8pool_error *err)
{
    v8::Isolate *isolate = own->owner->v8;
    v8::TryCatch caught(isolate);
    Finder finder(context);
    Found found = {v8::Undefined(isolate), v8::Undefined(isolate), Call::url,
                   ""};
    Wanted wanted = {"", false, Call::url};
    Look look;

    if (option != nullptr && !Split(option, &wanted)) {
        return v8p_error_set(err, V8POOL_E_BUNDLE,
                             "entry=%s: NAME, NAME(url), NAME(request) or "
                             "NAME(request,env) was expected",
                             option);
    }
    look = !wanted.path.empty()
               ? finder.Named(exports.IsEmpty() ? context->Global() : exports,
                              wanted.path, &found)
           : exports.IsEmpty() ? finder.InScript(before, &found)
                               : finder.InModule(exports, &found);
    if (look == Look::threw) {
        return Failure(own->owner, context, caught, V8POOL_E_BUNDLE, err);
    }
    if (look == Look::none) {
        return SayNone(own, context, exports, wanted.path, found, before, err);
    }
    own->entry.Reset(isolate, found.value.As<v8::Function>());
    own->receiver.Reset(isolate, found.receiver);
    own->call = wanted.given ? wanted.call : found.call;
    own->entry_text = (exports.IsEmpty() || found.global ? "globalThis."
                                                         : "export ") +
                      found.text + Arguments(own->call);
    return FindBoundary(own, context, exports, err);
}

int EntryArguments(v8e_run *run, Local<v8::Context> context,
                   Local<v8::Value> args[3])
{
    v8e_context *own = run->own;
    v8::Isolate *isolate = own->owner->v8;
    const char *url = run->request->url;
    int count = 1;

    if (own->call == Call::url) {
        args[0] = Utf8(isolate, url, strlen(url));
    }
    else if (!MakeRequest(run, context).ToLocal(&args[0])) {
        return 0;
    }
    else {
        run->page.Reset(isolate, args[0]);
    }
    if (own->call == Call::fetch) {
        args[count++] = MakeEnv(own, context, run->request->env);
    }
    return MakeCtx(own, context, run).ToLocal(&args[count]) ? count + 1 : 0;
}

Local<v8::Array> SaveEntry(v8e_context *own, Local<v8::Context>)
{
    v8::Isolate *isolate = own->owner->v8;
    Local<v8::Value> undefined = v8::Undefined(isolate);
    bool has = !own->boundary.IsEmpty();
    Local<v8::Value> saved[] = {
        own->entry.Get(isolate), own->receiver.Get(isolate),
        v8::Integer::New(isolate, static_cast<int>(own->call)),
        Utf8(isolate, own->entry_text.data(), own->entry_text.size()),
        has ? own->boundary.Get(isolate).As<v8::Value>() : undefined,
        has ? own->boundary_receiver.Get(isolate) : undefined};

    return v8::Array::New(isolate, saved, 6);
}

bool RestoreEntry(v8e_context *own, Local<v8::Context> context,
                  Local<v8::Array> saved)
{
    v8::Isolate *isolate = own->owner->v8;
    Local<v8::Value> entry, receiver, call, text, boundary, its_receiver;

    if (!saved->Get(context, 0).ToLocal(&entry) || !entry->IsFunction() ||
        !saved->Get(context, 1).ToLocal(&receiver) ||
        !saved->Get(context, 2).ToLocal(&call) || !call->IsInt32() ||
        !saved->Get(context, 3).ToLocal(&text) ||
        !saved->Get(context, 4).ToLocal(&boundary) ||
        !saved->Get(context, 5).ToLocal(&its_receiver)) {
        return false;
    }
    if (boundary->IsFunction()) {
        own->boundary.Reset(isolate, boundary.As<v8::Function>());
        own->boundary_receiver.Reset(isolate, its_receiver);
    }
    own->entry.Reset(isolate, entry.As<v8::Function>());
    own->receiver.Reset(isolate, receiver);
    own->call = static_cast<Call>(call.As<v8::Int32>()->Value());
    own->entry_text = TextOf(isolate, text);
    return true;
}

} // namespace v8e
