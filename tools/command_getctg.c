#include "common/error.h"
#include "tools/command.h"
int command_getctg(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return error_set(ERROR_USAGE, "not there yet");
}
