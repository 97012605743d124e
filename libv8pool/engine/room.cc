// SPDX-License-Identifier: Apache-2.0
//
// room.cc: V8's rules for the growth of the old generation (its heap.cc), from
// the side that must not break them.

#include "room.h"

#include <algorithm>
#include <cstring>

namespace v8e {
namespace {

constexpr size_t kMiB = 1024 * 1024;

// V8's limit is at least this above what the last full collection left, or
// half of what there is up to the maximum ...
constexpr size_t kStep = 2 * kMiB;
// ... and may be outgrown by this, or half of what is left then.
constexpr size_t kMargin = 32 * kMiB;

// What the first context of an isolate is taken to need at most, which has the
// whole step and margin before it.
constexpr size_t kUnknownMax = 4 * kMiB;

size_t Needed(const v8e_isolate *own, size_t slot)
{
    const auto &all = own->context_bytes;
    size_t known = slot < all.size() ? all[slot] : 0;

    if (known == 0 && !all.empty()) { // as the largest of the others
        known = *std::max_element(all.begin(), all.end());
    }
    return known > 0 ? known + known / 4
                     : std::min(own->limits.blob_length, kUnknownMax);
}

bool Fits(v8e_isolate *own, const OldGeneration &now, size_t needed)
{
    size_t max = own->max_old_bytes;
    size_t live = std::min(own->old_live_bytes, max);
    size_t step = std::min(kStep, (max - live) / 2);
    size_t margin = std::min(kMargin, (max - live) / 4);
    // V8 subtracts later than the allocator what the sweeper frees.
    size_t external = std::max(own->allocator.GrownSinceMark(),
                               now.external - std::min(now.external,
                                                       own->external_bytes));
    size_t grown = now.objects - std::min(now.objects, live) + external;

    if (grown + needed < step) { // below the limit
        return now.committed + needed < max;
    }
    // Close to the maximum, V8 prefers memory to time in any mode.
    return grown + needed < step + margin &&
           now.committed + needed < max - max / 8;
}

// One full collection.  V8 offers none but this: LowMemoryNotification() makes
// seven, and its memory pressure two.
void Collect(v8e_isolate *own)
{
    int64_t much = static_cast<int64_t>(own->max_old_bytes) * 2;

    own->v8->AdjustAmountOfExternalAllocatedMemory(much);
    own->v8->AdjustAmountOfExternalAllocatedMemory(-much);
}

} // namespace

OldGeneration::OldGeneration(v8::Isolate *isolate)
{
    v8::HeapStatistics heap;

    isolate->GetHeapStatistics(&heap);
    external = heap.external_memory();
    for (size_t i = 0; i < isolate->NumberOfHeapSpaces(); i++) {
        v8::HeapSpaceStatistics space;

        isolate->GetHeapSpaceStatistics(&space, i);
        if (strncmp(space.space_name(), "new_", 4) != 0 &&
            strncmp(space.space_name(), "read_only", 9) != 0) {
            objects += space.space_used_size();
            committed += space.space_size();
        }
    }
}

void RoomMeasured(v8e_isolate *own)
{
    OldGeneration now(own->v8);

    own->old_live_bytes = now.objects;
    own->external_bytes = now.external;
    own->allocator.Mark();
}

Undisturbed::Undisturbed(v8e_isolate *own, int slot)
    : own_(own), slot_(static_cast<size_t>(slot))
{
    OldGeneration now(own->v8);
    size_t needed = Needed(own, slot_);

    has_room_ = Fits(own, now, needed);
    // The first may only end one that had begun, with what was alive then.
    for (int i = 0; i < 2 && !has_room_; i++) {
        Collect(own);
        now = OldGeneration(own->v8);
        has_room_ = Fits(own, now, needed);
    }
    objects_before_ = now.objects;
    own->v8->SetRAILMode(v8::PERFORMANCE_LOAD);
}

Undisturbed::~Undisturbed()
{
    size_t after = OldGeneration(own_->v8).objects;

    own_->v8->SetRAILMode(v8::PERFORMANCE_ANIMATION);
    if (slot_ >= own_->context_bytes.size()) {
        own_->context_bytes.resize(slot_ + 1);
    }
    size_t &known = own_->context_bytes[slot_];

    known = std::max(known, after - std::min(after, objects_before_));
}

} // namespace v8e
