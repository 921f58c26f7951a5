/*
 * What follows from the end of a stage.
 *
 *   end of the stage         what the supervisor does            who has told the user
 *   done                     goes on; the run is done with all   nobody need
 *   verdict                  ends the run                        the stage
 *   closed pipe              ends the run                        nobody: it is no fault
 *   stopped, unasked         ends the run                        the supervisor
 *   crash, unknown status    ends the run                        the supervisor
 *
 * A verdict would only be repeated by a new incarnation, so it is never a reason to start one.
 */
#ifndef TOOLS_RESTART_POLICY_H
#define TOOLS_RESTART_POLICY_H

#include "tools/stage_table.h"

enum restart_choice {
    RESTART_GO_ON,        /* nothing to do */
    RESTART_END,          /* end the run; the stage has said why */
    RESTART_END_QUIETLY,  /* end the run; there is nothing to say */
    RESTART_END_AND_TELL, /* end the run and say what happened */
};

enum restart_choice restart_decide(enum stage_end end);

#endif
