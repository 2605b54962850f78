/* The board's end of the packets. See server.c. */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stdint.h>

/* Forgets what was kept for repeated requests. */
void server_open(void);

/* Answers the packet that wirePush() has just completed. */
void server_answer(void);

/* Runs a line typed at the console or sent by a tool: a dot command or JavaScript. 0, or 1 if it threw or was stopped. */
uint32_t server_run_line(const char *line, uint32_t length);

/* Ends the load of an app that is under way: keeps the app if `is_whole` and it compiles; else what was kept before stays. True if
 * there was one. */
bool server_end_load(bool is_whole);

/* Set by `.reset safe`: engine and store shall start anew, without the app for once. */
extern bool server_starts_safe;

#endif
