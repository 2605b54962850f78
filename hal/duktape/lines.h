/* On which line of an app something was thrown. See lines.c. */
#ifndef LINES_H
#define LINES_H

/* From now on each function that is compiled is compared with what threw last. */
void lines_seek(void);

/* The line that was found, from 1; 0: none was. Ends the search. */
unsigned lines_found(void);

/* What is thrown next was thrown before, and that is what counts. */
void lines_rethrow(void);

#endif
