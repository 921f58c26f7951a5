/*
 * The watchdog: see watchdog.h.
 */
#include "tools/watchdog.h"

enum { IDLE_PERCENT = 2 };

void watchdog_reset(struct watchdog *watchdog)
{
    *watchdog = (struct watchdog){0};
}

static enum watchdog_finding begin(struct watchdog *w, const struct watchdog_look *look)
{
    w->before = w->since = *look;
    w->frozen = 1;
    w->any = 1;
    return WATCHDOG_FINE;
}

static int is_idle(const struct watchdog *w, const struct watchdog_look *look)
{
    uint64_t quiet_ms = (uint64_t)(look->now_ms - w->since.now_ms);

    return (look->cpu_ms - w->since.cpu_ms) * 100 <= quiet_ms * IDLE_PERCENT;
}

enum watchdog_finding watchdog_see(struct watchdog *w, const struct watchdog_look *look,
                                   int64_t limit_ms)
{
    if (!w->any || look->now_ms - w->before.now_ms > WATCHDOG_GAP_MS ||
        look->progress != w->since.progress || !look->input || !look->room || look->outside)
        return begin(w, look);
    w->before = *look;
    if (look->switches != w->since.switches)
        w->frozen = 0;
    if (!w->frozen && !look->all_input)
        return begin(w, look);
    if (!limit_ms || look->now_ms - w->since.now_ms < limit_ms)
        return WATCHDOG_FINE;
    if (!is_idle(w, look))
        return begin(w, look);
    return WATCHDOG_HANGS;
}
