/* The JavaScript that lies in flash: the generated table of the runtime's files, minified. */
#ifndef SOURCES_H
#define SOURCES_H

#include <stdint.h>

struct cold_source {
    const char *name; /* the file's name without .ts; NULL ends the table */
    const char *text;
    uint32_t length;        /* of the text itself */
    uint32_t packed_length; /* 0: it lies there as it is; else packed (tools/build/pack-text.ts) */
};

/* What packed texts copy from, besides themselves. */
extern const char cold_shared[];
extern const uint32_t cold_shared_length;

/* "counter-names" is text: groups with ; between them, each "group:name name ..." (firmware/core/counter-names.ts). */
#define COUNTER_NAMES "counter-names"

/* "knob-names" is text: "name:unit name:unit ..." (firmware/core/knob-names.ts). */
#define KNOB_NAMES "knob-names"

/* "messages" is text: lines of "code|sentence" (firmware/api/messages.ts). */
#define MESSAGES "messages"

/* "boot" is run once and stays; every other source is compiled when it is used and forgotten afterwards. */
extern const struct cold_source cold_sources[];

#endif
