/*
 * What follows from the end of a stage: the table of restart_policy.h.
 */
#include "tools/restart_policy.h"

enum restart_choice restart_decide(enum stage_end end)
{
    switch (end) {
    case STAGE_END_DONE:
        return RESTART_GO_ON;
    case STAGE_END_VERDICT:
        return RESTART_END;
    case STAGE_END_PIPE:
        return RESTART_END_QUIETLY;
    case STAGE_END_STOPPED:
    case STAGE_END_CRASHED:
    case STAGE_END_UNKNOWN:
        break;
    }
    return RESTART_END_AND_TELL;
}
