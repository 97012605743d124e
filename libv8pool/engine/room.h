// SPDX-License-Identifier: Apache-2.0
//
// room.h: a context out of a snapshot, without a collection meanwhile.
//
// A full collection that begins while V8 reads a context reads the entries of
// its WeakMaps, and those not there yet are no objects: the process dies (V8
// 10.2; later ones fill such tables first).  V8 has no switch that an embedder
// could turn, but it tells what it goes by: while it is told that a page loads,
// it lets the old generation outgrow its limit, by less than a margin.  So each
// context is made within that mode, after a collection where it might take the
// old generation beyond the margin.

#ifndef V8E_ROOM_H
#define V8E_ROOM_H

#include "isolate.h"

namespace v8e {

// What V8's decision depends on, as it is now.  Owner thread.
struct OldGeneration {
    explicit OldGeneration(v8::Isolate *isolate);

    size_t objects = 0;   // bytes
    size_t committed = 0; // bytes, free ones among them
    size_t external = 0;  // bytes of array buffers that V8 knows of
};

// Called where a full collection ends, and for a new isolate: from here on
// growth counts.
void RoomMeasured(v8e_isolate *own);

// V8 collects nothing as long as this lives, provided that the context of this
// slot needs no more than any of its kind has needed.  Stack only.
class Undisturbed {
  public:
    Undisturbed(v8e_isolate *own, int slot);
    ~Undisturbed();
    Undisturbed(const Undisturbed &) = delete;
    Undisturbed &operator=(const Undisturbed &) = delete;

    // false: the heap limit leaves no room even after a collection
    bool HasRoom() const { return has_room_; }

  private:
    v8e_isolate *own_;
    size_t slot_;
    size_t objects_before_ = 0;
    bool has_room_;
};

} // namespace v8e

#endif // V8E_ROOM_H
