/* What SQLite alone needs for statements that Homeward ran: prepared once, values bound, all rows stepped through.
 *
 * floor DATABASE STATEMENTS CALLS REPEATS
 * STATEMENTS: SQL texts, each ended by a NUL. CALLS: one token a line: "P" begins a point, "Q number" a call of that
 * statement, then its values in order: "i integer", "f hexadecimal float", "t bytes" followed by that many bytes and a
 * line end, "n" for NULL. Prints for each point the least processor time of the repeats, in microseconds.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_STATEMENTS = 1024 };

static sqlite3 *database;
static sqlite3_stmt *statements[MOST_STATEMENTS];

static void check(int code, const char *what) {
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
    fprintf(stderr, "%s: %s\n", what, sqlite3_errmsg(database));
    exit(1);
}

static char *whole(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file) { perror(path); exit(1); }
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*size + 1);
    if (!bytes || fread(bytes, 1, *size, file) != *size) { perror(path); exit(1); }
    bytes[*size] = 0;
    fclose(file);
    return bytes;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static long rows_read;

static void run(sqlite3_stmt *statement) {
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        for (int column = sqlite3_column_count(statement); column--; rows_read++)
            if (sqlite3_column_type(statement, column) == SQLITE_TEXT) sqlite3_column_text(statement, column);
    check(code, "step");
    sqlite3_reset(statement);
}

/* Runs the calls of one point; returns where the next begins. Reading the calls is left out of the time. */
static char *point(char *at, double *took) {
    sqlite3_stmt *statement = NULL;
    int value = 0;
    *took = 0;
    for (;;) {
        char kind = *at;
        if ((kind == 0 || kind == 'P' || kind == 'Q') && statement) {
            double began = now();
            run(statement);
            *took += now() - began;
            statement = NULL;
        }
        if (kind == 0 || kind == 'P') return at;
        char *end = strchr(at, '\n');
        if (kind == 'Q') {
            statement = statements[atoi(at + 2)];
            value = 0;
        } else if (kind == 'i') {
            check(sqlite3_bind_int64(statement, ++value, atoll(at + 2)), "bind");
        } else if (kind == 'f') {
            check(sqlite3_bind_double(statement, ++value, strtod(at + 2, NULL)), "bind");
        } else if (kind == 't') {
            int length = atoi(at + 2);
            check(sqlite3_bind_text(statement, ++value, end + 1, length, SQLITE_STATIC), "bind");
            end += length + 1;
        } else {
            check(sqlite3_bind_null(statement, ++value), "bind");
        }
        at = end + 1;
    }
}

int main(int count, char **arguments) {
    if (count != 5) { fprintf(stderr, "floor DATABASE STATEMENTS CALLS REPEATS\n"); return 2; }
    check(sqlite3_open_v2(arguments[1], &database, SQLITE_OPEN_READONLY, NULL), "open");
    size_t size;
    char *texts = whole(arguments[2], &size);
    int number = 0;
    for (char *text = texts; text < texts + size && number < MOST_STATEMENTS; text += strlen(text) + 1)
        check(sqlite3_prepare_v3(database, text, -1, SQLITE_PREPARE_PERSISTENT, &statements[number++], NULL), text);
    char *calls = whole(arguments[3], &size);
    int repeats = atoi(arguments[4]);
    check(sqlite3_exec(database, "BEGIN", NULL, NULL, NULL), "begin");
    for (char *at = calls; *at;) {
        char *begin = strchr(at, '\n') + 1;
        double best = 1e18, took;
        for (int repeat = 0; repeat <= repeats; repeat++) {
            at = point(begin, &took);
            if (repeat && took < best) best = took;
        }
        printf("%.3f\n", best);
    }
    fprintf(stderr, "%s, %ld values read\n", sqlite3_libversion(), rows_read);
    return 0;
}
