/* SPDX-License-Identifier: Apache-2.0
 *
 * pin.c: which slots a process has in use.
 */
#include "layout.h"

static uint32_t window(uint32_t slot)
{
    return (slot * 2654435761u) >> 22; /* 10 bits: RC_CELLS */
}

_Static_assert(RC_CELLS == 1u << 10, "window() gives 10 bits");

static _Atomic uint64_t *cell_at(rc_process *process, uint32_t slot, unsigned i)
{
    return &process->cells[(window(slot) + i) % RC_CELLS];
}

/* A cell that has the slot, else one that is free; NULL: none. */
static _Atomic uint64_t *find_cell(rc_process *process, uint32_t slot,
                                   uint64_t *seen)
{
    _Atomic uint64_t *unused = NULL;
    unsigned i;

    for (i = 0; i < RC_WINDOW; i++) {
        _Atomic uint64_t *cell = cell_at(process, slot, i);

        *seen = atomic_load(cell);
        if (RC_CELL_LINK(*seen) == slot + 1) {
            return cell;
        }
        if (*seen == 0 && unused == NULL) {
            unused = cell;
        }
    }
    *seen = 0;
    return unused;
}

int rc_pin(rcache *c, uint32_t slot, uint32_t pins)
{
    for (;;) {
        uint64_t seen;
        _Atomic uint64_t *cell = find_cell(c->self, slot, &seen);

        if (cell == NULL || RC_CELL_PINS(seen) > UINT32_MAX / 2) {
            return 0;
        }
        if (atomic_compare_exchange_weak(
                cell, &seen,
                RC_CELL(slot + 1, RC_CELL_PINS(seen) + pins))) {
            return 1;
        }
    }
}

/* Two threads may have begun a cell each: any will do, there are as many pins
 * as were made. */
void rc_unpin(rcache *c, uint32_t slot, uint32_t pins)
{
    unsigned i = 0;

    while (pins > 0) {
        _Atomic uint64_t *cell = cell_at(c->self, slot, i % RC_WINDOW);
        uint64_t seen = atomic_load(cell);
        uint32_t some = RC_CELL_PINS(seen) < pins ? RC_CELL_PINS(seen) : pins;
        uint32_t left = RC_CELL_PINS(seen) - some;

        if (RC_CELL_LINK(seen) != slot + 1) {
            i++;
        }
        else if (atomic_compare_exchange_weak(
                     cell, &seen, left > 0 ? RC_CELL(slot + 1, left) : 0)) {
            pins -= some;
        }
    }
}

int rc_is_pinned(const rcache *c, uint32_t slot)
{
    uint32_t p;

    for (p = 0; p < c->header->processes; p++) {
        rc_process *process = &c->processes[p];
        unsigned i;

        if (atomic_load(&process->who) == 0) {
            continue;
        }
        for (i = 0; i < RC_WINDOW; i++) {
            if (RC_CELL_LINK(atomic_load(cell_at(process, slot, i))) ==
                slot + 1) {
                return 1;
            }
        }
    }
    return 0;
}
