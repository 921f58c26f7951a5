/*
 * What follows from the end of a stage: the table of restart_policy.h.
 */
#include "tools/restart_policy.h"

static uint32_t pause_after(uint32_t deaths)
{
    uint32_t pause = RESTART_PAUSE_MS, i;

    if (deaths < 2)
        return 0;
    for (i = 2; i < deaths && pause < RESTART_PAUSE_MAX_MS; i++)
        pause *= 2;
    return pause < RESTART_PAUSE_MAX_MS ? pause : RESTART_PAUSE_MAX_MS;
}

static enum restart_choice count_death(struct restart_history *h, const struct restart_case *end,
                                       uint32_t *pause_ms)
{
    if (end->progress != h->progress)
        h->deaths = 0;
    h->progress = end->progress;
    h->deaths++;
    if (stage_end_is_own_fault(end->wait_status)) {
        if (end->seq != h->fault_seq)
            h->faults = 0;
        h->fault_seq = end->seq;
        h->faults++;
    }
    if (h->faults >= RESTART_FAULTS_MAX || h->deaths >= RESTART_DEATHS_MAX)
        return RESTART_POISON;
    h->restarts++;
    *pause_ms = pause_after(h->deaths);
    return RESTART_AGAIN;
}

enum restart_choice restart_decide(struct restart_history *history, const struct restart_case *end,
                                   uint32_t *pause_ms)
{
    *pause_ms = 0;
    switch (stage_end_classify(end->wait_status)) {
    case STAGE_END_DONE:
        return end->is_writer ? RESTART_RUN_DONE : RESTART_GO_ON;
    case STAGE_END_VERDICT:
        return RESTART_END;
    case STAGE_END_PIPE:
        return RESTART_END_QUIETLY;
    case STAGE_END_STOPPED:
    case STAGE_END_CRASHED:
    case STAGE_END_UNKNOWN:
        break;
    }
    if (end->is_writer && end->is_query)
        return RESTART_END_AND_TELL;
    return count_death(history, end, pause_ms);
}
