/* The board's end of the packets. See server.c. */
#ifndef SERVER_H
#define SERVER_H

#include <stdint.h>

/* Forgets what was kept for repeated requests. */
void server_open(void);

/* Answers the packet that wirePush() has just completed. */
void server_answer(void);

/* Runs a line typed at the console or sent by a tool: a dot command or JavaScript. 0, or 1 if it threw or was stopped. */
uint32_t server_run_line(const char *line, uint32_t length);

#endif
