/*
 * What an archive says of itself, as JSON.
 */
#ifndef TOOLS_LIST_JSON_H
#define TOOLS_LIST_JSON_H

#include "common/archive.h"
#include "tools/json.h"

/* operands: samples named, ended by NULL. {"reference": NAME} */
int list_json_reference(struct archive *archive, char **operands, struct json *json);
/* {"samples": [NAME, ...]}, in the archive's order */
int list_json_samples(struct archive *archive, char **operands, struct json *json);
/* {"samples": [{"name": NAME, "contigs": [{"name", "header", "length"}, ...]}, ...]} */
int list_json_contigs(struct archive *archive, char **operands, struct json *json);
int list_json_info(struct archive *archive, char **operands, struct json *json);

#endif
