/* Codes of firmware/core/errors.ts that C gives or compares. */
#ifndef ERRORS_H
#define ERRORS_H

enum { OK = 0, ERR_INVALID = -1, ERR_TOO_BIG = -2, ERR_NO_FRAME = -3, ERR_NOT_FOUND = -4, ERR_CORRUPT = -5, ERR_SWAP_FULL = -7, ERR_NO_ENTRY = -8, ERR_NO_FLASH = -9, ERR_LEFT_OUT = -15, ERR_WRONG_SIZE = -24, ERR_REJECT_BUDGET = -41 };

#endif
