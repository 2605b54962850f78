/* The board's end of the packets. See server.c. */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stdint.h>

/* Forgets what was kept for repeated requests. */
void server_open(void);

/* Answers the packet that wirePush() has just completed. */
void server_answer(void);

/* Runs the line that was typed, as it lies in the line editor. */
void server_run_typed(void);

/* Says why the line that was typed is not whole (LINE_REFUSED), and that it was not used. A typed load fails with it. */
void server_refuse_typed(void);

/* `lost` bytes of the input are missing at this place: the line being typed is void, and so is a typed load. True if it said so. */
bool server_lose(uint32_t lost);

/* Ends the load of an app that is under way: keeps the app if `is_whole` and it compiles; else what was kept before stays. True if
 * there was one. */
bool server_end_load(bool is_whole);

/* Set by `.reset safe`: engine and store shall start anew, without the app for once. */
extern bool server_starts_safe;

#endif
