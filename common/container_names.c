/*
 * Names of group streams. Format 3.0 writes the group number in base 64, least significant digit
 * first, without padding; so a name whose last digit is 0 (but for "0" itself) is not one of ours,
 * and each number has exactly one name: two streams can not mean one group.
 */
#include "common/container.h"

#include <stdio.h>
#include <string.h>

static const char id_digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_#";

void container_group_name(char name[CONTAINER_NAME_BYTES_MAX], uint32_t version_major,
                          uint32_t group, int reference)
{
    char *at = name;

    if (version_major < 3) {
        snprintf(name, CONTAINER_NAME_BYTES_MAX, "seg-%u-%s", (unsigned)group,
                 reference ? "ref" : "delta");
        return;
    }
    *at++ = 'x';
    do {
        *at++ = id_digits[group % 64];
        group /= 64;
    } while (group);
    *at++ = reference ? 'r' : 'd';
    *at = '\0';
}

static int digit_value(char c)
{
    const char *at = c ? strchr(id_digits, c) : NULL;

    return at ? (int)(at - id_digits) : -1;
}

static int parse_base_64(const char *name, uint32_t *group, int *reference)
{
    size_t length = strlen(name);
    char kind = name[length - 1];
    uint64_t value = 0;
    size_t i;

    if (name[0] != 'x' || length < 3 || length > 8 || (kind != 'r' && kind != 'd'))
        return 0;
    for (i = length - 2; i >= 1; i--) {
        int digit = digit_value(name[i]);

        if (digit < 0 || (digit == 0 && value == 0 && i > 1))
            return 0;
        value = value * 64 + (unsigned)digit;
    }
    if (value > UINT32_MAX)
        return 0;
    *group = (uint32_t)value;
    *reference = kind == 'r';
    return 1;
}

static int parse_decimal(const char *name, uint32_t *group, int *reference)
{
    const char *at = name + 4;
    uint64_t value = 0;

    if (strncmp(name, "seg-", 4) != 0 || *at < '0' || *at > '9' || (*at == '0' && at[1] != '-'))
        return 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        value = value * 10 + (unsigned)(*at - '0');
        if (value > UINT32_MAX)
            return 0;
    }
    if (strcmp(at, "-ref") != 0 && strcmp(at, "-delta") != 0)
        return 0;
    *group = (uint32_t)value;
    *reference = at[1] == 'r';
    return 1;
}

int container_parse_group_name(const char *name, uint32_t version_major, uint32_t *group,
                               int *reference)
{
    if (name[0] == '\0')
        return 0;
    return version_major < 3 ? parse_decimal(name, group, reference)
                             : parse_base_64(name, group, reference);
}
